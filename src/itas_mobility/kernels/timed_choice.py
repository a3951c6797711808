"""Choice among journeys at fixed times by travellers whose wished moments are uniform over periods, and its loads.

A traveller who wishes to travel at moment w takes journey j with the probability of a logit (McFadden 1974) over

    utility_j - rate * |moment_j - w|.

The journeys of a pair lie sorted by their moments. Between the moments of two journeys that follow each other, all
later ones gain and all earlier ones lose at the same rate, so within either group the shares do not change, and the
share of the later group is a logistic curve of w. Its integral is known, so the mean over all wishes is exact and no
wish has to be picked; and as the groups grow by one journey at a time, a pair takes as many steps as it has journeys.
"""

import numpy as np

from itas_mobility.kernels._jit import kernel


@kernel
def _log_of_sum(a, b):
    """ln(exp(a) + exp(b)); `a` may be -inf."""
    top = max(a, b)
    return top + np.log1p(np.exp(min(a, b) - top))


@kernel
def _share(advantage):
    """Logit share of the first of two options that is so much better."""
    if advantage >= 0.0:
        return 1.0 / (1.0 + np.exp(-advantage))
    odds = np.exp(advantage)
    return odds / (1.0 + odds)


@kernel
def _mean_share(advantage, growth):
    """Mean of `_share` while the advantage grows steadily from `advantage` by `growth` (0 or more)."""
    if growth == 0.0:
        return _share(advantage)
    if growth < 1.0:
        return np.log1p(_share(advantage) * np.expm1(growth)) / growth
    end = advantage + growth
    # ln(1 + exp(x)) = max(x, 0) + ln(1 + exp(-|x|))
    tails = np.log1p(np.exp(-abs(end))) - np.log1p(np.exp(-abs(advantage)))
    return (max(end, 0.0) - max(advantage, 0.0) + tails) / growth


@kernel
def choose_moments(low, high, journey_ptr, moment, utility, trips, start, end, rate, work, persons):
    """Share out the trips of the pairs `low` to `high` - 1 among their journeys.

    Parameters
    ----------
    low, high : int
        Pairs.
    journey_ptr : int64[n_pairs + 1]
        Journeys of each pair; no pair is without.
    moment : float64[n_journeys]
        When each journey begins (or ends, if that is what wishes are about), rising within a pair.
    utility : float64[n_journeys]
        Finite.
    trips : float64[n_pairs, n_periods]
        Their wished moments are uniform over the period.
    start, end : float64[n_periods]
        Periods, in the unit of `moment`; each ends after it starts.
    rate : float
        Loss of utility per unit of time between wished moment and journey, not negative.
    work : float64[4, n]
        Work space; n is more than the journeys of any pair.
    persons : float64[n_journeys]
        Out: trips on each journey.
    """
    best_earlier, best_later, by_earlier, by_later = work[0], work[1], work[2], work[3]
    n_periods = start.size
    for pair in range(low, high):
        first = journey_ptr[pair]
        n = journey_ptr[pair + 1] - first
        last = first + n - 1
        # value of all journeys up to i at the moment of i, and of all from i on; in between they change steadily
        best_earlier[0] = utility[first]
        best_later[n - 1] = utility[last]
        for i in range(1, n):
            lost = rate * (moment[first + i] - moment[first + i - 1])
            best_earlier[i] = _log_of_sum(best_earlier[i - 1] - lost, utility[first + i])
        for i in range(n - 2, -1, -1):
            lost = rate * (moment[first + i + 1] - moment[first + i])
            best_later[i] = _log_of_sum(best_later[i + 1] - lost, utility[first + i])
        # trips that take one of the journeys before gap i (which ends with journey i), and one of those behind it
        for i in range(n + 1):
            by_earlier[i] = 0.0
            by_later[i] = 0.0
        for period in range(n_periods):
            demand = trips[pair, period]
            if demand == 0.0:
                continue
            density = demand / (end[period] - start[period])
            for i in range(n + 1):
                begin = start[period] if i == 0 else max(start[period], moment[first + i - 1])
                stop = end[period] if i == n else min(end[period], moment[first + i])
                if stop <= begin:
                    continue
                wishes = density * (stop - begin)
                if i == 0:
                    by_later[i] += wishes
                elif i == n:
                    by_earlier[i] += wishes
                else:
                    to_later = rate * (moment[first + i] - begin)
                    to_earlier = rate * (begin - moment[first + i - 1])
                    advantage = best_later[i] - to_later - best_earlier[i - 1] + to_earlier
                    # rounding must not leave less than nobody to the earlier ones
                    later = wishes * min(1.0, _mean_share(advantage, 2.0 * rate * (stop - begin)))
                    by_later[i] += later
                    by_earlier[i] += wishes - later
        # of the trips with a group, its journey next to the gap takes its share, the rest goes on with the others
        carried = 0.0
        for i in range(n - 1):
            carried += by_later[i]
            lost = rate * (moment[first + i + 1] - moment[first + i])
            taken = carried * _share(utility[first + i] - best_later[i + 1] + lost)
            persons[first + i] = taken
            carried -= taken
        persons[last] = carried + by_later[n - 1]
        carried = 0.0
        for i in range(n - 1, 0, -1):
            carried += by_earlier[i + 1]
            lost = rate * (moment[first + i] - moment[first + i - 1])
            taken = carried * _share(utility[first + i] - best_earlier[i - 1] + lost)
            persons[first + i] += taken
            carried -= taken
        persons[first] += carried + by_earlier[1]


@kernel
def load_calls(persons, ride_ptr, board_call, alight_call, volume, boardings, alightings):
    """Add the persons of each journey to the calls of its rides, journey by journey.

    Parameters
    ----------
    persons : float64[n_journeys]
    ride_ptr : int64[n_journeys + 1]
    board_call, alight_call : int64[n_rides]
        Where people get on and off; both are calls of the same vehicle.
    volume, boardings, alightings : float64[n_calls]
        Out: added to; volume on the run that leaves the call.
    """
    for journey in range(persons.size):
        for ride in range(ride_ptr[journey], ride_ptr[journey + 1]):
            boardings[board_call[ride]] += persons[journey]
            alightings[alight_call[ride]] += persons[journey]
            for call in range(board_call[ride], alight_call[ride]):
                volume[call] += persons[journey]


@kernel
def path_sizes(journey_ptr, ride_ptr, board_call, alight_call, run_time, uses, size):
    """How much of each journey is its own among the journeys of its pair: the path size (Ben-Akiva, Bierlaire 1999).

    Each run of a vehicle counts as its share of the time that the journey spends in vehicles, divided by the number of
    journeys that use it.

    Parameters
    ----------
    journey_ptr : int64[n_pairs + 1]
    ride_ptr, board_call, alight_call
        As in `load_calls`.
    run_time : float64[n_calls]
        Of the run that leaves each call.
    uses : int32[n_calls]
        Work space, all 0; left so.
    size : float64[n_journeys]
        Out: from above 0 to 1; 1 where no time is spent in vehicles.
    """
    for pair in range(journey_ptr.size - 1):
        low, high = ride_ptr[journey_ptr[pair]], ride_ptr[journey_ptr[pair + 1]]
        for ride in range(low, high):
            for call in range(board_call[ride], alight_call[ride]):
                uses[call] += 1
        for journey in range(journey_ptr[pair], journey_ptr[pair + 1]):
            total = 0.0
            own = 0.0
            for ride in range(ride_ptr[journey], ride_ptr[journey + 1]):
                for call in range(board_call[ride], alight_call[ride]):
                    total += run_time[call]
                    own += run_time[call] / uses[call]
            size[journey] = own / total if total > 0.0 else 1.0
        for ride in range(low, high):
            for call in range(board_call[ride], alight_call[ride]):
                uses[call] = 0
