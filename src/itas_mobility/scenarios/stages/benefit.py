"""What measures are worth to commuters: consumer surplus against the region before them, by home zone and hours."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from itas_mobility import demand
from itas_mobility.core.columns import Columns, FloatArray, StrArray
from itas_mobility.core.provenance import Parameters
from itas_mobility.core.tours import TourSegment
from itas_mobility.scenarios.stages.mode_equilibrium import Equilibrium, Inputs, offers

WAYS_A_DAY: float = 2.0
"""There and back."""


@dataclass(frozen=True, eq=False)
class RegionBenefit:
    """Consumer surplus of the commuters of a working day, by hours of work (row) and home zone (column).

    Raises
    ------
    InputError
        With all faults found.
    """

    segment: StrArray
    """Hours of work, those after the measures first, then those that are no longer worked; shape (n_segments,)."""
    zone_id: StrArray
    """Home zones, shape (n_zones,)."""
    persons: FloatArray
    """Who travels to the same workplace before and after the measures, by the hours after them, and has a mode both
    times: those whose gain is reckoned; shape (n_segments, n_zones), as all that follows."""
    persons_left_out: FloatArray
    """Who travels before the measures and does not to this workplace after them, as jobs moved or closed, or has no
    mode before or after: no gain is reckoned. With `persons` all commuters before the measures."""
    persons_new: FloatArray
    """Who travels to a workplace after the measures and did not before them: no gain is reckoned."""
    logsum_eur_per_day: FloatArray
    rule_of_half_eur_per_day: FloatArray
    """By the two rules of `demand.consumer_surplus`; below 0 a loss."""

    def __post_init__(self) -> None:
        columns = Columns(self, "RegionBenefit")
        shape = len(np.atleast_1d(self.segment)), len(np.atleast_1d(self.zone_id))
        columns.array("segment", str, shape[:1])
        columns.array("zone_id", str, shape[1:])
        for name in ("persons", "persons_left_out", "persons_new"):
            columns.array(name, np.float64, shape, low=0)
        for name in ("logsum_eur_per_day", "rule_of_half_eur_per_day"):
            columns.array(name, np.float64, shape)
        columns.raise_faults()


@dataclass(frozen=True, eq=False)
class _Side:
    """What the choice of some commuters looks like on one side of the measures."""

    logsum: FloatArray
    utilities: FloatArray
    shares: FloatArray
    utility_per_eur: FloatArray


class _Sides:
    """One side of the measures, made segment by segment: utilities of all segments at once would be large."""

    def __init__(self, inputs: Inputs, found: Equilibrium) -> None:
        self._inputs = inputs
        self._found = found
        self._offers = offers(inputs, found.skims, found.parking)

    def __getitem__(self, row: int) -> _Side:
        choice, offer, parameters = self._found.choices[row], self._offers[row], self._inputs.parameters
        utilities, shares = _by_journey(
            demand.mode_utilities(offer, parameters), choice.shares.stacked_share, parameters
        )
        return _Side(choice.logsum, utilities, shares, demand.utility_of_a_euro(offer, parameters))

    def mean(self, weights: Sequence[FloatArray]) -> _Side:
        """Mean over segments by a weight for each pair; -inf where a mode of any of them does not go."""
        total = np.asarray(sum(weights))
        summed: list[FloatArray] = []
        for row, weight in enumerate(weights):
            if not weight.any():
                continue
            side = self[row]
            share = np.divide(weight, total, out=np.zeros_like(total), where=total > 0)
            parts = [
                np.multiply(share, one, out=np.zeros_like(one), where=np.broadcast_to(share > 0, one.shape))
                for one in (side.logsum, side.utilities, side.shares, side.utility_per_eur)
            ]
            summed = [one + part for one, part in zip(summed, parts, strict=True)] if summed else parts
        return _Side(*summed)


def region_benefit(
    before: Inputs, inputs: Inputs, baseline: Equilibrium, short: Equilibrium, found: Equilibrium
) -> RegionBenefit:
    """What commuters gain from measures, there and back on a working day.

    Whoever works the same hours at the same place before and after the measures is compared with himself; whoever
    changes hours and not the place, with the mean of those who do. Whoever no longer travels between home and a
    workplace, or does so for the first time, as jobs came, went or moved, is counted and not reckoned: what a job is
    worth is no matter of travel. Where workplaces react to the measures by themselves (the long run), pairs count with
    the mean of their commuters before and after, the rule of half in the choice of workplaces. The rule of half takes
    public transport and shuttles of works as one mode, as both are the same journeys.

    Parameters
    ----------
    before, inputs : Inputs
        Supply and demand before and after the measures.
    baseline : Equilibrium
        That before the measures.
    short : Equilibrium
        That after them in which workplaces stay.
    found : Equilibrium
        That after them to judge: `short` itself, or that in which workplaces have reacted.

    Returns
    -------
    RegionBenefit
        Exactly 0 where nothing changes.
    """
    zone_id = inputs.commuters.zone_id
    if found is baseline:
        persons = np.array([segment.workers.sum(axis=1) for segment in found.segments])
        none = np.zeros_like(persons)
        return RegionBenefit(_labels(found.segments), zone_id, persons, none, none, none, none)
    moves = _Moves(baseline.segments, short.segments)
    old, new = _Sides(before, baseline), _Sides(inputs, found)
    movers_before = old.mean(moves.leaving) if moves.moved.any() else None
    rows: defaultdict[str, dict[str, FloatArray]] = defaultdict(
        lambda: {name: np.zeros(len(zone_id)) for name in _COLUMNS}
    )
    for row, segment in enumerate(short.segments):
        told = rows[segment.label]
        responding = _mean_response(segment, found.segments[row])
        after = new[row]
        mine = moves.row_before.get(_key(segment))
        kept = [] if mine is None else [(moves.staying[row], old[mine])]
        joining = moves.joining(row)
        if movers_before is not None:
            kept.append((joining, movers_before))
        for persons, was in kept:
            _reckon(told, persons, responding, was, after)
        told["persons_new"] += (moves.arriving[row] - joining).sum(axis=1)
    for row, segment in enumerate(baseline.segments):
        rows[segment.label]["persons_left_out"] += moves.gone(row).sum(axis=1)
    columns = {name: np.array([told[name] for told in rows.values()]) for name in _COLUMNS}
    return RegionBenefit(np.array(list(rows)), zone_id, **columns)


def _by_journey(utilities: FloatArray, shares: FloatArray, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
    """Modes whose travellers ride the same lines from the same stops, as one: the first of them in place of all.

    Public transport and the shuttle of a works are the same journeys, which the weights of both divide. A weight that
    moves from one to the other makes no journey better or worse, and yet changes the utilities of both.
    """
    rows = [row for row, mode in enumerate(demand.MODES.values()) if mode.rides == "lines"]
    nest = {name for name, of_nest in demand.mode_nests().items() if set(rows) & set(of_nest)}
    theta = demand.nest_scales(parameters)[nest.pop()]
    utilities, shares = utilities.copy(), shares.copy()
    utilities[rows[0]] = theta * np.logaddexp.reduce(utilities[rows] / theta, axis=0)
    shares[rows[0]] = shares[rows].sum(axis=0)
    utilities[rows[1:]], shares[rows[1:]] = -np.inf, 0.0
    return utilities, shares


_COLUMNS = ("persons", "persons_left_out", "persons_new", "logsum_eur_per_day", "rule_of_half_eur_per_day")


def _reckon(told: dict[str, FloatArray], persons: FloatArray, responding: FloatArray, was: _Side, after: _Side) -> None:
    """Add what some persons gain, by home zone."""
    # what a euro is worth before the measures; where that is not known, as no road led there, after them
    is_known = np.isfinite(was.utility_per_eur) & (was.utility_per_eur > 0)
    found = demand.consumer_surplus(
        WAYS_A_DAY * persons * responding,
        logsum_before=was.logsum,
        logsum_after=after.logsum,
        utilities_before=was.utilities,
        utilities_after=after.utilities,
        shares_before=was.shares,
        shares_after=after.shares,
        utility_per_eur=np.where(is_known, was.utility_per_eur, after.utility_per_eur),
    )
    told["persons"] += np.where(found.is_reckoned, persons, 0.0).sum(axis=1)
    told["persons_left_out"] += np.where(found.is_reckoned, 0.0, persons).sum(axis=1)
    told["logsum_eur_per_day"] += found.logsum_eur.sum(axis=1)
    told["rule_of_half_eur_per_day"] += found.rule_of_half_eur.sum(axis=1)


class _Moves:
    """Who keeps his hours, who changes them at the same workplace, who comes and who goes; by home and work zone."""

    def __init__(self, before: Sequence[TourSegment], after: Sequence[TourSegment]) -> None:
        self.row_before = {_key(segment): row for row, segment in enumerate(before)}
        self.staying: list[FloatArray] = []
        """Of each segment after the measures."""
        self.leaving = [segment.workers for segment in before]
        """Of each segment before the measures: who does not stay in it."""
        self.arriving: list[FloatArray] = []
        """Of each segment after the measures: who was not in it."""
        for segment in after:
            row = self.row_before.get(_key(segment))
            stays = np.zeros_like(segment.workers) if row is None else np.minimum(self.leaving[row], segment.workers)
            self.staying.append(stays)
            self.arriving.append(segment.workers - stays)
            if row is not None:
                self.leaving[row] = self.leaving[row] - stays
        self._all_leaving, self._all_arriving = (np.asarray(sum(them)) for them in (self.leaving, self.arriving))
        self.moved: FloatArray = np.minimum(self._all_leaving, self._all_arriving)
        """Who changes hours and not the workplace."""

    def joining(self, row: int) -> FloatArray:
        """Who was in another segment before the measures, of a segment after them."""
        return self._part(self.arriving[row], self._all_arriving)

    def gone(self, row: int) -> FloatArray:
        """Who travels no more after the measures, of a segment before them."""
        return self.leaving[row] - self._part(self.leaving[row], self._all_leaving)

    def _part(self, some: FloatArray, of_all: FloatArray) -> FloatArray:
        """Part of those who change hours that falls on some of the persons who do not stay."""
        share = np.divide(self.moved, of_all, out=np.zeros_like(of_all), where=of_all > 0)
        return np.asarray(some * np.minimum(share, 1.0))


def _key(segment: TourSegment) -> tuple[str, float, float]:
    """What makes a segment the same before and after: its hours, however parameters move those of the offices."""
    if not demand.works_shifts(segment):
        return segment.label, 0.0, 0.0
    return segment.label, segment.start_s, segment.end_s


def _mean_response(short: TourSegment, found: TourSegment) -> FloatArray:
    """Mean of the persons of a pair before and after workplaces react, per person before."""
    if short is found:
        return np.ones_like(short.workers)
    ratio = np.divide(found.workers, short.workers, out=np.ones_like(short.workers), where=short.workers > 0)
    return np.asarray(0.5 * (1.0 + ratio))


def _labels(segments: Sequence[TourSegment]) -> StrArray:
    return np.array([segment.label for segment in segments])
