"""Charts say what the numbers say."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from itas_mobility.report import charts
from itas_mobility.words import _MODES, MODES


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_axis_ends_close_above_the_highest_value(value):
    top = charts.nice_top(value)
    assert value * (1 - 1e-9) <= top <= 2.001 * value


def test_stack_fills_the_width_with_its_shares():
    svg = charts.stack([("car", 0.75), ("transit", 0.2), ("walk", 0.05), ("bike", float("nan"))])
    boxes = re.findall(r'<rect data-m="(\d+)" x="([\d.]+)%" width="([\d.]+)%"', svg)
    assert [colour for colour, _, _ in boxes] == ["0", "1", "2"]
    assert re.findall(r"<title>(.*?)</title>", svg) == [
        "Auto: 75,0 % / Car: 75.0 %", "Bus und Bahn: 20,0 % / Public transport: 20.0 %",
        "zu Fuß: 5,0 % / Walking: 5.0 %",
    ]  # fmt: skip
    assert [float(x) for _, x, _ in boxes] == pytest.approx([0, 75, 95])
    assert sum(float(w) for _, _, w in boxes) == pytest.approx(100)
    assert "75,0 %" in svg
    assert "75.0 %" in svg


def test_each_mode_has_a_colour_in_bar_and_legend(monkeypatch):
    names = [f"mode{i}" for i in range(charts.MODE_COLOURS + 1)]
    for name in names:
        monkeypatch.setitem(_MODES, name, MODES["walk"])
    svg = charts.stack([(f"{name}", 1 / len(names)) for name in names])
    boxes = re.findall(r'<rect data-m="(\d+)"', svg)
    assert boxes == [*map(str, range(charts.MODE_COLOURS)), "0"]
    folder = Path(charts.__file__).parent
    style = (folder / "style.css").read_text(encoding="utf-8")
    assert set(re.findall(r'\[data-m="(\d+)"\] { --m: var\(--m\1\)', style)) == set(boxes)
    assert {name for name in boxes if f"--m{name}: #" in style} == set(boxes)
    legend = (folder / "template.html.jinja").read_text(encoding="utf-8")
    assert f'data-m="{{{{ loop.index0 % {charts.MODE_COLOURS} }}}}"' in legend


def test_bar_and_tick_are_in_proportion_and_never_leave_the_frame():
    svg = charts.bar(50, 200, colour=1, tick=400)
    assert 'width="25.00%"' in svg
    assert 'x1="100.00%"' in svg
    assert 'width="0.00%"' in charts.bar(float("nan"), 10, colour=1)


def _plot(limit):
    curve = charts.Curve(1, [0.0, 10.0, 20.0], [0.0, 80.0, 80.0], 30.0, Markup("a"))
    return charts.plot([curve], x_range=(0, 40), x_ticks=[(0, "0")], label=Markup("kW"), limits=[(9, limit)])


def test_plot_steps_at_the_given_places_and_draws_the_limit_to_scale():
    svg = _plot(100.0)
    # the axis ends at 120 (1.04 x 100 rounded up), so 80 stands a third below the top and 100 a sixth
    assert 'd="M0 100H25V33.33H75"' in svg
    assert re.search(r'class="limit" data-c="9" x1="0" x2="100" y1="16.67"', svg)


def test_a_limit_far_above_the_curve_does_not_flatten_it():
    assert charts.is_limit_shown(80, 240)
    assert not charts.is_limit_shown(80, 241)
    assert 'class="limit"' not in _plot(20_000.0)


def test_colours_begin_anew_but_never_with_that_of_the_baseline():
    assert [charts.colour_index(i) for i in (0, 1, 8, 9, 17)] == [0, 1, 8, 1, 1]
