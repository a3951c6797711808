"""Tables as schemas: types whatever was given, units in the names, nothing rounded, nothing foreign."""

import numpy as np
import pandas as pd
import pytest

from itas_mobility.errors import InputError
from itas_mobility.scenarios.results.tables import TABLES

COUNTS = {
    "workers", "car_trips", "site_arrivals", "relative_gap", "unassigned_trips", "cars", "electric_cars",
    "parking_spaces", "is_reachable", "out_transfers", "back_transfers", "boardings", "trips", "vehicles", "seats",
    "fullest_trip", "value",
    "unserved_home_cars", "unserved_public_cars", "stranded_cars", "persons", "persons_left_out", "persons_new",
    "short", "long", "standing_cars", "outside_cars",
}  # fmt: skip


def test_each_number_is_a_count_or_names_its_unit():
    columns = [column for table in TABLES.values() for column in table.columns if column.kind == "number"]
    assert {column.name for column in columns if not column.unit} == COUNTS
    units = {column.name: column.unit for column in columns}
    assert units["volume_veh_per_day"] == "veh_per_day"
    assert units["delay_veh_h"] == units["veh_h"] == "veh_h"
    assert units["vehicle_h"] == "h"


def test_missing_numbers_may_be_given_in_any_way():
    given = pd.DataFrame({"line": [4, "5", "6"], "vehicles": [None, "", pd.NA], "cost_eur": ["1.5", 2, np.nan]})
    typed = TABLES["lines"].typed(given)
    assert typed["line"].tolist() == ["4", "5", "6"]
    assert typed["vehicles"].isna().all()
    assert typed["cost_eur"].tolist()[:2] == [1.5, 2.0]
    assert typed.dtypes.astype(str).to_dict() == {"line": "object", "vehicles": "float64", "cost_eur": "float64"}


def test_keys_are_whole_and_exact():
    links = TABLES["links"]
    big = 2**62 + 1
    back = links.read_csv(links.to_csv(pd.DataFrame({"link_key": [big, 3.0]}, dtype=object)))
    assert back["link_key"].tolist() == [big, 3]
    with pytest.raises(InputError, match=r"'links', column 'link_key'.*1\.7"):
        links.typed(pd.DataFrame({"link_key": [1.7]}))


def test_foreign_and_double_columns_and_words_for_numbers_are_named_together():
    with pytest.raises(InputError, match="no column 'colour'"):
        TABLES["zones"].typed(pd.DataFrame({"zone_id": ["a"], "colour": ["red"]}))
    twice = pd.DataFrame([["a", 1.0, 2.0]], columns=["zone_id", "workers", "workers"])
    with pytest.raises(InputError, match="column 'workers' more than once"):
        TABLES["zones"].typed(twice)
    with pytest.raises(InputError, match=r"'workers'.*many.*'car_share'.*most"):
        TABLES["zones"].typed(pd.DataFrame({"workers": ["many"], "car_share": ["most"]}))


def test_floats_read_back_to_the_last_bit():
    values = np.random.default_rng(1).lognormal(0, 20, 500)
    charging = TABLES["charging"]
    table = pd.DataFrame({"site_id": "0017", "time_h": values, "power_kw": -values})
    back = charging.read_csv(charging.to_csv(table))
    assert back["site_id"].tolist() == ["0017"] * 500
    np.testing.assert_array_equal(back[["time_h", "power_kw"]], table[["time_h", "power_kw"]])
