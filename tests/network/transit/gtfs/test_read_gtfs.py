import numpy as np
from gtfs_feeds import DAY, feed

from itas_mobility.core.transit import TransitMode
from itas_mobility.network import read_gtfs


def test_a_sound_feed_by_hand(tmp_path):
    table = read_gtfs(feed(tmp_path), date=DAY)
    assert table.stop_id.tolist() == ["P", "Q", "R"]
    assert table.stop_name.tolist() == ["Platz", "Quelle", "Rathaus"]
    assert (table.route_id.tolist(), table.line.tolist(), table.mode.tolist()) == (["L"], ["4"], [TransitMode.TRAM])
    assert table.trip_id.tolist() == ["t1", "t2"]
    np.testing.assert_array_equal(table.arrival_s, [18000, 18600, 19200, 90000, 90600, 91200])
    np.testing.assert_array_equal(table.departure_s, [18000, 18660, 19200, 90000, 90660, 91200])
    assert table.service_date == DAY
