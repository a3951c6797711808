"""Commuter statistics: registered employees by place of residence and of work, as offices publish them."""

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from itas_mobility.core.columns import LEFT_OUT, Columns, FloatArray, StrArray, html_card, left_out
from itas_mobility.errors import InputError

OTHERS: Final = "others"
"""Key of the one account of all commuters who stand in no listed pair: unlisted districts, abroad, unattributed."""
SUPPRESSED_LEAST: Final = 1.0
SUPPRESSED_MOST: Final = 9.0
"""What a suppressed figure can be: somebody, but fewer than ten (rule of secrecy of the Federal Employment Agency)."""
_MUNICIPALITY_DIGITS: Final = 8
_DISTRICT_DIGITS: Final = 5


@dataclass(frozen=True)
class CommuterAccount:
    """The account of all who commute into a district, or out of it: what is listed, suppressed and left over."""

    district: str
    direction: Literal["in", "out"]
    known: float
    """Sum of the listed figures."""
    n_suppressed: int
    """Pairs that are listed without a figure."""
    total: float
    """Published total; NaN where none is known."""

    @property
    def remainder(self) -> float:
        """Published total less the listed figures: suppressed pairs and all others together; NaN without a total."""
        return self.total - self.known

    @property
    def suppressed_range(self) -> tuple[float, float]:
        """Least and most that the suppressed pairs can be together."""
        return SUPPRESSED_LEAST * self.n_suppressed, SUPPRESSED_MOST * self.n_suppressed

    @property
    def others_range(self) -> tuple[float, float]:
        """Least and most of the account `OTHERS`, the published figures taken as they stand; NaN without a total."""
        least, most = self.suppressed_range
        return float(np.maximum(self.remainder - most, 0.0)), float(np.maximum(self.remainder - least, 0.0))


@dataclass(frozen=True, eq=False)
class CommuterStatistics:
    """Employees subject to social insurance by pair of places, as registered (not trips) and as published.

    Figures are rounded, small ones are suppressed, and not all commuters stand in a listed pair: published totals say
    how many there are. Places are named by the key of a district (`Zones.district`) or of a municipality
    (`Zones.municipality`); a pair of municipalities is part of the pair of their districts.

    Raises
    ------
    InputError
        With all faults found: wrong shapes, negative counts, a pair or total that stands twice, shares off 1.
    """

    home_district: StrArray
    work_district: StrArray
    """Keys of districts or municipalities, or `OTHERS`."""
    employees: FloatArray
    """Registered employees of the pair as published, shape (n_pairs,); NaN where suppressed, for `OTHERS`: unknown."""
    year: int
    source: str
    rounding: float = 10.0
    """Figures are rounded to multiples of this: each holds within half of it, up or down; 0 for exact ones."""
    total_district: StrArray = field(default_factory=left_out)
    """Keys of the places whose totals are published, shape (n_totals,); default none."""
    in_commuters: FloatArray = field(default_factory=left_out)
    out_commuters: FloatArray = field(default_factory=left_out)
    """Published totals of those who come from elsewhere and who go elsewhere, shape (n_totals,); NaN: unknown."""
    place_key: StrArray = field(default_factory=left_out)
    place_district: StrArray = field(default_factory=left_out)
    """Where keys are at home that are no district of zones: key, and district of zones that stands for it."""
    place_share: FloatArray = field(default_factory=left_out)
    """Share of the key's commuters in that district, shape (n_places,); shares of a key sum to 1."""

    def __post_init__(self) -> None:
        columns = Columns(self, "CommuterStatistics")
        n = len(np.atleast_1d(self.home_district))
        columns.array("home_district", str, (n,))
        columns.array("work_district", str, (n,))
        columns.array("employees", np.float64, (n,), low=0, allow_nan=True)
        columns.number("rounding")
        n_totals = self._optional(columns, ("total_district",), ("in_commuters", "out_commuters"))
        n_places = self._optional(columns, ("place_key", "place_district"), ("place_share",))
        _refuse_doubled(columns, "pair", self.home_district, self.work_district)
        if n_totals:
            _refuse_doubled(columns, "total of", self.total_district)
        if n_places:
            _refuse_doubled(columns, "place", self.place_key, self.place_district)
            for key in np.unique(self.place_key):
                share = float(self.place_share[self.place_key == key].sum())
                columns.check(abs(share - 1.0) < 1e-4, f"place_share: the shares of {key} sum to {share:g}, not to 1")
        columns.raise_faults()

    def _optional(self, columns: Columns, texts: tuple[str, ...], numbers: tuple[str, ...]) -> int:
        """Columns that may be left out; numbers without a value are NaN."""
        is_given = getattr(self, texts[0]) is not LEFT_OUT
        n = len(np.atleast_1d(getattr(self, texts[0]))) if is_given else 0
        for name in (*texts, *numbers):
            if getattr(self, name) is LEFT_OUT:
                columns.check(not is_given or name in numbers, f"{name} is missing")
                object.__setattr__(self, name, np.full(n, "") if name in texts else np.full(n, np.nan))
            if name in texts:
                columns.array(name, str, (n,))
            else:
                columns.array(name, np.float64, (n,), low=0, allow_nan=True)
        return n

    def __len__(self) -> int:
        return len(self.employees)

    @property
    def low(self) -> FloatArray:
        """Least that each pair can be, shape (n_pairs,)."""
        unknown = np.where(self.is_others, 0.0, SUPPRESSED_LEAST)
        return np.where(np.isnan(self.employees), unknown, np.maximum(self.employees - self.rounding / 2, 0.0))

    @property
    def high(self) -> FloatArray:
        """Most that each pair can be, shape (n_pairs,); inf for unknown others."""
        unknown = np.where(self.is_others, np.inf, SUPPRESSED_MOST)
        return np.where(np.isnan(self.employees), unknown, self.employees + self.rounding / 2)

    @property
    def is_others(self) -> np.ndarray:
        """Pairs of which one side is the account `OTHERS`, shape (n_pairs,)."""
        return np.asarray((self.home_district == OTHERS) | (self.work_district == OTHERS))

    @property
    def is_part(self) -> np.ndarray:
        """Pairs that are part of another listed one: a pair of municipalities of that of their districts."""
        pairs = list(zip(self.home_district.tolist(), self.work_district.tolist(), strict=True))
        listed = set(pairs)
        wider = [
            {(a, b) for a in (home, district_of(home)) for b in (work, district_of(work))} - {(home, work)}
            for home, work in pairs
        ]
        return np.array([bool(one & listed) for one in wider], bool)

    def pairs_of(self, district: str, direction: Literal["in", "out"]) -> np.ndarray:
        """Rows of the pairs that make up the commuters into or out of a place.

        Parameters
        ----------
        district : str
            Key of a district or municipality.
        direction : {"in", "out"}
            Whether it is the place of work or of residence.

        Returns
        -------
        ndarray of int
            Rows. A pair that is part of another listed one, as that of two municipalities is of their districts', does
            not count again.
        """
        here, there = (
            (self.work_district, self.home_district) if direction == "in" else (self.home_district, self.work_district)
        )
        listed = set(zip(here.tolist(), there.tolist(), strict=True))
        rows = []
        for row, (own, other) in enumerate(zip(here.tolist(), there.tolist(), strict=True)):
            if district not in (own, district_of(own)) or district in (other, district_of(other)):
                continue
            wider = {(a, b) for a in (own, district) for b in (other, district_of(other))} - {(own, other)}
            if not wider & listed:
                rows.append(row)
        return np.array(rows, dtype=np.int64)

    def account(self, district: str, direction: Literal["in", "out"]) -> CommuterAccount:
        """What is known of all who commute into a place, or out of it.

        Parameters
        ----------
        district : str
            Key of a district or municipality.
        direction : {"in", "out"}
            Whether it is the place of work or of residence.

        Returns
        -------
        CommuterAccount
            Listed, suppressed, published total, and what is left over.

        Raises
        ------
        InputError
            If nothing is known of the place.
        """
        rows = self.pairs_of(district, direction)
        at = np.flatnonzero(self.total_district == district)
        if rows.size == 0 and at.size == 0:
            raise InputError(f"commuter statistics: nothing is known of commuters {direction} of {district!r}")
        figures = self.employees[rows]
        totals = self.in_commuters if direction == "in" else self.out_commuters
        n_suppressed = int((np.isnan(figures) & ~self.is_others[rows]).sum())
        return CommuterAccount(
            district,
            direction,
            float(np.nansum(figures)),
            n_suppressed,
            float(totals[at[0]]) if at.size else np.nan,
        )

    def _repr_html_(self) -> str:
        return html_card(
            "Commuter statistics",
            {
                "pairs": len(self),
                "suppressed": int((np.isnan(self.employees) & ~self.is_others).sum()),
                "employees": f"{np.nansum(self.employees):,.0f}",
                "year": self.year,
                "source": self.source,
            },
        )


def district_of(key: str) -> str:
    """Key of the district of a municipality, by its first digits; any other key stays as it is.

    Parameters
    ----------
    key : str
        Key of a municipality (eight digits), a district, a group of districts, or `OTHERS`.

    Returns
    -------
    str
        Key of a district.
    """
    return key[:_DISTRICT_DIGITS] if len(key) == _MUNICIPALITY_DIGITS and key.isdigit() else key


def _refuse_doubled(columns: Columns, what: str, *keys: StrArray) -> None:
    rows = list(zip(*(key.tolist() for key in keys), strict=True))
    if len(set(rows)) != len(rows):
        twice = next(row for row in rows if rows.count(row) > 1)
        columns.faults.append(f"{what} {' -> '.join(twice)} stands more than once")
