"""Two horizons in every run: workplaces stay, and workplaces react; the same region, the same fixed point, no noise."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from tiny_region import made_region

from itas_mobility import demand, scenarios
from itas_mobility.core import ZoneKind, Zones
from itas_mobility.errors import DataWarning
from itas_mobility.scenarios.comparing.comparison import LONG_RUN
from itas_mobility.scenarios.measures import MEASURE_ADAPTER
from itas_mobility.scenarios.stages.mode_equilibrium import balanced, balanced_long, prepare


def scenario(*measures, name="changed"):
    return scenarios.Scenario(name, measures=tuple(map(MEASURE_ADAPTER.validate_python, measures)))


def two_towns(**parameters):
    """Two homes, each near to one of two works: workers of both cross, and can also work at home."""
    region = made_region()
    zones = replace(region.zones, employed_residents=[900.0, 700.0, 0.0, 0.0], jobs=[250.0, 350.0, 600.0, 400.0])
    changed = region.parameters.with_value("other_car_trips_per_resident", 0.2, source="made")
    for name, value in parameters.items():
        changed = changed.with_value(name, value, source="made")
    return replace(region, zones=zones, parameters=changed, sites=replace(region.sites, head_count=[600.0, 400.0]))


def run(region, *measures, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return scenarios.run(region, scenario(*measures), **options)


def dearer_fuel(region, factor):
    name = "car_cost_eur_per_km"
    return region.parameters.with_value(name, factor * region.parameters.value(name), source="made")


def long_and_short(region, parameters):
    """Inputs before and after a change of parameters, and both equilibria after it."""
    settings, store, slices = scenarios.RunSettings(), scenarios.StageStore(), demand.day_slices()
    before = prepare(region, region, slices, store)
    after = prepare(region, replace(region, parameters=parameters), slices, store)
    short = balanced(before, after, settings, store)
    scale = parameters.value("destination_scale")
    return (
        before,
        balanced(before, before, settings, store),
        short,
        balanced_long(before, after, settings, store, scale=scale),
    )


def car_km(inputs, found):
    """Kilometres of commuters by car along the quickest ways of the empty network."""
    km = inputs.nets.free["length_m"] / 1000.0
    pairs = zip(found.segments, found.shares, strict=True)
    return float(sum((demand.drivers(segment, share) * km).sum() for segment, share in pairs))


def test_the_baseline_has_one_horizon():
    base = scenarios.run(two_towns())
    assert dict(base.long_run) == dict(base.indicators)
    horizons = base.tables["horizons"]
    assert horizons["indicator"].tolist() == list(base.indicators)
    np.testing.assert_array_equal(horizons["short"], horizons["long"])


def test_an_empty_scenario_changes_nothing_in_both_horizons():
    region, store = two_towns(), scenarios.StageStore()
    base, empty = scenarios.run(region, store=store), run(region, store=store)
    assert dict(empty.indicators) == dict(base.indicators)
    assert dict(empty.long_run) == dict(base.long_run)
    assert empty.indicators["benefit_eur_per_day"] == 0.0


@pytest.mark.parametrize("factor", [1.1, 1.5, 3.0])
def test_dearer_kilometres_are_saved_more_in_the_long_run(factor):
    region = two_towns()
    inputs, before, short, long_run = long_and_short(region, dearer_fuel(region, factor))
    km = [car_km(inputs, found) for found in (before, short, long_run)]
    assert km[0] > km[1] > km[2]
    assert km[1] - km[2] > 0.15 * (km[0] - km[1]), "ways to work become shorter"


def test_homes_keep_their_workers_and_workplaces_their_jobs():
    region = two_towns()
    _, _, short, long_run = long_and_short(region, dearer_fuel(region, 3.0))
    staying, moved = (sum(segment.workers for segment in found.segments) for found in (short, long_run))
    assert np.abs(moved - staying).max() > 1.0
    # presence hangs on the way, and no way of this region is long: persons on the way are employees by the same part
    presence = [segment.workers.sum() for segment in short.segments]
    after = [segment.workers.sum() for segment in long_run.segments]
    np.testing.assert_allclose(after, presence, rtol=1e-9)
    np.testing.assert_allclose(moved.sum(axis=0), staying.sum(axis=0), rtol=1e-9)


def test_the_less_workplaces_are_alike_the_less_they_react():
    moved = []
    for scale in (0.1, 0.5, 1.0):
        region = two_towns(destination_scale=scale)
        inputs, _, short, long_run = long_and_short(region, dearer_fuel(region, 2.0))
        moved.append(car_km(inputs, short) - car_km(inputs, long_run))
    assert 0.0 < moved[0] < moved[1] < moved[2]


def test_a_closed_road_costs_commuters_and_turns_them_to_the_near_side():
    """The street is closed between Schule and Werk, beside which another leads round."""
    region = two_towns()
    lon = region.roads.node_lon_deg
    base = scenarios.run(region)
    box = [float(lon[30]) - 1e-6, -90.0, float(lon[31]) + 1e-6, float(region.roads.node_lat_deg[3 * 61]) + 1e-6]
    ways = sorted(set(region.roads.way_id.tolist()))
    closed = run(region, {"type": "close_road", "ways": ways, "between": box})
    assert closed.indicators["commuters_without_mode"] == 0.0
    assert closed.indicators["benefit_eur_per_day"] < 0.0
    assert closed.long_run["benefit_eur_per_day"] >= closed.indicators["benefit_eur_per_day"], "they can turn away"
    detour = closed.indicators["veh_km_per_day"] - base.indicators["veh_km_per_day"]
    assert detour > 0.0
    assert closed.long_run["veh_km_per_day"] < closed.indicators["veh_km_per_day"]
    found = scenarios.compare(base, closed, region=region)
    table = found.to_dataframe()
    for horizon, told in (("", closed.indicators), (LONG_RUN, closed.long_run)):
        change = table.loc["veh_km_per_day", f"changed - baseline{horizon}"]
        assert change == told["veh_km_per_day"] - base.indicators["veh_km_per_day"]
    sentences = found.explain_horizons(closed)
    assert sentences
    assert all("langfristig" in one["text_de"] and "in the long run" in one["text_en"] for one in sentences)
    assert any(one["indicator"] == "benefit_eur_per_day" for one in found.explain(closed))


@pytest.mark.parametrize("load", [1.0, 2.0])
def test_the_gap_is_kept_under_congestion(load):
    """Twice the commuters on roads of a third: cars answer to times, and times to cars, in both horizons."""
    region = two_towns(other_car_trips_per_resident=0.2 * load)
    zones = replace(
        region.zones,
        employed_residents=4.0 * load * region.zones.employed_residents,
        jobs=4.0 * load * region.zones.jobs,
        residents=load * region.zones.residents,
    )
    roads = replace(region.roads, capacity_veh_per_h=0.3 * region.roads.capacity_veh_per_h)
    sites = replace(region.sites, head_count=4.0 * load * region.sites.head_count)
    region = replace(region, zones=zones, roads=roads, sites=sites)
    found = run(region, {"type": "remove_line", "line": "1"})
    assert found.indicators["delay_veh_h_per_day"] > 10.0 * load
    for told in (found.indicators, found.long_run):
        assert told["feedback_residual"] <= 1e-6
        assert told["relative_gap"] <= 1e-6
    assert found.long_run["veh_km_per_day"] != found.indicators["veh_km_per_day"]


def with_noise_on_times(region, size):
    rng = np.random.default_rng(17)
    times = region.roads.free_time_s * (1.0 + size * rng.uniform(-1.0, 1.0, region.roads.n_links))
    return replace(region, roads=replace(region.roads, free_time_s=times))


def test_noise_on_times_moves_no_long_indicator(zwickau):
    measure = {"type": "stagger_shift", "site": "vw_mosel", "by_min": 45}
    plain, noisy = (
        scenarios.run(region, scenario(measure)) for region in (zwickau, with_noise_on_times(zwickau, 1e-12))
    )
    solver = {"relative_gap", "feedback_residual"}
    for name in plain.long_run.keys() - solver:
        one, other = plain.long_run[name], noisy.long_run[name]
        assert other == pytest.approx(one, rel=1e-7, abs=1e-9), name
        assert other - noisy.indicators[name] == pytest.approx(
            one - plain.indicators[name], rel=1e-2, abs=max(1e-9, 1e-7 * abs(one))
        ), name


def split(region, zone, offset_deg):
    """The region with a zone cut into two halves, a little apart."""
    zones = region.zones
    rows = [*range(len(zones)), zones.row(zone)]
    columns = {name: getattr(zones, name)[rows].copy() for name in zones.__dataclass_fields__}
    columns["zone_id"] = [*zones.zone_id.tolist(), f"{zone}_2"]
    for name in ("residents", "employed_residents", "jobs"):
        columns[name] = columns[name].copy()
        columns[name][[zones.row(zone), -1]] *= 0.5
    lon = columns["lon_deg"].copy()
    lon[zones.row(zone)] -= offset_deg
    lon[-1] += offset_deg
    return replace(region, zones=Zones(**(columns | {"lon_deg": lon})))


def test_zones_in_two_halves_are_much_the_same_in_both_horizons(zwickau, run_with):
    """The five largest home zones of the embedded region, cut some 400 m apart."""
    fare = MEASURE_ADAPTER.validate_python({"type": "change_fare", "price_eur": 0.5})
    zones = zwickau.zones
    largest = np.argsort(-np.where(zones.kind == ZoneKind.INTERNAL, zones.residents, 0.0), kind="stable")[:5]
    cut = zwickau
    for row in largest:
        cut = split(cut, str(zones.zone_id[row]), 0.003)
    whole, halves = run_with(fare), scenarios.run(cut, scenarios.Scenario("changed", measures=(fare,)))
    assert len(halves.tables["zones"]) == len(zones) + 5
    for told in ("indicators", "long_run"):
        one, other = getattr(whole, told), getattr(halves, told)
        names = [f"{mode}_share" for mode in demand.MODES]
        for name in (*names, "commuter_car_km_per_day", "veh_km_per_day", "commuters", "benefit_eur_per_day"):
            assert other[name] == pytest.approx(one[name], rel=0.02), (told, name)
            assert other[name] != one[name], "that they are cut is felt"


def test_both_horizons_come_back_from_a_folder(tmp_path):
    made = run(two_towns(), {"type": "change_fare", "price_eur": 0.5})
    back = scenarios.read_run(scenarios.write_run(made, tmp_path / "changed"))
    assert dict(back.long_run) == pytest.approx(dict(made.long_run), rel=0, abs=0, nan_ok=True)
    assert made.long_run["transit_boardings"] != made.indicators["transit_boardings"]
    np.testing.assert_array_equal(back.tables["horizons"]["long"], made.tables["horizons"]["long"])
    assert back.to_json() == made.to_json()
