"""Fares of feeds: by hand, damaged ones, and Caltrain's zones."""

import warnings

import numpy as np
import pytest
from gtfs_feeds import DAY, SOUND, feed

from itas_mobility.core import AccessLegs, SearchLimits, TravelWindow, Zones
from itas_mobility.demand.transit import choice_sets, journey_fare_eur
from itas_mobility.errors import DataWarning, NetworkError
from itas_mobility.network import read_fares, read_gtfs
from itas_mobility.network.transit import check_gtfs

ATTRIBUTES = "fare_id,price,currency_type,payment_method,transfers,transfer_duration\n"
RULES = "fare_id,route_id,origin_id,destination_id,contains_id\n"
ZONES = (
    "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,zone_id\n"
    "P,Platz,50.70,12.40,0,,1\nQ,Quelle,50.71,12.41,,,2\nR,Rathaus,50.72,12.42,0,,2\n"
)


def fares_of(folder, attributes, rules=None, stops=ZONES, **options):
    files = {"stops": stops, "fare_attributes": ATTRIBUTES + attributes}
    files |= {} if rules is None else {"fare_rules": RULES + rules}
    path = feed(folder, **files)
    return read_fares(path, read_gtfs(path, date=DAY), **options)


def test_tickets_and_rules_are_read(tmp_path):
    found = fares_of(
        tmp_path,
        "short,1.50,EUR,0,0,\nlong,2.80,EUR,1,,5400\n",
        "long,,1,2,\nshort,L,,,1\nshort,L,,,2\nshort,,2,2,\n",
    )
    assert found.ticket_id.tolist() == ["short", "long"]
    assert found.price_eur.tolist() == [1.5, 2.8]
    assert found.max_transfers.tolist() == [0, -1]
    assert found.valid_s.tolist() == [np.inf, 5400.0]
    assert found.stop_zone.tolist() == ["1", "2", "2"]
    assert found.rule_ticket.tolist() == [0, 0, 1]
    assert found.rule_route.tolist() == ["", "L", ""]
    assert found.rule_origin.tolist() == ["2", "", "1"]
    assert found.rule_destination.tolist() == ["2", "", "2"]
    assert found.contains_ptr.tolist() == [0, 0, 2, 2]
    assert found.contains.tolist() == ["1", "2"]


def test_a_feed_without_rules_has_tickets_that_are_valid_everywhere(tmp_path):
    found = fares_of(tmp_path, "all,2.00,EUR,0,,\n", stops=SOUND["stops.txt"])
    assert (len(found.rule_ticket), found.has_zones) == (0, False)


def test_routes_are_those_of_the_timetable(tmp_path):
    # t2 passes Q: its route gets a name of its own; M does not run on that day
    files = {
        "fare_attributes": ATTRIBUTES + "a,1,EUR,0,,\nb,2,EUR,0,,\n",
        "fare_rules": RULES + "a,L,,,\nb,M,,,\n",
        "routes": SOUND["routes.txt"] + "M,5,,3\n",
        "stop_times": SOUND["stop_times.txt"].replace("t2,25:10:00,25:11:00,Q,2\n", ""),
        "frequencies": "trip_id,start_time,end_time,headway_secs\nt1,06:00:00,07:00:00,1200\n",
    }
    path = feed(tmp_path, **files)
    table = read_gtfs(path, date=DAY)
    found = read_fares(path, table)
    assert len(table.route_id) == 2
    assert sorted(found.rule_route[found.rule_ticket == 0].tolist()) == sorted(table.route_id.tolist())
    assert not set(found.rule_route[found.rule_ticket == 1].tolist()) & {"", *table.route_id.tolist()}


def test_other_currencies_need_their_worth(tmp_path):
    with pytest.raises(NetworkError, match=r"fare_attributes.txt: line 3: currency_type 'CZK'.*eur_per_unit"):
        fares_of(tmp_path, "a,1,EUR,0,,\nb,25,CZK,0,,\n")
    found = fares_of(tmp_path, "a,1,EUR,0,,\nb,25,CZK,0,,\n", eur_per_unit={"CZK": 0.04})
    assert found.price_eur.tolist() == [1.0, 1.0]


DAMAGED = [
    # rule, severity, file, line, in the message, fare_attributes, fare_rules
    ("negative_price", "error", "fare_attributes.txt", 2, "price -1", "a,-1,EUR,0,,\n", ""),
    ("invalid_number", "error", "fare_attributes.txt", 2, "'1,5'", 'a,"1,5",EUR,0,,\n', ""),
    ("missing_value", "error", "fare_attributes.txt", 2, "price is blank", "a,,EUR,0,,\n", ""),
    ("missing_value", "error", "fare_attributes.txt", 2, "currency_type is blank", "a,1,,0,,\n", ""),
    ("duplicate_id", "error", "fare_attributes.txt", 3, "'a' stands in line 2", "a,1,EUR,0,,\na,2,EUR,0,,\n", ""),
    ("unknown_reference", "error", "fare_rules.txt", 2, "fare_id 'b'", "a,1,EUR,0,,\n", "b,L,,,\n"),
    ("unknown_reference", "error", "fare_rules.txt", 2, "route_id 'M'", "a,1,EUR,0,,\n", "a,M,,,\n"),
    ("invalid_whole_number", "error", "fare_attributes.txt", 2, "'soon'", "a,1,EUR,0,,soon\n", ""),
    ("odd_transfers", "warning", "fare_attributes.txt", 2, "transfers 5", "a,1,EUR,0,5,\n", ""),
    ("unknown_fare_zone", "warning", "fare_rules.txt", 2, "origin_id '9'", "a,1,EUR,0,,\n", "a,,9,,\n"),
]


@pytest.mark.parametrize("case", DAMAGED, ids=[f"{case[0]}-{i}" for i, case in enumerate(DAMAGED)])
def test_damaged_fares_are_named_and_leave_the_timetable_alone(tmp_path, case):
    rule, severity, file, line, words, attributes, rules = case
    path = feed(tmp_path, stops=ZONES, fare_attributes=ATTRIBUTES + attributes, fare_rules=RULES + rules)
    found = [finding for finding in check_gtfs(path) if finding.rule == rule]
    assert [(finding.severity, finding.file, finding.line) for finding in found] == [(severity, file, line)]
    assert words in found[0].message
    table = read_gtfs(path, date=DAY)
    assert table.n_trips == 2
    if severity == "error":
        with pytest.raises(NetworkError, match=file):
            read_fares(path, table)
    else:
        assert len(read_fares(path, table).ticket_id) == 1


def test_stops_without_a_fare_zone_are_counted_where_rules_need_one(tmp_path):
    path = feed(tmp_path, stops=ZONES.replace("0,,2", "0,,"), fare_attributes=ATTRIBUTES + "a,1,EUR,0,,\n",
                fare_rules=RULES + "a,,1,2,\n")  # fmt: skip
    (found,) = check_gtfs(path)
    assert (found.rule, found.severity, found.file) == ("stop_without_fare_zone", "warning", "stops.txt")
    assert "1 stops" in found.message


def test_a_feed_without_fares_and_a_timetable_of_another_feed_are_refused(tmp_path):
    path = feed(tmp_path)
    table = read_gtfs(path, date=DAY)
    with pytest.raises(NetworkError, match="holds no fares"):
        read_fares(path, table)
    attributes, calls = ATTRIBUTES + "a,1,EUR,0,,\n", SOUND["stop_times.txt"]
    stops, times = ZONES.replace("\nP,", "\nX,"), calls.replace(",P,", ",X,")
    other = feed(tmp_path, "other.zip", stops=stops, stop_times=times, fare_attributes=attributes)
    with pytest.warns(DataWarning, match=r"1 stops .* 'P'"):
        assert read_fares(other, table).stop_zone.tolist() == ["", "2", "2"]
    for old, new in (("Q", "Y"), ("R", "Z")):
        stops, times = stops.replace(f"\n{old},", f"\n{new},"), times.replace(f",{old},", f",{new},")
    far = feed(tmp_path, "far.zip", stops=stops, stop_times=times, fare_attributes=attributes)
    with pytest.raises(NetworkError, match="no stop of the timetable"):
        read_fares(far, table)


def test_caltrain_costs_by_zones(shared_data):
    path = shared_data / "gtfs" / "caltrain.zip"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        table = read_gtfs(path, date="2009-09-15")
        fares = read_fares(path, table, eur_per_unit={"USD": 1.0})
    n = table.n_stops
    names = table.stop_id
    zones = Zones(
        zone_id=names, name=names, municipality=np.full(n, ""), district=np.full(n, ""), kind=np.zeros(n),
        lon_deg=table.stop_lon_deg, lat_deg=table.stop_lat_deg, residents=np.zeros(n), employed_residents=np.zeros(n),
        jobs=np.zeros(n), polygon=np.full(n, None),
    )  # fmt: skip
    none = np.zeros(0)
    legs = AccessLegs(n, n, np.arange(n), np.arange(n), np.zeros(n), np.zeros(n), none, none, none)
    found = choice_sets(
        table, legs, zones, window=TravelWindow(7 * 3600.0, 8 * 3600.0), limits=SearchLimits(max_transfers=0)
    )
    fare = journey_fare_eur(found, table, fares)
    zone = fares.stop_zone.astype(int)
    apart = np.abs(zone[found.origin] - zone[found.destination])[found.pair]
    assert len(found) > 1000
    np.testing.assert_allclose(fare, 2.5 + 1.75 * apart)
