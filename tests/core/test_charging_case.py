"""A charging case and the nouns of money: what they hold, show and refuse."""

import numpy as np
import pytest

from itas_mobility.core import Bill, ChargingCase, ChargingSessions, ChargingSite, NetworkFee, Tariff
from itas_mobility.errors import InputError

SESSIONS = ChargingSessions(arrive_h=[8.0, 9.0], depart_h=[16.0, 17.0], need_kwh=[10.0, 20.0], power_kw=11.0)
SITE = ChargingSite(points=None, point_power_kw=11.0, efficiency=0.9)


def case(**changes):
    given = {"session_id": ["a", "b"], "sessions": SESSIONS, "site": SITE, "step_h": 0.25, "horizon_h": 168.0}
    return ChargingCase(**given | changes)


def test_a_case_holds_names_and_steps():
    found = case(title="<shift>", assumptions=("no price",))
    assert found.session_id.tolist() == ["a", "b"]
    assert not found.session_id.flags.writeable
    assert found.n_steps == 672
    assert case(step_h=0.1, horizon_h=0.3).n_steps == 3
    assert repr(found) == "ChargingCase(2 sessions, 672 steps of 0.25 h)"
    assert "&lt;shift&gt;" in found._repr_html_()
    assert "no price" in found._repr_html_()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"session_id": ["a", "a"]}, "session_id: a stands more than once"),
        ({"session_id": ["a"]}, "session_id: shape"),
        ({"step_h": 0.0}, "step_h=0 must be positive"),
        ({"horizon_h": np.nan}, "horizon_h=nan must be positive"),
    ],
)
def test_faults_of_a_case(changes, message):
    with pytest.raises(InputError) as refused:
        case(**changes)
    assert message in str(refused.value)


def test_a_tariff_and_a_bill_show_themselves():
    shown = Tariff("works", "price sheet", [0.1, 0.2], NetworkFee(40, 0.05), NetworkFee(90, 0.03), 2500)._repr_html_()
    for part in ("works", "0.1 to 0.2 EUR/kWh", "below 2500 h", "40 EUR/kW a year and 0.05 EUR/kWh", "price sheet"):
        assert part in shown
    year = Bill(
        import_kwh=1000.0,
        peak_kw=10.0,
        is_long_use=False,
        energy_eur=200.0,
        network_energy_eur=50.0,
        network_power_eur=400.0,
        feed_in_eur=30.0,
    )
    assert (year.use_h, year.total_eur) == (100.0, 620.0)
    assert "620 EUR" in year._repr_html_()
