"""Where a number comes from: sources of data sets, and parameters with unit, year, range and confidence."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from itas_mobility.core.columns import html_card
from itas_mobility.errors import InputError

CONFIDENCES: Final = ("official", "published", "derived", "assumption")
"""From best to worst: official statistics; published by press, company or research; derived from such; assumed."""


@dataclass(frozen=True, slots=True)
class Source:
    """A data set: who published it, of which year, under which licence."""

    name: str
    year: str
    licence: str
    attribution: str
    used_for: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number with its unit, range, source, year and confidence.

    Raises
    ------
    InputError
        If the value lies outside its own range, or the confidence is none of `CONFIDENCES`, or an assumption
        has no range.
    """

    name: str
    value: float
    unit: str
    source: str
    year: int
    confidence: str
    low: float
    high: float
    note: str = ""

    def __post_init__(self) -> None:
        if self.confidence not in CONFIDENCES:
            raise InputError(f"parameter {self.name}: confidence {self.confidence!r}, must be one of {CONFIDENCES}")
        if not self.low <= self.value <= self.high:
            raise InputError(
                f"parameter {self.name}: value {self.value:g} outside its range {self.low:g} to {self.high:g}"
            )
        if self.confidence == "assumption" and self.low == self.high:
            raise InputError(f"parameter {self.name}: an assumption needs a range, got low = high = {self.low:g}")
        if not self.source:
            raise InputError(f"parameter {self.name}: source is missing")


class Parameters(Mapping[str, Parameter]):
    """Parameters by name; read-only. ``parameters.value("x")`` is the number, ``parameters["x"]`` all about it."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Parameter]) -> None:
        self._items = dict(items)

    def __getitem__(self, name: str) -> Parameter:
        try:
            return self._items[name]
        except KeyError:
            raise InputError(f"parameter {name!r} is not known; known: {', '.join(sorted(self._items))}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def value(self, name: str) -> float:
        """The number of parameter `name`."""
        return self[name].value

    def subset(self, names: Iterable[str]) -> "Parameters":
        """Only the named parameters; what a stage may look at, and so what its result can depend on.

        Parameters
        ----------
        names : iterable of str
            Known names.

        Returns
        -------

        Parameters
        ----------
            The smaller set.
        """
        return Parameters({name: self[name] for name in names})

    def with_value(self, name: str, value: float, *, source: str) -> "Parameters":
        """A copy in which one parameter has another value (its range is widened to hold it).

        Parameters
        ----------
        name : str
            Name of a known parameter.
        value : float
            New value.
        source : str
            Who set it, e.g. the scenario's name.

        Returns
        -------

        Parameters
        ----------
            The changed copy.
        """
        old = self[name]
        new = replace(
            old,
            value=float(value),
            low=min(old.low, value),
            high=max(old.high, value),
            source=source,
            confidence=old.confidence if value == old.value else "derived",
        )
        return Parameters({**self._items, name: new})

    def _repr_html_(self) -> str:
        return html_card(
            f"{len(self)} parameters",
            {
                p.name: f"{p.value:g} {p.unit} ({p.low:g} to {p.high:g}; {p.confidence}: {p.source}, {p.year})"
                for p in self.values()
            },
        )
