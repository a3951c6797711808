"""The scenario: a name, a title and measures; applying it is a pure function from region to region."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from itas_mobility.core.columns import html_card
from itas_mobility.core.region import Region
from itas_mobility.errors import ScenarioError
from itas_mobility.scenarios.measures.base import Measure, Setting, kind_of
from itas_mobility.words import LANGUAGES, as_language

FileContent: TypeAlias = dict[str, Any]
"""What a TOML or JSON file holds: values of any kind, which are checked where they are read."""


@dataclass(frozen=True, eq=False)
class Scenario:
    """A scenario; the measures of its parents come first.

    Raises
    ------
    ScenarioError
        If two of its own measures set the same thing at the same time, as far as names tell.
    """

    name: str
    title: Mapping[str, str] = field(default_factory=dict)
    """``"de"`` and ``"en"``; in a language that is missing the other one is shown, without any the name."""
    measures: tuple[Measure, ...] = ()
    """Inherited measures first, then its own, in the order of the file."""
    n_inherited: int = 0
    parents: tuple[str, ...] = ()
    """Names of the scenarios it extends, nearest first."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", MappingProxyType(dict(self.title)))
        faults = conflicts(self.measures[self.n_inherited :])
        if faults:
            raise ScenarioError(f"scenario {self.name}: " + "; ".join(faults))

    def apply(self, region: Region) -> Region:
        """The region after all measures, in order; the given region stays as it is.

        Parameters
        ----------
        region : Region
            Region to start from.

        Returns
        -------
        Region
            The changed region (the same object for a scenario without measures).

        Raises
        ------
        ScenarioError
            If two of its own measures set the same thing in this region or stand in the wrong order (`conflicts`), or a
            measure finds nothing to change.
        """
        faults = conflicts(self.measures[self.n_inherited :], region)
        if faults:
            raise ScenarioError(f"scenario {self.name}: " + "; ".join(faults))
        for number, measure in enumerate(self.measures, start=1):
            try:
                changed = measure.apply(region)
            except ValueError as fault:
                raise ScenarioError(f"scenario {self.name}, measure {number}: {fault}") from fault
            if changed is region:
                raise ScenarioError(
                    f"scenario {self.name}, measure {number}: measure {kind_of(measure)}: nothing to change in region "
                    f"{region.name}, it is so already ({measure.describe('en')})"
                )
            region = changed
        return region

    def title_in(self, language: str) -> str:
        """The title for people who read one of the languages.

        Parameters
        ----------
        language : {"de", "en"}
            Their language.

        Returns
        -------
        str
            The title in it; without one that in the other language; without any the name.

        Raises
        ------
        InputError
            If the language is unknown.
        """
        shown = (self.title.get(key, "").strip() for key in (as_language(language), *LANGUAGES))
        return next(filter(None, shown), self.name)

    def to_mapping(self) -> FileContent:
        """Name, title, parents and resolved measures as plain values."""
        return {
            "name": self.name,
            "title": dict(self.title),
            "parents": list(self.parents),
            "n_inherited": self.n_inherited,
            "measures": [dict(measure.to_mapping()) for measure in self.measures],
        }

    def _repr_html_(self) -> str:
        rows = {str(k): m.describe("de") for k, m in enumerate(self.measures, start=1)}
        return html_card(f"{self.name}: {self.title_in('de')}", rows or {"": "ohne Maßnahmen (Nullfall)"})


def conflicts(measures: tuple[Measure, ...], region: Region | None = None) -> list[str]:
    """Pairs of measures of which one would be lost, or whose order would decide without a word.

    Two measures conflict if both set the same attribute of the same objects at the same time; if one leaves nothing of
    what the other sets (a line withdrawn, a site closed); and if a later one sets what an earlier one is reckoned from:
    where a line runs comes before how fast, that before when, and single trips last.

    Parameters
    ----------
    measures : tuple of Measure
        In their order.
    region : Region, optional
        Region before any of them: tells the rows that they mean. Left out, names alone are compared.

    Returns
    -------
    list of str
        Each names numbers and types of both measures, and what they are about.
    """
    told = [
        _Told(f"{number} ({kind_of(measure)})", measure.settings(region), measure.needs(region))
        for number, measure in enumerate(measures, start=1)
    ]
    return [fault for j, later in enumerate(told) for earlier in told[:j] for fault in _faults_of(earlier, later)]


@dataclass(frozen=True)
class _Told:
    """What a measure says of itself."""

    name: str
    """Number and type."""
    sets: tuple[Setting, ...]
    needs: tuple[Setting, ...]

    def ends(self, other: "_Told") -> list[str]:
        """What it takes away, so that nothing is left of what the other sets or is reckoned from."""
        return [own.thing for own in self.sets for one in (*other.sets, *other.needs) if own.undoes(one)]


def _faults_of(earlier: _Told, later: _Told) -> list[str]:
    """Conflicts of two measures; of what is lost nothing else is told."""
    both = {_same_thing(a, b) for a in earlier.sets for b in later.sets if a.overlaps(b)}
    if both:
        return [f"measures {earlier.name} and {later.name} both set {thing}" for thing in sorted(both)]
    lost = [
        f"measure {one.name} takes away {thing}, so that nothing is left of measure {other.name}"
        for one, other in ((earlier, later), (later, earlier))
        for thing in sorted(set(one.ends(other)))
    ]
    if lost:
        return lost
    late = {b.thing for a in earlier.needs for b in later.sets if a.overlaps(b)}
    return [
        f"measure {later.name} sets {thing}, from which measure {earlier.name} is reckoned: put {later.name} first"
        for thing in sorted(late)
    ]


def _same_thing(one: Setting, other: Setting) -> str:
    return one.thing if one.thing == other.thing else f"{one.thing} ({other.thing})"
