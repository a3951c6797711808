"""What a run leaves out or assumes, in sentences."""

from typing import Final

import numpy as np

from itas_mobility import demand
from itas_mobility.core.columns import FloatArray
from itas_mobility.core.commuters import CommuterAccount
from itas_mobility.core.job_changes import JobAccount
from itas_mobility.core.region import Region
from itas_mobility.emobility.charging.programme import BURNT, HELD, KEPT_IN, TURNS
from itas_mobility.emobility.charging.strategy import IDLE, PASSED_ON
from itas_mobility.scenarios.measures.conditions import CURVE_SHARE, REGION_SHARE, YEAR, hand_set_sites, is_set_by_hand
from itas_mobility.scenarios.results.outcome import Outcome
from itas_mobility.scenarios.stages.charging_sites import (
    beyond_batteries,
    idle_batteries,
    idle_shifts,
    managed_above_uncontrolled,
)
from itas_mobility.scenarios.stages.line_supply import unheard_jams
from itas_mobility.units import clock_text
from itas_mobility.words import WORKERS_WHO_COME, WORKERS_WHO_GO, Language, Text, number

_NAMED = 3
"""How many zones a sentence names, those with most persons first."""
_LEAST_PERSONS = 0.5
"""Passengers without a seat that are told: what rounds to a person."""
_LEFT_OUT = 0.5
"""Commuters without a reckoned benefit that are told: what rounds to one."""
_STRANDED = 0.05
"""Stranded cars that are told: what rounds to a tenth of a car."""
_OUTSIDE = 0.5
"""Cars in side streets that are told: what rounds to a car."""


def notes_of(outcome: Outcome) -> list[Text]:
    """What a run leaves out: commuters without a mode, trips without a way, jams that slow no bus, uncharged need.

    Parameters
    ----------
    outcome : Outcome
        All that the run found.

    Returns
    -------
    list of Text
        A sentence for each thing that is left out.
    """
    region = outcome.region
    notes = (
        _without_a_mode(outcome),
        _trips_without_way(outcome),
        unheard_jams(region, outcome.inputs.nets.roads, outcome.equilibrium.results, outcome.slices),
        beyond_batteries(outcome.charging, region.parameters.value("battery_kwh")),
    )
    return [note for note in notes if note is not None]


def remarks_of(outcome: Outcome) -> list[Text]:
    """What may surprise in the results of a run, and is no fault of its data.

    Parameters
    ----------
    outcome : Outcome
        All that the run found.

    Returns
    -------
    list of Text
        Managed charging with a higher peak than uncontrolled; stationary batteries that stand idle; electric cars that
        cannot get home; shifts that are missing in the week of charging; passengers for whom no car has a seat;
        commuters whose gain is not reckoned; sites with more cars than spaces; what
        strategies take for granted.
    """
    region = outcome.region
    remarks = (
        managed_above_uncontrolled(outcome.charging, region.sites),
        idle_batteries(outcome.charging, region.sites),
        _stranded_cars(outcome),
        idle_shifts(region),
        _without_seat(outcome),
        _left_out(outcome),
    )
    told = [remark for remark in remarks if remark is not None]
    return [*told, *short_of_spaces(outcome), *_charging_assumptions(outcome)]


def short_of_spaces(outcome: Outcome) -> list[Text]:
    """Where cars want for spaces, or stand in side streets as parking costs more than the walk.

    Parameters
    ----------
    outcome : Outcome
        All that the run found.

    Returns
    -------
    list of Text
        A sentence for each such site: spaces, cars, what a space is worth, and how many stand outside.
    """
    sites, parking = outcome.region.sites, outcome.inputs.parking
    walk_min = outcome.region.parameters.value("parking_overflow_walk_min")
    told = []
    for row, one in enumerate(outcome.parking.to_dict("records")):
        shadow, outside = float(one["shadow_price_eur_per_day"]), float(one["outside_cars"])
        avoids = parking.price_eur_per_day[row] > parking.outside_eur_per_day
        if round(shadow, 2) == 0.0 and outside < _OUTSIDE:
            continue
        name, clock = sites.name[row], clock_text(float(one["fullest_s"]), seconds=False, wrapped=True)
        cars, spaces = Text.of_number(float(one["standing_cars"])), Text.of_number(float(one["parking_spaces"]))
        worth, left = Text.of_number(shadow, 2), Text.of_number(outside)
        walk = Text.of_number(walk_min, 0 if float(walk_min).is_integer() else 1)
        if avoids:
            price = Text.of_number(float(parking.price_eur_per_day[row]), 2)
            reason = Text(
                f"Parken kostet mit {price.de} € am Tag mehr als der Weg von den Nebenstraßen ({walk.de} min je Weg). "
                f"Dort stehen alle {cars.de} Autos (um {clock} Uhr), die {spaces.de} Stellplätze bleiben leer.",
                f"parking costs {price.en} € a day, more than the walk from side streets ({walk.en} min each way): all "
                f"{cars.en} cars (at {clock}) stand there, and its {spaces.en} spaces stay empty",
            )
        elif outside < _OUTSIDE:
            reason = Text(
                f"Die {spaces.de} Stellplätze sind voll (um {clock} Uhr). Suchen und früheres Kommen wiegen für alle, "
                f"die mit dem Auto kommen, so schwer wie {worth.de} € am Tag; deshalb kommen einige anders.",
                f"its {spaces.en} spaces are full (at {clock}): looking for one and coming earlier weigh as much as "
                f"{worth.en} € a day on all who drive, so some come by other means",
            )
        else:
            reason = Text(
                f"{cars.de} Autos (um {clock} Uhr) für {spaces.de} Stellplätze: {left.de} stehen in Nebenstraßen und "
                f"gehen {walk.de} min weiter je Weg. Der Mangel wiegt für alle Autos so schwer wie je {worth.de} € am "
                "Tag.",
                f"{cars.en} cars (at {clock}) for {spaces.en} spaces: {left.en} stand in side streets and walk "
                f"{walk.en} min more each way; the shortage weighs as much as {worth.en} € a day on each car",
            )
        guess = _guessed_spaces(outcome.region, row)
        told.append(Text(f"{name}: {reason.de}{guess.de}", f"parking at {name}: {reason.en}{guess.en}"))
    return told


def _guessed_spaces(region: Region, row: int) -> Text:
    """That the number of spaces of a site is an assumption, where it still is the one with that source."""
    source = region.sites.provenance.get(f"{region.sites.site_id[row]}.parking_spaces")
    if source is None or source.confidence != "assumption" or source.value != region.sites.parking_spaces[row]:
        return Text("", "")
    low, high = Text.of_number(source.low), Text.of_number(source.high)
    return Text(
        f" Die Zahl der Stellplätze ist angenommen ({low.de} bis {high.de}).",
        f"; the number of spaces is assumed ({low.en} to {high.en})",
    )


_ASSUMED_IN_GERMAN: Final[dict[str, str]] = {
    HELD: "Autos behalten ihren Ladepunkt bis zur Abfahrt, was immer sonst am Standort gilt",
    KEPT_IN: "Batterien speisen nichts ein, solange eine kWh aus dem Netz weniger kostet, als das Einspeisen brächte",
    BURNT: "wo Strom weniger als nichts kostet, füllen und leeren sich Batterien im selben Zeitschritt und verlieren "
    "dabei absichtlich Energie",
    PASSED_ON: "Ladepunkte, die volle Autos freigeben, gehen zur nächsten vollen Minute weiter",
}
"""What strategies take for granted, in German; what is missing here is told in English."""
_ASSUMED_ANYWAY: Final = (TURNS, IDLE)
"""That cars take turns within a quarter of an hour is what planning in expectation means; idle batteries are told by
themselves."""


def _charging_assumptions(outcome: Outcome) -> list[Text]:
    """What the strategies of the sites take for granted."""
    told: dict[str, int] = {}
    for one in outcome.charging:
        for assumption in one.week.assumptions:
            if assumption not in _ASSUMED_ANYWAY:
                told[assumption] = told.get(assumption, 0) + 1
    return [
        Text(
            f"Angenommen beim Laden ({n} Standorte): {_ASSUMED_IN_GERMAN.get(assumption, assumption)}.",
            f"charging, assumed at {n} sites: {assumption}",
        )
        for assumption, n in sorted(told.items())
    ]


def conditions_of(outcome: Outcome) -> list[Text]:
    """What a run takes as given: what becomes of workers, shares by hand, an electricity mix of before, a temperature.

    Parameters
    ----------
    outcome : Outcome
        All that the run found.

    Returns
    -------
    list of Text
        A sentence for each; nothing of it is a fault.
    """
    notes = (shares_by_hand(outcome.region), mix_of_today(outcome.region), weather_of_the_day(outcome.region))
    return [
        *changes_of_jobs(outcome.inputs.jobs, outcome.region),
        *(note for note in notes if note is not None),
        *unlisted_commuters(outcome.region),
    ]


def changes_of_jobs(jobs: JobAccount, region: Region) -> list[Text]:
    """What each change of jobs does to who works in the region, and whether that was told or assumed.

    Parameters
    ----------
    jobs : JobAccount
        Registered employees before and after each change.
    region : Region
        Region after the measures.

    Returns
    -------
    list of Text
        A sentence for each change.
    """
    return [_change_of_jobs(jobs, step, region) for step in range(len(jobs))]


def _change_of_jobs(jobs: JobAccount, step: int, region: Region) -> Text:
    change = jobs.changes[step]
    words = WORKERS_WHO_COME if change.heads > 0 else WORKERS_WHO_GO
    site = str(region.sites.name[region.sites.row(change.site_id)])
    columns = (jobs.employees, jobs.in_commuters, jobs.out_commuters)

    def written(language: Language) -> str:
        heads = number(change.heads, 0, language, signed=True)
        told = [[number(float(values[k]), 0, language) for k in (step, step + 1)] for values in columns]
        (all_old, all_new), (in_old, in_new), (out_old, out_new) = told
        workers = words[change.workers][language]
        moved = f"{all_old} → {all_new}"
        if language == "de":
            assumed = "Annahme, da nicht anders angegeben: " if change.is_default else ""
            return (
                f"{site}: {heads} Arbeitsplätze ({assumed}{workers}). Beschäftigte mit Wohnung oder Arbeit in der "
                f"Region {moved}, Einpendler {in_old} → {in_new}, Auspendler {out_old} → {out_new}."
            )
        assumed = "assumed, as nothing else is said: " if change.is_default else ""
        return (
            f"{site}: {heads} jobs ({assumed}{workers}); employees who live or work in the region {moved}, "
            f"in-commuters {in_old} → {in_new}, out-commuters {out_old} → {out_new}"
        )

    return Text.written(written)


def unlisted_commuters(region: Region) -> list[Text]:
    """Commuters of published totals who stand in no listed pair, and are spread by assumption.

    Parameters
    ----------
    region : Region
        Region with its commuter statistics.

    Returns
    -------
    list of Text
        A sentence for each published total that exceeds the listed figures by more than its rounding.
    """
    statistics = region.commuters
    if statistics is None:
        return []
    accounts = [
        statistics.account(district, direction)
        for district in statistics.total_district.tolist()
        for direction in ("in", "out")
    ]
    return [_unlisted(account) for account in accounts if account.remainder > statistics.rounding]


def _unlisted(account: CommuterAccount) -> Text:
    people = Text("Einpendlern", "in-commuters") if account.direction == "in" else Text("Auspendlern", "out-commuters")

    def persons(language: Language) -> tuple[str, str, str]:
        total, known, rest = (number(n, 0, language) for n in (account.total, account.known, account.remainder))
        return total, known, rest

    (total, known, rest), (total_en, known_en, rest_en) = persons("de"), persons("en")
    hidden = account.n_suppressed
    pairs = Text(
        f"{hidden} geheim gehaltene Paare zu je 1 bis 9 und " if hidden else "",
        f"{hidden} suppressed pairs of 1 to 9 each and " if hidden else "",
    )
    return Text(
        f"Pendlerstatistik {account.district}: von {total} veröffentlichten {people.de} sind {known} nach Herkunft "
        f"oder Ziel bekannt; der Rest von {rest} ({pairs.de}alle übrigen, auch Ausland) liegt in den Zonen, die dafür "
        "angenommen sind.",
        f"commuter statistics {account.district}: of {total_en} published {people.en}, {known_en} are known by place; "
        f"the remainder of {rest_en} ({pairs.en}all others, from abroad too) is in the zones assumed for them",
    )


def shares_by_hand(region: Region) -> Text | None:
    """Electric shares that measures have set, beside the curve of adoption.

    Parameters
    ----------
    region : Region
        Region after the measures.

    Returns
    -------
    Text or None
        A sentence; None where all shares are those of the curve.
    """
    value = region.parameters.value
    sites = hand_set_sites(region)
    everywhere = is_set_by_hand(region)
    if everywhere:
        sites = [row for row in sites if region.sites.electric_share[row] != value(REGION_SHARE)]
    elif not sites:
        return None
    told = [(region.sites.name[row], float(region.sites.electric_share[row])) for row in sites]
    curve = region.parameters[CURVE_SHARE if everywhere else REGION_SHARE]
    year = f"{value(YEAR):.0f}"

    def shares(language: Language, all_of_them: str) -> str:
        named = [(all_of_them, value(REGION_SHARE))] if everywhere else []
        return ", ".join(f"{_percent(share, language)} ({name})" for name, share in [*named, *told])

    def band(language: Language, to: str) -> str:
        return f"{_percent(curve.low, language)} {to} {_percent(curve.high, language)}"

    return Text(
        f"Elektro-Anteil von Hand gesetzt: {shares('de', 'alle Pendler')}; die Kurve des Bestands gibt für {year} "
        f"{_percent(curve.value, 'de')} ({band('de', 'bis')}).",
        f"electric share set by hand: {shares('en', 'all commuters')}; the curve of the stock gives "
        f"{_percent(curve.value, 'en')} ({band('en', 'to')}) in {year}",
    )


def mix_of_today(region: Region) -> Text | None:
    """That the electricity is that of an earlier year than the cars.

    Parameters
    ----------
    region : Region
        Region after the measures.

    Returns
    -------
    Text or None
        A sentence; None where the mix is at most a year older: cars are those of the first of January.
    """
    year = int(region.parameters.value(YEAR))
    mix = region.parameters["grid_life_cycle_g_per_kwh"]
    if year <= mix.year + 1:
        return None
    factor = Text.of_number(mix.value)
    return Text(
        f"Der Strommix bleibt der von {mix.year} ({factor.de} g/kWh): eine belegte Projektion für {year} fehlt.",
        f"the electricity mix stays that of {mix.year} ({factor.en} g/kWh): there is no sourced projection for {year}",
    )


def weather_of_the_day(region: Region) -> Text | None:
    """That the day has a temperature of its own, so that a difference to the mean of the year is weather too.

    Parameters
    ----------
    region : Region
        Region after the measures.

    Returns
    -------
    Text or None
        A sentence; None where consumption is the mean of the year.
    """
    if region.parameters.value("temperature_spread_k") > 0.0:
        return None
    value = region.parameters.value("temperature_deg")
    degrees = Text.of_number(value, 0 if value.is_integer() else 1)
    return Text(
        f"Gerechnet ist ein Tag mit {degrees.de} °C. Szenarien ohne eigene Temperatur stehen für das Mittel des "
        "Jahres: Was sich ihnen gegenüber an Energie, Kosten und CO₂ ändert, ist zum Teil das Wetter.",
        f"the day has {degrees.en} °C; scenarios without a temperature of their own stand for the mean of the year: of "
        "what differs from them in energy, cost and CO2 a part is the weather",
    )


def _percent(share: float, language: Language) -> str:
    return f"{number(100.0 * share, 1, language)} %"


def rough_end(outcome: Outcome) -> list[Text]:
    """That an equilibrium was not reached (the solver has warned of it); empty where both horizons are."""
    found = [(Text("", ""), outcome.equilibrium)]
    if outcome.long_run is not None:
        found.append((Text("Langfristig: ", "long run: "), outcome.long_run.equilibrium))
    return [_unsettled(where, one.residual) for where, one in found if not one.feedback.converged]


def _unsettled(where: Text, share: float) -> Text:
    residual = Text.written(lambda language: number(share, 0, language, powers=True))
    return Text(
        f"{where.de}Verkehrsmittelwahl und Umlegung sind nicht ausgeglichen: Ein weiterer Durchlauf würde noch "
        f"{residual.de} aller Pkw-Fahrten ändern.",
        f"{where.en}mode choice and assignment have not settled: one more round would still move "
        f"{residual.en} of all car trips",
    )


def _left_out(outcome: Outcome) -> Text | None:
    """Commuters whose gain is not reckoned, as their jobs moved or closed or no mode goes."""
    persons = float(outcome.benefit.persons_left_out.sum())
    if persons < _LEFT_OUT:
        return None
    number = Text.of_number(persons)
    return Text(
        f"{number.de} Pendler sind im Nutzen nicht enthalten: Ihr Arbeitsplatz entfällt oder ist verlegt, oder kein "
        "Verkehrsmittel führt dorthin.",
        f"benefit: {number.en} commuters are not in it: their job is gone or moved, or no mode leads there",
    )


def _stranded_cars(outcome: Outcome) -> Text | None:
    """Electric cars that find no charge at work and cannot get home with what they have."""
    cars = outcome.charging.at_sites.total("stranded_cars")
    if cars < _STRANDED:
        return None
    number = Text.of_number(cars, 1)
    return Text(
        f"{number.de} Elektro-Pkw am Tag finden am Standort keine Ladung und kommen mit dem Rest in der Batterie nicht "
        "nach Hause; sie laden unterwegs öffentlich.",
        f"charging: {number.en} electric cars a day find no charge at the site and cannot get home with what is left "
        "in the battery: they charge in public on the way",
    )


def _without_a_mode(outcome: Outcome) -> Text | None:
    """Commuters of a day whom nothing takes to work, and where most of them live."""
    persons = outcome.stranded
    if not persons.any():
        return None
    most, number = _first_zones(outcome.region, persons), Text.of_number(float(persons.sum()))
    return Text(
        f"{number.de} Pendler haben kein Verkehrsmittel zur Arbeit (die meisten aus {most}); sie fehlen in "
        "Fahrleistung, Reisezeit und CO₂.",
        f"{number.en} commuters have no mode that takes them to work (most from {most}): they are counted as "
        "commuters without a mode, and missing in kilometres, times and emissions",
    )


def _without_seat(outcome: Outcome) -> Text | None:
    """Passengers of a day for whom those who drive to the same work have no seat."""
    found = outcome.equilibrium
    persons = np.zeros(len(outcome.region.zones))
    for segment, shares in zip(found.segments, found.shares, strict=True):
        persons += demand.without_seat(segment, shares, parameters=outcome.region.parameters)
    if persons.sum() < _LEAST_PERSONS:
        return None
    most, number = _first_zones(outcome.region, persons), Text.of_number(float(persons.sum()))
    return Text(
        f"Für {number.de} Mitfahrer ist kein Platz in den Autos, die zur selben Zeit zum selben Arbeitsort fahren (die "
        f"meisten nach {most}); wer sie stattdessen fährt, fehlt in der Fahrleistung.",
        f"{number.en} car passengers have no seat in the cars that go to the same place of work at the same hours "
        f"(most to {most}): whoever drives them instead is missing in kilometres",
    )


def _trips_without_way(outcome: Outcome) -> Text | None:
    """Car trips of a day that no road leads to, in one sentence for all slices."""
    lost = [result.unassigned for result in outcome.equilibrium.results if result.unassigned is not None]
    trips = sum(one.total for one in lost)
    if trips == 0.0:
        return None
    pairs = np.unique(np.concatenate([np.stack([one.origin, one.destination]) for one in lost], axis=1), axis=1)
    at_zone = np.zeros(len(outcome.region.zones))
    for one in lost:
        np.add.at(at_zone, one.origin, one.trips)
        np.add.at(at_zone, one.destination, one.trips)
    most, number = _first_zones(outcome.region, at_zone), Text.of_number(trips)
    return Text(
        f"{number.de} Pkw-Fahrten am Tag zwischen {pairs.shape[1]} Paaren von Verkehrszellen haben keinen Weg "
        f"auf der Straße (die meisten von und nach {most}); sie fehlen in Fahrleistung und Fahrzeit.",
        f"{number.en} car trips a day between {pairs.shape[1]} pairs of zones have no way on the roads (most "
        f"from and to {most}): they are missing in kilometres and hours",
    )


def _first_zones(region: Region, persons: FloatArray) -> str:
    """Names of the zones that most persons belong to; neither order nor the last digit decides between equal ones."""
    rows = np.argsort(-np.round(persons, 6), kind="stable")[:_NAMED]
    return ", ".join(str(region.zones.name[row]) for row in rows if persons[row] > 0)
