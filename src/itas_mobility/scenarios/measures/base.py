"""What all measures share: a typed, frozen description of one change, which says what it sets and applies itself."""

from abc import abstractmethod
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from itas_mobility.core.region import Region
from itas_mobility.errors import InputError, ScenarioError
from itas_mobility.units import SECONDS_PER_DAY
from itas_mobility.words import Language, as_language

ALL_DAY_S: Final = (0.0, 2.0 * SECONDS_PER_DAY)

Place = tuple[Hashable, ...]
"""An object of a region as a path: ``("site", "werk", "shift", "frueh")``. A shorter path stands for all that lies
under it; None stands for a part that is not said and is the only one there is, such as the mode of a line."""


@dataclass(frozen=True)
class Setting:
    """What a measure sets, or what it is reckoned from: an attribute of some objects, in a part of the day."""

    attribute: str
    objects: frozenset[Place]
    thing: str
    """In words, e.g. "headway of line 4"."""
    start_s: float = ALL_DAY_S[0]
    end_s: float = ALL_DAY_S[1]
    is_end: bool = False
    """Whether nothing is left of the objects: a line is withdrawn, a site closed. Whatever else is set of them is lost,
    before or after."""

    def overlaps(self, other: "Setting") -> bool:
        """Whether both are about the same attribute of the same object at the same time."""
        return (
            self.attribute == other.attribute
            and self.start_s < other.end_s
            and other.start_s < self.end_s
            and _meet(self.objects, other.objects)
        )

    def undoes(self, other: "Setting") -> bool:
        """Whether nothing is left of all that the other one is about."""
        return (
            self.is_end
            and bool(other.objects)
            and all(any(len(own) <= len(one) and _is_same(own, one) for own in self.objects) for one in other.objects)
        )


def _meet(some: frozenset[Place], others: frozenset[Place]) -> bool:
    if not some.isdisjoint(others):
        return True
    return any(_is_same(one, other) for one in _short(some) for other in _short(others))


def _short(objects: frozenset[Place]) -> list[Place]:
    """Those that may stand for others, or for which others may stand; links are only themselves."""
    return [one for one in objects if one[0] != "link"]


def _is_same(one: Place, other: Place) -> bool:
    """Whether the paths are alike as far as both go."""
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=False))


def setting(attribute: str, thing: str, *objects: Place, **more: Any) -> Setting:
    """A setting of some objects."""
    return Setting(attribute, frozenset(objects), thing, **more)


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
    def settings(self, region: Region | None = None) -> tuple[Setting, ...]:
        """What the measure sets; two measures of one scenario must not set the same thing at the same time.

        Parameters
        ----------
        region : Region, optional
            Tells which rows are meant. Left out, what can be told by names alone.

        Returns
        -------
        tuple of Setting
            What a region does not hold, as a line that another measure adds, is told by its name.
        """

    def needs(self, region: Region | None = None) -> tuple[Setting, ...]:
        """What the measure is reckoned from: a measure that sets this has to stand before it.

        Parameters
        ----------
        region : Region, optional
            Tells which rows are meant.

        Returns
        -------
        tuple of Setting
            Nothing, unless a subclass says otherwise.
        """
        del region
        return ()

    def describe(self, language: str = "de") -> str:
        """One sentence for people.

        Parameters
        ----------
        language : {"de", "en"}, default="de"
            Their language.

        Returns
        -------
        str
            What the measure changes.

        Raises
        ------
        InputError
            If the language is unknown.
        """
        return self._described(as_language(language))

    @abstractmethod
    def _described(self, language: Language) -> str:
        """The sentence in a language that is known."""

    def to_mapping(self) -> Mapping[str, Any]:
        """The measure as plain values, defaults included."""
        return self.model_dump(mode="json")


def kind_of(measure: Measure) -> str:
    """Name of a measure's type in scenario files."""
    return str(measure.to_mapping()["type"])


def nothing_to_change(measure: Measure, what: str) -> ScenarioError:
    """The error of a measure that finds nothing to change, or changes nothing."""
    return ScenarioError(f"measure {kind_of(measure)}: {what}")


@contextmanager
def refused_by(measure: Measure) -> Iterator[None]:
    """Say of what is refused below which measure asked for it."""
    try:
        yield
    except ScenarioError:
        raise
    except InputError as fault:
        raise nothing_to_change(measure, str(fault)) from fault
