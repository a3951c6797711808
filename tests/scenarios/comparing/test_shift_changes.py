"""Which way of which shift a scenario mends, for whom: by hand, and on the embedded region."""

from pathlib import Path

import pandas as pd
import pytest

from itas_mobility import scenarios
from itas_mobility.scenarios.comparing.shift_changes import shared_days, shift_changes, shift_words
from itas_mobility.scenarios.run_result import Run, RunProvenance
from itas_mobility.scenarios.scenario import Scenario
from itas_mobility.scenarios.settings import RunSettings
from itas_mobility.words import Text

MADE = RunProvenance("made", "0" * 64, True, RunSettings(), {})
EXAMPLES = Path(__file__).parents[3] / "scenarios" / "transit"


def run_of(name, causes, *, weekday="Mo-Fr", workers=10.0):
    """A run with one shift; `causes` gives the causes of out and back by zone."""
    rows = [
        {
            "site_id": "w",
            "shift": "frueh",
            "weekday": weekday,
            "start_s": 21600.0,
            "end_s": 50400.0,
            "zone_id": zone,
            "workers": workers,
            "is_reachable": float(out == back == "none"),
            "out_cause": out,
            "back_cause": back,
        }
        for zone, (out, back) in causes.items()
    ]
    return Run(Scenario(name), name, {}, {"reachability": pd.DataFrame(rows)}, provenance=MADE)


GOOD = ("none", "none")


def explained(before, after, **options):
    base, run = run_of("base", before), run_of("run", after, **options)
    return shift_changes(base, run), [s["text_de"] for s in scenarios.compare(base, run).explain_shifts(run)]


def test_the_way_that_was_mended_and_what_it_lacked():
    before = {"A": ("time", "none"), "B": ("time", "none"), "C": GOOD, "D": ("ride", "ride")}
    (change,), (text,) = explained(before, before | {"A": GOOD, "B": GOOD})
    assert (change.kind, change.workers, change.gained, change.lost) == ("gained", 20.0, 20.0, 0.0)
    assert (change.before_share, change.after_share) == (0.25, 0.75)
    assert change.zones == {"A": 10.0, "B": 10.0}
    assert change.ways == {"out": ("time", 20.0)}
    assert text == (
        "w, Frühschicht (Mo-Fr 06:00–14:00): 20 Beschäftigte mehr schaffen es ohne Auto hin und zurück "
        "(75 % statt 25 %), aus A und B; behoben ist der Hinweg (bisher keine passende Ankunft vor Schichtbeginn)"
    )


def test_both_ways_and_those_who_lose():
    before = {"A": ("gate", "gate"), "B": GOOD, "C": ("gate", "gate")}
    after = {"A": GOOD, "B": ("none", "ride"), "C": GOOD}
    (change,), (text,) = explained(before, after)
    assert change.ways == {"out": ("gate", 20.0), "back": ("gate", 20.0)}
    assert "behoben sind der Hinweg (bisher keine Haltestelle nahe dem Werkstor) und der Heimweg (" in text
    assert text.endswith("(für 10 andere geht es nicht mehr)")
    (change,), (text,) = explained(after, before)
    assert (change.kind, change.workers) == ("lost", 20.0)
    assert "20 Beschäftigte weniger" in text
    assert "nun scheitern der Hinweg (keine Haltestelle nahe dem Werkstor) und der Heimweg" in text
    assert text.endswith("(für 10 andere geht es neu)")


def test_one_way_alone_is_told_as_such():
    (change,), (text,) = explained({"A": ("home", "time")}, {"A": ("none", "time")})
    assert (change.kind, change.gained, change.lost) == ("one_way", 0.0, 0.0)
    assert "für 10 Beschäftigte aus A geht nun der Hinweg (bisher keine Haltestelle nahe der Wohnung)" in text
    assert text.endswith("aber der Heimweg fehlt noch")


@pytest.mark.parametrize("after", [{"A": ("time", "none")}, {"A": ("ride", "none")}])
def test_nothing_is_told_where_nobody_can_do_more(after):
    assert explained({"A": ("time", "none")}, after) == ([], [])
    assert explained({"A": ("time", "none")}, {"A": GOOD}, workers=1.0) == ([], [])


def test_runs_without_reachability_by_zone_are_told_nothing_of():
    run = Run(Scenario("x"), "x", {}, {}, provenance=MADE)
    assert scenarios.compare(run_of("base", {"A": GOOD}), run).explain_shifts(run) == []


def test_days_are_parted_where_any_table_parts_them():
    tables = [
        pd.DataFrame({"site_id": "w", "shift": ["a", "a", "b"], "weekday": ["Mo-Fr", "Sa", "Mo-Fr"]}),
        pd.DataFrame({"site_id": "w", "shift": ["a", "a"], "weekday": ["Mo-Do", "Fr,Sa"]}),
    ]
    assert shared_days(tables) == [("w", "a", "Mo-Do"), ("w", "a", "Fr"), ("w", "a", "Sa"), ("w", "b", "Mo-Fr")]


def test_shifts_have_names_that_people_know():
    assert shift_words("frueh") == Text("Frühschicht", "early shift")
    assert shift_words("C3") == Text("Schicht C3", "shift C3")


def test_what_the_works_bus_mends(zwickau, base, store):
    """The bus from Werdau serves early and late shift of the plant: both ways, for people from Werdau."""
    run = scenarios.run(zwickau, scenarios.load(EXAMPLES / "works_bus_werdau.toml"), store=store)
    changes = {(change.site_id, change.shift): change for change in shift_changes(base, run)}
    for shift in ("frueh", "spaet"):
        change = changes["vw_mosel", shift]
        assert change.kind == "gained"
        assert set(change.ways) == {"out", "back"}
        gained = run.tables["shifts"].set_index(["site_id", "shift"])["both_share"]["vw_mosel", shift]
        assert change.after_share == pytest.approx(gained)
    told = [s["text_de"] for s in scenarios.compare(base, run).explain_shifts(run)]
    first = next(text for text in told if text.startswith("Volkswagen") and "Frühschicht" in text)
    assert "aus Werdau; behoben sind der Hinweg" in first
