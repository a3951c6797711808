"""Where parking becomes scarcer or easier between two runs."""

from itas_mobility.core.region import Region
from itas_mobility.scenarios.comparing.sentence import Sentence
from itas_mobility.scenarios.run_result import Run
from itas_mobility.words import Text

_TOLD_EUR = 0.01
_TOLD_CARS = 0.5
"""Below both, nothing is told."""


def parking_sentence(base: Run, run: Run, region: Region | None) -> Sentence | None:
    """The site whose want of spaces changes most, by cars outside, then shadow price, then id.

    Parameters
    ----------
    base, run : Run
        The baseline and a run.
    region : Region or None
        Gives sites their names.

    Returns
    -------
    Sentence or None
        With cars outside and shadow price in both runs; None where neither changes at a site that both have.
    """
    if "parking" not in base.tables or "parking" not in run.tables:
        return None
    names = ["outside_cars", "shadow_price_eur_per_day", "parking_price_eur_per_day"]
    before, after = (one.tables["parking"].set_index("site_id")[names].astype(float) for one in (base, run))
    change = (after - before).dropna()
    cars, worth = change["outside_cars"].abs().round(6), change["shadow_price_eur_per_day"].abs().round(6)
    if change.empty or (cars.max() < _TOLD_CARS and worth.max() < _TOLD_EUR):
        return None
    # neither the order of the sites nor the last digit decides between equal changes
    site = str(min(change.index, key=lambda one: (-float(cars[one]), -float(worth[one]), str(one))))
    name = site
    if region is not None and site in region.sites.site_id:
        name = str(region.sites.name[region.sites.row(site)])
    old, new = ({column: float(one[column].loc[site]) for column in names} for one in (before, after))
    left_then, left_now = (Text.of_number(one["outside_cars"]) for one in (old, new))
    eur_then, eur_now = (Text.of_number(one["shadow_price_eur_per_day"], 2) for one in (old, new))
    cars_told = Text(
        f"{left_now.de} statt {left_then.de} Autos ohne Stellplatz, ",
        f"{left_now.en} instead of {left_then.en} cars without a space, ",
    )
    if max(old["outside_cars"], new["outside_cars"]) < _TOLD_CARS:
        cars_told = Text("", "")
    return {
        "text_de": f"Parken ändert sich am stärksten an {name}: {cars_told.de}der Mangel an Stellplätzen wiegt so "
        f"schwer wie {eur_now.de} € statt {eur_then.de} € am Tag",
        "text_en": f"Parking changes most at {name}: {cars_told.en}the shortage of spaces weighs as much as "
        f"{eur_now.en} € instead of {eur_then.en} € a day",
        "indicator": "",
        "direction": _direction(old, new),
    }


def _direction(old: dict[str, float], new: dict[str, float]) -> str:
    """Worse where want of space grows; none where a price of parking took its place, or cars and price disagree."""
    cars = new["outside_cars"] - old["outside_cars"]
    worth = new["shadow_price_eur_per_day"] - old["shadow_price_eur_per_day"]
    if new["parking_price_eur_per_day"] != old["parking_price_eur_per_day"] or cars * worth < 0.0:
        return ""
    return "worse" if cars + worth > 0.0 else "better"
