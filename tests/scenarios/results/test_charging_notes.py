"""What strategies of charging take for granted is a line of the run, in both languages."""

from dataclasses import replace

from tiny_region import made_region

from itas_mobility import scenarios


def test_what_a_strategy_assumes_is_told():
    made = made_region()
    sites = replace(made.sites, electric_share=0.4, charging_strategy="peak_minimal", release="full")
    told = [note for note in scenarios.run(replace(made, sites=sites)).notes if "assumed at" in note.en]
    assert len(told) == 1
    assert told[0].de.startswith("Angenommen beim Laden (2 Standorte): Autos behalten ihren Ladepunkt bis zur Abfahrt")
    assert told[0].en.startswith("charging, assumed at 2 sites: cars hold their point until departure")


def test_nothing_is_told_where_nothing_is_assumed():
    made = made_region()
    sites = replace(made.sites, electric_share=0.4, charging_strategy="peak_minimal")
    run = scenarios.run(replace(made, sites=sites))
    assert not any("assumed at" in note.en for note in run.notes)
