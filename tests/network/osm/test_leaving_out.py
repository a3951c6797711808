import numpy as np
import pytest

from itas_mobility.network import read_osm, read_osm_modes
from itas_mobility.network.osm.leaving_out import BARRIER, CLOSED, PLANNED, UNCONNECTED, UNKNOWN
from network.osm_text import SOUTH, STEP_LAT, WEST, osm_text, write_osm

STREET = {"highway": "residential"}
DRAWING = ["abcd", "efgh", "ijkl"]
WAYS = [
    ("abcd", STREET),
    ("ae", {"highway": "footway"}),
    ("ef", {"highway": "construction", "construction": "primary"}),
    ("gh", {"highway": "proposed"}),
    ("bf", {"highway": "raceway"}),
    ("ij", STREET),
    ("kl", {"railway": "rail"}),
]


def town(tmp_path, **more):
    return write_osm(tmp_path, DRAWING, WAYS, node_tags={"c": {"barrier": "bollard"}}, **more)


def pieces(left):
    names = left.reasons[left.reason_code]
    return {(str(reason), int(way)) for reason, way in zip(names, left.way_id, strict=True)}


def test_each_piece_with_its_reason(tmp_path):
    left = read_osm(town(tmp_path), report_pieces=True).report.left_out
    assert pieces(left) == {
        (CLOSED, 2002),
        (PLANNED, 2003),
        (PLANNED, 2004),
        (UNKNOWN, 2005),
        (BARRIER, 2001),
        (UNCONNECTED, 2006),
        (UNCONNECTED, 2001),
    }
    # the cut-off block beyond the bollard, and both directions of a road once
    assert len(left) == 7
    point = np.flatnonzero(left.reasons[left.reason_code] == BARRIER)[0]
    assert left.shape_ptr[point + 1] - left.shape_ptr[point] == 1
    foot = int(np.flatnonzero(left.way_id == 2002)[0])
    assert left.shape_lat_deg[left.shape_ptr[foot] : left.shape_ptr[foot + 1]] == pytest.approx(
        [SOUTH, SOUTH - STEP_LAT], abs=1e-6
    )


def test_pieces_are_gathered_only_where_asked_for(tmp_path):
    assert read_osm(town(tmp_path)).report.left_out is None
    plain, asked = read_osm(town(tmp_path)), read_osm(town(tmp_path), report_pieces=True)
    assert plain.report.counts == asked.report.counts
    assert plain.link_key.tolist() == asked.link_key.tolist()


def test_each_mode_has_its_own(tmp_path):
    networks = read_osm_modes(town(tmp_path), ("walk", "train"), report_pieces=True)
    assert (CLOSED, 2002) not in pieces(networks["walk"].report.left_out)
    assert pieces(networks["train"].report.left_out) == set()


def test_only_what_the_file_holds_and_the_clip_covers(tmp_path):
    text = osm_text(DRAWING, [("abcd", STREET), ("efgh", {"highway": "footway"})])
    path = tmp_path / "cut.osm"
    path.write_text("\n".join(x for x in text.splitlines() if 'node id="1006"' not in x))
    left = read_osm(path, report_pieces=True).report.left_out
    assert left.shape_ptr.tolist() == [0, 2]  # g and h; e stands alone
    clipped = read_osm(path, report_pieces=True, clip=(WEST - 1, SOUTH - 0.5 * STEP_LAT, WEST + 1, SOUTH + 1))
    assert len(clipped.report.left_out) == 0


def test_report_reads_like_a_report(tmp_path):
    report = read_osm(town(tmp_path, name="<b>town.osm"), report_pieces=True).report
    shown = report._repr_html_()
    assert "length of links outside the largest part" in shown
    assert "0.4 km" in shown
    assert "left out: under construction or proposed" in shown
    assert "2 pieces" in shown
    assert "&lt;b&gt;town" in shown
    assert "<b>town" not in shown
    assert "none" in shown
