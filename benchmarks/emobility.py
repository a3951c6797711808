"""A charging week at a site: what each strategy takes, from a works of 200 cars to a region's 20,000."""

from dataclasses import replace

from benchmarks.cases import Run, case
from benchmarks.charging_peers import Work, charging, drawn_week, two_shifts

_LIMIT_KW = 400.0


def _works(quick: bool) -> Work:
    """1,000 sessions of two shifts; fewer cars and days of four shifts where there is little time."""
    return drawn_week(40, days=2) if quick else two_shifts()


@case("charging, uncontrolled, 1,000 sessions", repeats=7)
def uncontrolled(quick: bool) -> Run:
    return charging(_works(quick), "uncontrolled")


@case("charging, first come, limit", reference="charging, uncontrolled, 1,000 sessions", repeats=7)
def first_come(quick: bool) -> Run:
    return charging(replace(_works(quick), limit_kw=40.0 if quick else _LIMIT_KW), "first_come")


@case("charging, balanced", reference="charging, uncontrolled, 1,000 sessions", repeats=7)
def balanced(quick: bool) -> Run:
    return charging(_works(quick), "balanced")


@case("charging, peak-minimal", reference="charging, uncontrolled, 1,000 sessions", repeats=7)
def peak_minimal(quick: bool) -> Run:
    return charging(_works(quick), "peak_minimal")


@case("charging, uncontrolled, 20,000 cars", repeats=5)
def uncontrolled_region(quick: bool) -> Run:
    return charging(drawn_week(1_000 if quick else 20_000, seed=6), "uncontrolled")


@case("charging, uncontrolled, 20,000 cars, points", reference="charging, uncontrolled, 20,000 cars", repeats=5)
def uncontrolled_points(quick: bool) -> Run:
    n_cars = 1_000 if quick else 20_000
    return charging(replace(drawn_week(n_cars, seed=6), points=n_cars // 3), "uncontrolled")


@case("charging, cost-minimal, 4,000 cars", reference="charging, uncontrolled, 20,000 cars", repeats=3)
def cost_minimal(quick: bool) -> Run:
    return charging(drawn_week(200 if quick else 4_000), "cost_minimal")
