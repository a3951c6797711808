"""What all measures share: a typed, frozen description of one change, which says what it sets and applies itself."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel, ConfigDict

from itas_mobility.core.region import Region
from itas_mobility.errors import InputError, ScenarioError

ALL_DAY_S = (0.0, 48.0 * 3600.0)


class Setting:
    """One thing a measure sets, with the part of the day in which it does; two that overlap are a conflict."""

    __slots__ = ("end_s", "start_s", "thing")

    def __init__(self, thing: str, start_s: float = ALL_DAY_S[0], end_s: float = ALL_DAY_S[1]) -> None:
        self.thing = thing
        self.start_s = start_s
        self.end_s = end_s

    def overlaps(self, other: "Setting") -> bool:
        """Whether both set the same thing at the same time."""
        return self.thing == other.thing and self.start_s < other.end_s and other.start_s < self.end_s


class Measure(BaseModel):
    """A measure (Maßnahme): data that turns one region into another.

    Subclasses have a field ``type`` whose literal value is the name in scenario files.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    @abstractmethod
    def apply(self, region: Region) -> Region:
        """A changed copy of the region.

        Parameters
        ----------
        region : Region
            Stays as it is.

        Returns
        -------
        Region
            The changed region; the same object if it is so already, which `Scenario.apply` refuses.

        Raises
        ------
        ScenarioError
            If the region does not hold what the measure changes.
        """

    @abstractmethod
    def settings(self) -> tuple[Setting, ...]:
        """What the measure sets; two measures of one file must not set the same thing at the same time."""

    @abstractmethod
    def describe(self, language: str = "de") -> str:
        """One sentence for people, in German or English."""

    def to_mapping(self) -> Mapping[str, Any]:
        """The measure as plain values, defaults included."""
        return self.model_dump(mode="json")


def nothing_to_change(measure: Measure, what: str) -> ScenarioError:
    """The error of a measure that finds nothing to change, or changes nothing."""
    return ScenarioError(f"measure {measure.to_mapping()['type']}: {what}")


@contextmanager
def refused_by(measure: Measure) -> Iterator[None]:
    """Say of what is refused below which measure asked for it."""
    try:
        yield
    except ScenarioError:
        raise
    except InputError as fault:
        raise nothing_to_change(measure, str(fault)) from fault
