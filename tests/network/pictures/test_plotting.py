"""Pictures with matplotlib: what is drawn, its colours, words, scale, and how long it takes."""

import dataclasses
import time

import matplotlib as mpl
import numpy as np
import pytest

from itas_mobility.core import LeftOut, ReadReport, RoadClass
from itas_mobility.errors import InputError
from itas_mobility.network import grid, plot, plot_left_out
from itas_mobility.network.forward_star import Nodes, assemble
from itas_mobility.network.pictures import drawing
from network.made_networks import junction

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def made_left_out(*, reasons=("not connected", "closed by a barrier", "<b>strange</b>")):
    """Two lines (1.11 km north, 0.71 km east), one point, one line of another reason."""
    return LeftOut(
        way_id=np.array([5, 6, 7, 8]),
        reason_code=np.array([0, 0, 1, 2]),
        reasons=np.array(reasons),
        shape_ptr=np.array([0, 2, 4, 5, 8]),
        shape_lon_deg=np.array([12.0, 12.0, 12.0, 12.01, 12.005, 12.0, 12.01, 12.02]),
        shape_lat_deg=np.array([50.0, 50.01, 50.0, 50.0, 50.005, 50.01, 50.01, 50.01]),
    )


def lines_of(axes):
    from matplotlib.collections import LineCollection

    return [part for part in axes.collections if isinstance(part, LineCollection)]


def words_of(axes):
    axes.figure.draw_without_rendering()
    legend = [text.get_text() for text in axes.get_legend().get_texts()] if axes.get_legend() else []
    return legend, [text.get_text() for text in axes.texts]


def test_classes_have_colours_and_german_words():
    roads = junction()
    axes = plot(roads, title="Ort")
    (lines,) = lines_of(axes)
    legend, texts = words_of(axes)
    assert [entry.split(":")[0] for entry in legend] == [
        "Schnell- und Bundesstraße", "Landesstraße", "Gemeinde- und Wohnstraße", "Zufahrt, Wirtschaftsweg", "Radweg",
        "Anbindung der Verkehrszellen",
    ]  # fmt: skip
    assert legend[0] == "Schnell- und Bundesstraße: 100 m"
    assert drawing.ATTRIBUTION["de"] in texts
    assert axes.get_title() == "Ort"
    assert len(lines.get_segments()) == 7, "both directions of the connector once by direction, the movement not at all"
    drawn = {mpl.colors.to_hex(colour) for colour in lines.get_colors()}
    assert {"#d4620c", "#c79a00", "#1f9a6a"} <= drawn
    # main roads lie on top
    assert mpl.colors.to_hex(lines.get_colors()[-1]) == "#d4620c"


def test_english_words_and_no_legend():
    legend, texts = words_of(plot(junction(), language="en"))
    assert legend[1].startswith("secondary road: 133 m")
    assert "© OpenStreetMap contributors (ODbL)" in texts
    assert words_of(plot(junction(), legend=False))[0] == []


def test_both_directions_are_one_street_and_copies_count_once():
    roads = grid(4, 3)
    links = drawing.drawable(roads)
    forward, backward = drawing.streets(roads, links)
    assert len(forward) == roads.n_links // 2
    assert (backward >= 0).all()
    assert roads.tail[forward].tolist() == roads.head[backward].tolist()
    assert sorted([*forward.tolist(), *backward.tolist()]) == links.tolist()
    one_way = drawing.streets(roads, forward)
    assert one_way[0].tolist() == forward.tolist()
    assert (one_way[1] == -1).all()
    # a part of node 1 made for turns: its copy of a link is the same street
    ids = roads.node_id.copy()
    ids[-1] = 1 + 2**48
    head = np.where(roads.head == 0, roads.n_nodes - 1, roads.head)
    copied = dataclasses.replace(roads, node_id=ids, head=head)
    key = drawing.streets(copied, links)
    assert len(key[0]) <= len(forward)


def test_parallel_pieces_of_one_way_are_two_streets():
    """The two halves of a ring, equally long to 3 mm, in both directions."""
    n = 4
    links = {
        "tail": np.array([0, 0, 1, 1], np.int32), "head": np.array([1, 1, 0, 0], np.int32), "link_key": np.arange(n),
        "length_m": np.array([70.517, 70.514, 70.514, 70.517]), "free_speed_km_per_h": np.full(n, 36.0),
        "free_time_s": np.full(n, 7.05), "lanes": np.ones(n), "capacity_veh_per_h": np.full(n, 600.0),
        "road_class": np.full(n, int(RoadClass.RESIDENTIAL), np.uint8), "modes": np.ones(n, np.uint8),
        "access": np.zeros(n, np.uint8),
    }  # fmt: skip
    roads = assemble(nodes=Nodes(np.arange(1, 3), np.array([12.0, 12.1]), np.array([50.0, 50.1])), links=links)
    forward, backward = drawing.streets(roads, drawing.drawable(roads))
    assert sorted([*forward.tolist(), *backward.tolist()]) == [0, 1, 2, 3]
    assert (roads.length_m[forward] == roads.length_m[backward]).all()


@pytest.mark.parametrize("column", ["free_speed_km_per_h", "lanes", "capacity_veh_per_h"])
def test_numbers_give_a_colour_scale(column):
    axes = plot(junction(), color_by=column)
    lines = lines_of(axes)[-1]
    values = getattr(junction(), column)[drawing.drawable(junction())]
    assert sorted(lines.get_array().tolist()) == sorted(values[np.isfinite(values)].tolist())
    assert lines.get_array().tolist() == sorted(lines.get_array().tolist()), "high values on top"
    assert len(axes.figure.axes) == 2
    assert axes.figure.axes[1].get_ylabel()


def test_an_array_of_volumes():
    roads = grid(3, 3)
    volume = np.arange(roads.n_links, dtype=float)
    volume[3] = np.nan
    axes = plot(roads, color_by=volume, label="Kfz/Tag")
    grey, coloured = lines_of(axes)
    assert len(grey.get_segments()) == 1
    assert len(coloured.get_segments()) == roads.n_links - 1
    assert axes.figure.axes[1].get_ylabel() == "Kfz/Tag"


def test_the_picture_is_true_to_scale():
    roads = grid(11, 6, spacing_m=1000.0)  # 10 km by 5 km
    axes = plot(roads)
    assert axes.get_aspect() == pytest.approx(1 / np.cos(np.radians(roads.node_lat_deg.mean())), rel=1e-3)
    axes.figure.canvas.draw()
    box = axes.get_window_extent()
    assert (box.width, box.height) == (pytest.approx(2 * box.height, rel=0.05), box.height)
    _, texts = words_of(axes)
    bar = axes.lines[0]
    assert "2 km" in texts
    (left, right), _ = bar.get_data()
    west, east = axes.get_xlim()
    assert (right - left) * (east - west) * 111195 * np.cos(np.radians(50.74)) == pytest.approx(2000, rel=0.01)


def test_axes_of_the_caller_are_used():
    import matplotlib.pyplot as plt

    figure, (one, two) = plt.subplots(1, 2)
    assert plot(grid(2, 2), one) is one
    assert plot_left_out(made_left_out(), two) is two
    figure.draw_without_rendering()


def test_left_out_pieces_have_reasons_kilometres_and_points():
    axes = plot_left_out(ReadReport("a.osm", {}, made_left_out()), roads=grid(3, 3))
    legend, texts = words_of(axes)
    assert legend == [
        "vom Netz abgeschnitten: 1,8 km", "durch Schranke oder Poller gesperrt: 1 Stelle", "<b>strange</b>: 1,4 km",
    ]  # fmt: skip
    assert drawing.ATTRIBUTION["de"] in texts
    background, *parts = lines_of(axes)
    assert len(background.get_segments()) == grid(3, 3).n_links // 2
    assert [len(part.get_segments()) for part in parts] == [2, 1]
    (points,) = [part for part in axes.collections if part not in lines_of(axes)]
    assert points.get_offsets().tolist() == [[12.005, 50.005]]
    assert words_of(plot_left_out(made_left_out(), language="en"))[0][1] == "closed by a barrier: 1 place"


def test_what_is_left_out_as_a_matter_of_course_is_pale_and_below():
    pieces = made_left_out(reasons=("not connected", "strange", "closed to the mode"))
    legend, _ = words_of(plot_left_out(pieces))
    assert legend[0] == "für dieses Verkehrsmittel nicht zugelassen: 1,4 km"
    styles = drawing.reason_styles(pieces, "en")
    assert [(style.name, style.is_usual) for style in styles] == [
        ("closed to the mode", True), ("not connected", False), ("strange", False),
    ]  # fmt: skip
    assert styles[0].width_px < styles[1].width_px


def test_nothing_left_out_is_said():
    none = LeftOut([], [], [], [0], [], [])
    assert "Nichts weggelassen" in words_of(plot_left_out(none, roads=grid(2, 2)))[1]
    assert drawing.piece_lengths_km(none).tolist() == []


def test_lengths_of_pieces():
    assert drawing.piece_lengths_km(made_left_out()) == pytest.approx([1.112, 0.715, 0.0, 1.429], abs=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: plot(grid(2, 2), color_by="colour"),
            "color_by: 'colour' is no column .* use one of road_class, length_m",
        ),
        (lambda: plot(grid(2, 2), color_by=np.zeros(3)), r"color_by has shape \(3,\), the network 8 links"),
        (lambda: plot(grid(2, 2), language="fr"), "language 'fr': must be one of de, en"),
        (lambda: plot_left_out(ReadReport("a", {})), "the report holds no pieces"),
        (
            lambda: plot(
                dataclasses.replace(
                    grid(2, 1), node_lon_deg=[np.nan] * 2, shape_ptr=[0] * 3, shape_lon_deg=[], shape_lat_deg=[]
                )
            ),
            "no link that can be drawn",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_each_class_but_movements_has_a_group():
    rows = drawing.group_of_class()
    assert [RoadClass(code).name for code in np.flatnonzero(rows < 0)] == ["TURN"]


def test_a_hundred_thousand_links_are_drawn_quickly(tmp_path):
    roads = grid(160, 160)
    assert roads.n_links > 100_000
    start = time.perf_counter()
    plot(roads).figure.savefig(tmp_path / "grid.png")
    assert time.perf_counter() - start < 30  # about 1 s; the margin is for busy machines
