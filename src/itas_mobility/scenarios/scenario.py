"""The scenario: a name, a title and measures; applying it is a pure function from region to region."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from itas_mobility.core.columns import html_card
from itas_mobility.core.region import Region
from itas_mobility.errors import ScenarioError
from itas_mobility.scenarios.measures.base import Measure


@dataclass(frozen=True, eq=False)
class Scenario:
    """A scenario; the measures of its parents come first.

    Raises
    ------
    ScenarioError
        If two of its own measures set the same thing at the same time.
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
            If a measure finds nothing to change.
        """
        for number, measure in enumerate(self.measures, start=1):
            try:
                region = measure.apply(region)
            except ValueError as fault:
                raise ScenarioError(f"scenario {self.name}, measure {number}: {fault}") from fault
        return region

    def title_in(self, language: str) -> str:
        """Title in a language, in the other one, or the name."""
        shown = (self.title.get(key, "").strip() for key in (language, "en", "de"))
        return next(filter(None, shown), self.name)

    def to_mapping(self) -> dict[str, Any]:
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


def conflicts(measures: tuple[Measure, ...]) -> list[str]:
    """Pairs of measures that set the same thing at the same time, in words."""
    faults = []
    for i, one in enumerate(measures):
        for j in range(i):
            things = {a.thing for a in one.settings() for b in measures[j].settings() if a.overlaps(b)}
            faults += [f"measures {j + 1} and {i + 1} both set {thing}" for thing in sorted(things)]
    return faults
