"""What changes charging at a site, taken apart: figures by hand."""

from types import SimpleNamespace

import pandas as pd
import pytest

from itas_mobility.scenarios.comparing.charging_changes import (
    CAUSES,
    changes_table,
    charging_changes,
    charging_sentence,
    is_told,
)


def run(
    *, cars=100.0, electric_share=0.5, driven=10.0, wanting=0.4, served=1.0, kept=0.8, peak_per_kwh=0.1, site="werk"
):
    """A run with one site, whose peak is the product of all factors."""
    electric = cars * electric_share
    need = electric * driven * wanting
    fed_back = 7.0
    work = need * served
    energy = work / kept
    sites = {"site_id": site, "cars": cars, "electric_cars": electric, "energy_kwh": energy}
    where = {
        "site_id": site, "driven_kwh": electric * driven, "work_kwh": work + fed_back, "fed_back_kwh": fed_back,
        "unserved_kwh": need - work,
    }  # fmt: skip
    tables = {
        "sites": pd.DataFrame([sites | {"charging_peak_kw": energy * peak_per_kwh}]),
        "where": pd.DataFrame([where]),
    }
    return SimpleNamespace(tables=tables)


@pytest.mark.parametrize(
    ("cause", "factor", "share"),
    [
        ("cars", {"cars": 80.0}, 0.8),
        ("electric_cars", {"electric_share": 0.6}, 1.2),
        ("driven_kwh", {"driven": 12.0}, 1.2),
        ("need_kwh", {"wanting": 0.2}, 0.5),
        ("work_kwh", {"served": 0.25}, 0.25),
        ("energy_kwh", {"kept": 0.9}, 8.0 / 9.0),
    ],
)
def test_one_cause_gets_all(cause, factor, share):
    (change,) = charging_changes(run(), run(**factor))
    for effects, before in ((change.energy_kwh, 250.0), (change.peak_kw, 25.0)):
        assert effects == pytest.approx(dict.fromkeys(effects, 0.0) | {cause: before * (share - 1.0)}, abs=1e-9)
    assert is_told(change)


def test_a_peak_at_another_time_needs_no_other_energy():
    (change,) = charging_changes(run(), run(peak_per_kwh=0.05))
    assert change.peak_kw == pytest.approx(dict.fromkeys(CAUSES, 0.0) | {"peak_kw": -12.5})
    assert not any(change.energy_kwh.values())
    assert not is_told(change)


def test_several_causes_add_up_and_the_strongest_is_told_first():
    base, other = run(), run(cars=50.0, electric_share=0.6, kept=0.81)
    (change,) = charging_changes(base, other)
    table = changes_table([change])
    assert table["cause"].tolist() == list(CAUSES)
    assert table["energy_kwh"].sum() == pytest.approx(150.0 * 0.8 / 0.81 - 250.0)
    assert table["peak_kw"].sum() == pytest.approx(15.0 * 0.8 / 0.81 - 25.0)
    told = charging_sentence(change, None)
    assert told["text_en"].startswith("werk: charging 148 instead of 250 kWh a day, peak 14.8 instead of 25.0 kW; ")
    assert told["text_en"].index("number of cars (−") < told["text_en"].index("electric share (+")
    assert "charging losses" not in told["text_en"]
    assert "Zahl der Pkw (−" in told["text_de"]
    assert told["direction"] == "better"


@pytest.mark.parametrize(
    ("factor", "direction"), [(1.0 + 1e-12, ""), (1.0 - 1e-12, ""), (1.01, "worse"), (0.99, "better")]
)
def test_the_last_digit_of_a_peak_is_neither_better_nor_worse(factor, direction):
    (change,) = charging_changes(run(), run(peak_per_kwh=0.1 * factor))
    assert charging_sentence(change, None)["direction"] == direction


def test_sites_of_one_run_alone_are_left_out():
    assert charging_changes(run(), run(site="halle")) == []
