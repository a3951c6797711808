"""Realism tests and what they found, beside published ranges (`Realism`)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from itas_mobility.core.columns import html_card
from itas_mobility.core.published_range import PublishedRange
from itas_mobility.errors import InputError
from itas_mobility.words import NO_VALUE, Text, number

if TYPE_CHECKING:
    import pandas as pd

_RANGE_WORDS: Final = {
    "de": ("zwischen", "und", "unter", "bis", "über", "ab", "bis"),
    "en": ("between", "and", "below", "up to", "above", "from", "to"),
}


@dataclass(frozen=True, slots=True)
class RealismRow:
    """One test: what was changed, what the model answered, and what others have measured."""

    name: str
    title: Text
    change: Text
    """What was changed, and by how much."""
    unit: Text
    """Of both values; nothing for elasticities and ratios."""
    decimals: int
    """Digits of the values after the decimal sign."""
    short: float
    """While workplaces stay; NaN where it has no value, which `reason` then explains."""
    long: float
    """Once workplaces react."""
    ranges: tuple[PublishedRange, ...]
    factor: float = math.nan
    """What was multiplied by it where the values are elasticities, so that ``factor ** value`` is the answer in
    demand."""
    remark: Text | None = None
    """What a reader has to know besides, such as the site it is about."""
    reason: Text | None = None
    """Why a bar is missed or a value is not known; None where all is well."""

    @property
    def bars(self) -> tuple[PublishedRange, ...]:
        """Ranges that judge."""
        return tuple(one for one in self.ranges if one.use == "bar")

    @property
    def guides(self) -> tuple[PublishedRange, ...]:
        """Ranges that are shown beside."""
        return tuple(one for one in self.ranges if one.use == "guide")

    @property
    def within(self) -> bool | None:
        """Whether all bars are met; None where there is none, or a value that one is about is not known."""
        met = [one.holds(self.value(one.horizon)) for one in self.bars if not math.isnan(self.value(one.horizon))]
        if not all(met):
            return False
        return True if met and len(met) == len(self.bars) else None

    def value(self, horizon: str) -> float:
        """The value of a horizon, "short" or "long"."""
        return self.short if horizon == "short" else self.long

    def effect(self, horizon: str) -> float:
        """Answer of demand in per cent where the value is an elasticity; else NaN."""
        if math.isnan(self.factor):  # of which a power of nought would be 1
            return math.nan
        return float(100.0 * (self.factor ** self.value(horizon) - 1.0))


@dataclass(frozen=True, eq=False)
class Realism:
    """What a region's model answers to small changes of price and time, beside published ranges."""

    region_title: str
    is_stylised: bool
    step_share: float
    """By how much prices and times were changed."""
    rows: tuple[RealismRow, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[RealismRow]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> RealismRow:
        """The row of a test, by its name."""
        for row in self.rows:
            if row.name == name:
                return row
        raise InputError(f"realism test {name!r} is not known; known: {', '.join(row.name for row in self.rows)}")

    @property
    def missed(self) -> tuple[str, ...]:
        """Names of the tests of which a bar is not met."""
        return tuple(row.name for row in self.rows if row.within is False)

    @property
    def n_met(self) -> int:
        """Tests of which all bars are met."""
        return sum(row.within is True for row in self.rows)

    def __repr__(self) -> str:
        missed = f"; missed: {', '.join(self.missed)}" if self.missed else ""
        return f"Realism({self.region_title}, {self.n_met} of {len(self)} tests met{missed})"

    def to_dataframe(self) -> "pd.DataFrame":
        """One row per test and horizon.

        Columns ``test``, ``title``, ``horizon``, ``value``, ``unit``, ``low``, ``high``, ``within``, ``mark``,
        ``year``, ``source``, ``reason``; the range is the bar of the horizon, without one it is NaN and ``within`` is
        None.
        """
        import pandas as pd

        rows = []
        for row in self.rows:
            for horizon in ("short", "long"):
                bar = next((one for one in row.bars if one.horizon == horizon), None)
                value = row.value(horizon)
                known = bar is not None and not math.isnan(value)
                rows.append(
                    {
                        "test": row.name,
                        "title": row.title.en,
                        "horizon": horizon,
                        "value": value,
                        "unit": row.unit.en,
                        "low": math.nan if bar is None else bar.low,
                        "high": math.nan if bar is None else bar.high,
                        "within": bar.holds(value) if bar is not None and known else None,
                        "mark": "" if bar is None else bar.mark,
                        "year": None if bar is None else bar.year,
                        "source": "" if bar is None else bar.source,
                        "reason": "" if row.reason is None else row.reason.en,
                    }
                )
        return pd.DataFrame(rows).astype({"within": object, "year": "Int64"})

    def to_mapping(self) -> dict[str, Any]:
        """All of it as JSON holds it; what is not known or has no end is None."""
        return {
            "region": self.region_title,
            "stylised": self.is_stylised,
            "step": self.step_share,
            "met": self.n_met,
            "missed": list(self.missed),
            "tests": [
                {
                    "name": row.name,
                    "title": row.title.to_mapping(),
                    "change": row.change.to_mapping(),
                    "unit": row.unit.to_mapping(),
                    "short": _finite(row.short),
                    "long": _finite(row.long),
                    "within": row.within,
                    "remark": None if row.remark is None else row.remark.to_mapping(),
                    "reason": None if row.reason is None else row.reason.to_mapping(),
                    "ranges": [
                        {
                            "use": one.use,
                            "horizon": one.horizon,
                            "low": _finite(one.low),
                            "high": _finite(one.high),
                            "mark": one.mark,
                            "year": one.year,
                            "source": one.source,
                            "note": one.note,
                        }
                        for one in row.ranges
                    ],
                }
                for row in self.rows
            ],
        }

    def _repr_html_(self) -> str:
        told = {}
        for row in self.rows:
            values = " / ".join(number(value, row.decimals, "en", powers=True) for value in (row.short, row.long))
            bars = "; ".join(f"{one.horizon} {range_text(one)['en']}" for one in row.bars)
            verdict = {True: "met", False: "missed", None: NO_VALUE}[row.within]
            told[row.title.en] = f"short / long {values} {row.unit.en} (bar: {bars or NO_VALUE}): {verdict}"
        return html_card(f"Realism of {self.region_title}{' (stylised)' if self.is_stylised else ''}", told)


def range_text(given: PublishedRange) -> Text:
    """A range in words: "-0.35 to -0.15", "between -2 and 0", "below 0", "-0.2".

    Parameters
    ----------
    given : PublishedRange
        The range.

    Returns
    -------
    Text
        In both languages, with as many digits as its ends have.
    """
    decimals = max(_decimals(end) for end in (given.low, given.high))

    def write(language: str) -> str:
        low, high = (number(end, decimals, language, powers=True) for end in (given.low, given.high))
        # between, below, up to, above, from, to: as each language says it
        between, joined, below, up_to, above, since, to = _RANGE_WORDS["de" if language == "de" else "en"]
        if math.isinf(given.low):
            return f"{below if given.excludes_edges else up_to} {high}"
        if math.isinf(given.high):
            return f"{above if given.excludes_edges else since} {low}"
        if given.excludes_edges:
            return f"{between} {low} {joined} {high}"
        return low if given.low == given.high else f"{low} {to} {high}"

    return Text.written(write)


def _decimals(value: float) -> int:
    """Digits after the decimal sign that a figure of a source has, up to three."""
    if math.isinf(value) or 0 < abs(value) < 1e-3:
        return 0
    return next((d for d in range(3) if abs(value - round(value, d)) < 1e-9), 3)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
