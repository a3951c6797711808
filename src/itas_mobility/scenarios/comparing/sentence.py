"""A sentence on a difference between runs."""

from typing import TypedDict


class Sentence(TypedDict):
    """A sentence on a difference between runs."""

    text_de: str
    text_en: str
    indicator: str
    """Empty for sentences on places."""
    direction: str
    """``"better"``, ``"worse"`` or empty."""
