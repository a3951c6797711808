"""A made offer of four zones, for tests of the choice of mode."""

import numpy as np

from itas_mobility import demand
from itas_mobility.core import IndustrialSites, LineOffer, PersonGroups, ShiftPattern, Skims, TourSegment
from itas_mobility.scenarios.parameters import default_parameters

ZONES = ("a", "b", "c", "d")
N = len(ZONES)
PARAMETERS = default_parameters().subset(demand.choice_parameters())
ROWS = {name: row for row, name in enumerate(demand.MODES)}


def skims(**matrices):
    return Skims(ZONES, {name: np.array(values, dtype=float) * np.ones((N, N)) for name, values in matrices.items()})


def made_segment(workers=100.0, label="06:00-14:00"):
    slices = np.zeros(len(demand.day_slices()))
    slices[0] = 1.0
    return TourSegment(label, 21600.0, 50400.0, workers * np.ones((N, N)), slices, slices)


def made_offer(seed=1, *, lines=None, shuttle=None, park_ride=None, can_reach=None, **fields):
    """Zones on a line some kilometres apart, with a little noise that differs between there and back."""
    rng = np.random.default_rng(seed)
    place = np.array([0.0, 3.0, 7.0, 16.0])
    km = np.abs(place[:, None] - place) + 0.7 + 0.2 * rng.random((N, N))
    road = skims(length_m=1000.0 * km, time_s=km / 40.0 * 3600.0)
    perceived_s = 1200.0 + km / 25.0 * 3600.0 if lines is None else lines
    more = {} if shuttle is None else {"shuttle_boardings": shuttle}
    out, back = (skims(time_s=one, perceived_s=one, **more) for one in (perceived_s, perceived_s.T))
    by_car = None
    if park_ride is not None:
        by_car = LineOffer(*(skims(time_s=one, perceived_s=one) for one in (park_ride, park_ride.T)))
    offer = LineOffer(out, back, can_reach=can_reach, park_ride=by_car)
    segment = made_segment()
    return demand.Offer(
        segment, (road,) * len(segment.out_share), road, offer, road, road, **({"lift_chance": 0.1} | fields)
    )


def one_group(*, car=True, licence=True, pedelec=True):
    return PersonGroups(["all"], np.ones((1, N)), [car], [licence], [pedelec])


def three_groups():
    return PersonGroups(
        ["car", "none", "pedelec"], np.array([[0.7], [0.2], [0.1]]) * np.ones((3, N)),
        [True, False, True], [True, False, True], [False, False, True],
    )  # fmt: skip


def made_sites(**columns):
    """Two works, in the zones c and d."""
    pattern = ShiftPattern(["early"], [21600.0], [50400.0], [1.0])
    return IndustrialSites(
        site_id=["c", "d"], name=["C", "D"], gate_ptr=[0, 1, 2], gate_name=["1", "1"], gate_lon_deg=[12.4, 12.5],
        gate_lat_deg=[50.7, 50.7], gate_stop_name=["", ""], stop_to_gate_m=[0.0, 0.0], gate_to_workplace_m=[0.0, 0.0],
        head_count=[600.0, 200.0], attendance_share=[0.9, 0.9], parking_spaces=[300.0, 100.0],
        grid_connection_kw=[500.0, 100.0], charging_points=[1, 1], charging_point_kw=[11.0, 11.0],
        shifts=(pattern, pattern), **({"zone": [2, 3]} | columns),
    )  # fmt: skip
