"""Values in steps, and weeks of prices read from CSV over changes of clocks."""

import warnings
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itas_mobility.emobility import read_week, values_in_steps
from itas_mobility.errors import DataWarning, InputError

BERLIN = ZoneInfo("Europe/Berlin")


class TestValuesInSteps:
    def test_held_and_meant(self):
        values = np.array([1.0, 3.0, 8.0])
        assert values_in_steps(values, value_h=1.0, step_h=0.5, n_steps=6).tolist() == [1, 1, 3, 3, 8, 8]
        assert values_in_steps(values, value_h=1.0, step_h=1.0, n_steps=2).tolist() == [1, 3]
        assert values_in_steps(values, value_h=0.5, step_h=1.0, n_steps=1).tolist() == [2]
        assert values_in_steps(values, value_h=1.0, step_h=1.5, n_steps=2).tolist() == pytest.approx([5 / 3, 19 / 3])

    def test_values_that_end_too_early(self):
        with pytest.raises(InputError, match="values: 3 of 1 h end before 4 steps of 1 h do"):
            values_in_steps(np.ones(3), value_h=1.0, step_h=1.0, n_steps=4)

    @given(
        st.lists(st.floats(-100, 100), min_size=24, max_size=24),
        st.sampled_from([1, 2, 3, 4, 5, 7, 24, 96, 288]),
    )
    def test_the_integral_stays(self, values, n_steps):
        got = values_in_steps(np.array(values), value_h=1.0, step_h=24 / n_steps, n_steps=n_steps)
        assert got.size == n_steps
        assert got.sum() * 24 / n_steps == pytest.approx(sum(values), abs=1e-9)
        assert got.max() <= max(values) + 1e-9
        assert got.min() >= min(values) - 1e-9

    @given(st.integers(1, 12), st.integers(1, 12))
    def test_as_a_twin_by_small_parts(self, value_parts, step_parts):
        """In parts that both lengths are made of, a mean is a mean of parts."""
        values = np.arange(30.0) ** 2
        parts = np.repeat(values, value_parts)
        n_steps = parts.size // step_parts
        got = values_in_steps(values, value_h=value_parts / 12, step_h=step_parts / 12, n_steps=n_steps)
        np.testing.assert_allclose(got, parts[: n_steps * step_parts].reshape(n_steps, step_parts).mean(axis=1))


def moments(begin, n, spacing=timedelta(hours=1)):
    start = datetime.fromisoformat(begin).replace(tzinfo=BERLIN).astimezone(UTC)
    return [start + i * spacing for i in range(n)]


def with_offset(moment):
    return moment.astimezone(BERLIN).isoformat()


def local(moment):
    return moment.astimezone(BERLIN).replace(tzinfo=None).isoformat()


def zulu(moment):
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture
def write(tmp_path):
    def to(times, values=None, *, head="time,price_eur_per_kwh", separator=","):
        file = tmp_path / "prices.csv"
        values = range(len(times)) if values is None else values
        lines = [head, *(f"{time}{separator}{value}" for time, value in zip(times, values, strict=True))]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    return to


def read(file, monday="2026-03-16", **options):
    options = {"zone": "Europe/Berlin", "step_h": 1.0} | options
    return read_week(file, "price_eur_per_kwh", monday=monday, **options)


@pytest.mark.parametrize("shown", [with_offset, local, zulu])
class TestTimes:
    def test_a_week_of_a_longer_file(self, write, shown):
        file = write([shown(moment) for moment in moments("2026-03-14T00:00", 400)])
        assert read(file).tolist() == list(range(48, 48 + 168))
        assert read(file, monday=date(2026, 3, 16), step_h=0.25).tolist() == np.repeat(np.arange(48, 216), 4).tolist()

    def test_quarters_of_an_hour(self, write, shown):
        file = write([shown(moment) for moment in moments("2026-03-16T00:00", 672, timedelta(minutes=15))])
        assert read(file, step_h=0.25).tolist() == list(range(672))
        assert read(file).tolist() == np.arange(672).reshape(168, 4).mean(axis=1).tolist()

    @pytest.mark.parametrize("spacing", [timedelta(hours=1), timedelta(minutes=15)])
    @pytest.mark.parametrize(("monday", "hour", "change"), [("2026-03-23", 146, "+1"), ("2026-10-19", 147, "-1")])
    def test_hours_that_pass_count_where_clocks_are_changed(self, write, shown, spacing, monday, hour, change):
        per_hour = round(timedelta(hours=1) / spacing)
        file = write([shown(moment) for moment in moments(f"{monday}T00:00", 200 * per_hour, spacing)])
        with pytest.warns(
            DataWarning, match=rf"changed {hour} h after {monday} 00:00\+0.00: from then on they show \{change} h"
        ):
            got = read(file, monday=monday, step_h=1 / per_hour)
        assert got.tolist() == list(range(168 * per_hour))
        # the week after begins an hour earlier, or later, than 168 hours on
        after = date.fromisoformat(monday) + timedelta(days=7)
        later = read(file, monday=after, horizon_h=24.0, step_h=1 / per_hour)
        assert later[0] == (168 - int(change)) * per_hour


def test_before_the_change_there_is_no_warning(write):
    file = write([local(moment) for moment in moments("2026-03-23T00:00", 200)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(file, monday="2026-03-23", horizon_h=146).size == 146


def test_semicolons_and_decimal_commas(write):
    times = [with_offset(moment) for moment in moments("2026-03-16T00:00", 168)]
    file = write(times, ["0,25"] * 168, head="time;price_eur_per_kwh", separator=";")
    assert set(read(file)) == {0.25}
    file = write(times, ["-1e-3"] * 168)
    assert set(read(file)) == {-0.001}


def test_a_mark_of_the_encoding_blank_lines_and_other_columns(tmp_path):
    rows = [f"x,{i},{with_offset(moment)}" for i, moment in enumerate(moments("2026-03-16T00:00", 168))]
    file = tmp_path / "prices.csv"
    file.write_bytes(("\ufeffnote, price_eur_per_kwh ,time\r\n\r\n" + "\r\n".join(rows) + "\r\n\r\n").encode())
    assert read(file).tolist() == list(range(168))


class TestFaults:
    def refused(self, *arguments, **options):
        with pytest.raises(InputError) as refused:
            read(*arguments, **options)
        return str(refused.value)

    def hours(self, n=168, begin="2026-03-16T00:00"):
        return [local(moment) for moment in moments(begin, n)]

    def test_a_gap(self, write):
        times = self.hours()
        del times[10:12]
        assert "line 12: a gap, 3:00:00 after the value of line 11" in self.refused(write(times))

    def test_a_value_that_is_missing_or_none(self, write):
        for cell, what in (("", "is missing"), ("nan", "no finite number"), ("dear", "no finite number")):
            values = [0.1] * 168
            values[3] = cell
            assert f"line 5: value {cell!r} is" in self.refused(write(self.hours(), values))
            assert what in self.refused(write(self.hours(), values))

    def test_what_comes_twice(self, write):
        times = self.hours()
        times[5] = times[4]
        told = self.refused(write(times))
        assert f"line 7: time '{times[4]}' comes again, or before that of line 6" in told

    def test_what_is_out_of_order(self, write):
        times = self.hours()
        times[5], times[6] = times[6], times[5]
        assert "line 8: time '2026-03-16T05:00:00' comes again, or before" in self.refused(write(times))

    def test_the_hour_of_october_given_once_is_a_gap(self, write):
        times = self.hours(200, "2026-10-19T00:00")
        twice = [i for i, time in enumerate(times) if time == "2026-10-25T02:00:00"]
        assert len(twice) == 2
        del times[twice[1]]
        told = self.refused(write(times), monday="2026-10-19")
        assert "a gap, 2:00:00 after the value of line 148" in told

    def test_the_hour_of_october_given_three_times(self, write):
        times = self.hours(200, "2026-10-19T00:00")
        times.insert(147, "2026-10-25T02:00:00")
        told = self.refused(write(times), monday="2026-10-19")
        assert "line 150: time '2026-10-25T02:00:00' comes again" in told

    def test_the_hour_that_march_does_not_have(self, write):
        times = [f"2026-03-{day}T{hour:02d}:00" for day in range(23, 30) for hour in range(24)]
        told = self.refused(write(times), monday="2026-03-23")
        assert "line 148: time '2026-03-29T02:00' does not come in Europe/Berlin: clocks are put forward" in told

    def test_another_spacing(self, write):
        times = [time.replace("T00:00", "T00:30") if i == 0 else time for i, time in enumerate(self.hours(100))]
        assert "line 3: 0:30:00 after the value before; must be an hour" in self.refused(write(times))
        times = self.hours(100)
        times.insert(51, times[50].replace(":00:00", ":30:00"))
        assert "line 53: another spacing, 0:30:00 after the value of line 52" in self.refused(write(times))

    @pytest.mark.parametrize("time", ["", "Monday", "2026-03-16", "16.03.2026 00:00", "2026-13-16T00:00"])
    def test_what_is_no_time(self, write, time):
        times = self.hours()
        times[0] = time
        assert f"line 2: time {time!r} is no time" in self.refused(write(times))

    def test_all_lines_with_faults_are_told(self, write):
        times = self.hours()
        times[1], times[7] = "soon", "later"
        told = self.refused(write(times, ["x"] * 168))
        assert "170 fault(s)" in told
        assert "... and 158 more" in told

    @pytest.mark.parametrize("monday", ["2026-03-09", "2026-03-23"])
    def test_a_week_that_the_file_does_not_hold(self, write, monday):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            told = self.refused(write(self.hours()), monday=monday)
        assert "holds 2026-03-16 00:00+0100 to 2026-03-23 00:00+0100, not the 168 h from" in told

    def test_a_file_that_misses_the_beginning_of_the_hour(self, write):
        times = [time.replace(":00:00", ":30:00") for time in self.hours(200, "2026-03-15T00:00")]
        assert "not the 168 h from 2026-03-16 00:00" in self.refused(write(times))

    def test_no_monday(self, write):
        told = self.refused(write(self.hours()), monday="2026-03-18")
        assert told == "monday: 2026-03-18 is no Monday; the one before is 2026-03-16"
        assert "monday: 'soon' is no date" in self.refused(write(self.hours()), monday="soon")

    def test_a_zone_that_is_not_known(self, write):
        told = self.refused(write(self.hours()), zone="Europe/Zwickau")
        assert "zone: 'Europe/Zwickau' is not known" in told
        assert "install the package tzdata" in told

    def test_steps(self, write):
        for step_h in (0, -1, 0.31, np.nan):
            assert "step_h:" in self.refused(write(self.hours()), step_h=step_h)

    def test_files_that_cannot_be_read(self, tmp_path, write):
        assert "cannot be read" in self.refused(tmp_path / "nowhere.csv")
        assert "0 columns 'time'" in self.refused(write(self.hours(), head="hour,price_eur_per_kwh"))
        assert "0 columns 'price_eur_per_kwh'" in self.refused(write(self.hours(), head="time,price"))
        assert "2 columns 'time'" in self.refused(write(self.hours(), head="time,time"))
        assert "holds 1 value(s)" in self.refused(write(self.hours(1)))
        assert "line 2: has 1 cells, too few" in self.refused(write(["2026-03-16T00:00"], separator=";", values=[""]))
        broken = tmp_path / "broken.csv"
        broken.write_bytes(b"time,\xff")
        assert "is not UTF-8 text (byte 5)" in self.refused(broken)
        broken.write_bytes(b"")
        assert "0 columns 'time'" in self.refused(broken)
