"""What the command was asked for; every part takes it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Options of the command."""

    quick: bool = False
    """Small input, to see that the parts work; its figures mean little."""
    sketch: Path | None = None
    """Folder of the prototype."""
    peer_python: str | None = None
    """Interpreter that AequilibraE is installed for."""
    peer_limit_s: float = 180.0
    """Processor time after which the peer is stopped, whatever it has reached."""
    plot: Path | None = None
    """File of the picture of growth."""
