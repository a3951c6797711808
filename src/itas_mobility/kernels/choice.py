"""Multinomial and nested logit over many cells, safe against overflow (McFadden 1974; Williams 1977)."""

import numpy as np

from itas_mobility.kernels._jit import kernel

BLOCK = 256
"""Cells taken at once: few enough to stay in the nearest cache."""
LOWEST = -1e300
"""Below all utilities, and finite: differences of it are no NaN."""
FAR_BELOW = 1e-150
"""Sums of odds below this have lost digits, or are 0: they are taken again against a best of their own."""


@kernel
def logit_shares(utility, shares, logsum):
    """Multinomial logit in each column.

    Parameters
    ----------
    utility : float64[n_modes, n_cells]
        -inf where a mode is not available; neither NaN nor +inf.
    shares : float64[n_modes, n_cells]
        Out: probabilities; all 0 where no mode is available.
    logsum : float64[n_cells]
        Out: ln of the sum of exp(utility); -inf where no mode is available.
    """
    n_modes, n_cells = utility.shape
    for cell in range(n_cells):
        top = -np.inf
        for mode in range(n_modes):
            top = max(top, utility[mode, cell])
        if top == -np.inf:
            logsum[cell] = -np.inf
            for mode in range(n_modes):
                shares[mode, cell] = 0.0
            continue
        total = 0.0
        for mode in range(n_modes):
            weight = np.exp(utility[mode, cell] - top)
            shares[mode, cell] = weight
            total += weight
        for mode in range(n_modes):
            shares[mode, cell] /= total
        logsum[cell] = top + np.log(total)


@kernel(allocates=True)
def nested_logit_shares(utility, nest, theta, shares, logsum):
    """Two-level nested logit in each column.

    Parameters
    ----------
    utility : float64[n_modes, n_cells]
        -inf where a mode is not available; neither NaN nor +inf.
    nest : int32[n_modes]
        Nest of each mode.
    theta : float64[n_nests]
        Scale of each nest, in (0, 1].
    shares : float64[n_modes, n_cells]
        Out: probabilities; all 0 where no mode is available.
    logsum : float64[n_cells]
        Out: ln of the sum over nests of exp(theta * ln of the sum of exp(utility / theta)).
    """
    n_modes, n_cells = utility.shape
    n_nests = theta.size
    # block by block, each step in a loop of its own that the processor takes several cells at a time
    top = np.empty((n_nests, BLOCK))
    total = np.empty((n_nests, BLOCK))
    best = np.empty(BLOCK)
    root = np.empty(BLOCK)
    scale = np.empty(BLOCK)
    bits = scale.view(np.int64)
    for start in range(0, n_cells, BLOCK):
        n = min(BLOCK, n_cells - start)
        top[:] = LOWEST
        total[:] = 0.0
        best[:] = LOWEST
        root[:] = 0.0
        for mode in range(n_modes):
            of_nest = top[nest[mode]]
            for i in range(n):
                u = utility[mode, start + i]
                of_nest[i] = u if u > of_nest[i] else of_nest[i]
                best[i] = u if u > best[i] else best[i]
        for mode in range(n_modes):
            k = nest[mode]
            inverse = 1.0 / theta[k]
            weight = shares[mode, start : start + n]
            for i in range(n):
                weight[i] = (utility[mode, start + i] - top[k, i]) * inverse
            _exponentials(weight, scale, bits)
            for i in range(n):
                total[k, i] += weight[i]
        for k in range(n_nests):
            worth = top[k, :n]
            for i in range(n):
                worth[i] = worth[i] - best[i] + theta[k] * np.log(total[k, i]) if total[k, i] > 0.0 else LOWEST
            _exponentials(worth, scale, bits)
            for i in range(n):
                root[i] += worth[i]
                worth[i] = worth[i] / total[k, i] if total[k, i] > 0.0 else 0.0
        for i in range(n):
            logsum[start + i] = best[i] + np.log(root[i]) if root[i] > 0.0 else -np.inf
            root[i] = 1.0 / root[i] if root[i] > 0.0 else 0.0
        for mode in range(n_modes):
            for i in range(n):
                shares[mode, start + i] *= top[nest[mode], i] * root[i]


@kernel
def _exponentials(values, scale, bits):
    """Exponentials of values up to 700 in place, to the last digit but one; 0 below -708.

    exp(x) = 2^k * exp(r) with k the nearest whole number to x / ln 2, and Taylor's series for the rest |r| < 0.35,
    whose 14 terms leave 1e-17. No call and no branch, so that the loops are taken several values at a time: a third of
    the time of the system's library. No step depends on what a processor can do, so neither do the digits.

    Parameters
    ----------
    values : float64[n]
        In and out.
    scale : float64[...]
        At least n long, for the powers of 2.
    bits : int64[...]
        The same memory.
    """
    for i in range(values.size):
        x = values[i] if values[i] > -708.0 else -708.0
        # adding 1.5 * 2^52 rounds to a whole number, which then stands in the last bits
        shifted = x * 1.4426950408889634 + 6755399441055744.0
        scale[i] = shifted
        k = shifted - 6755399441055744.0
        r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
        series = 1.0 / 6227020800.0
        series = series * r + 1.0 / 479001600.0
        series = series * r + 1.0 / 39916800.0
        series = series * r + 1.0 / 3628800.0
        series = series * r + 1.0 / 362880.0
        series = series * r + 1.0 / 40320.0
        series = series * r + 1.0 / 5040.0
        series = series * r + 1.0 / 720.0
        series = series * r + 1.0 / 120.0
        series = series * r + 1.0 / 24.0
        series = series * r + 1.0 / 6.0
        series = series * r + 0.5
        series = series * r + 1.0
        series = series * r + 1.0
        values[i] = series if values[i] > -708.0 else 0.0
    for i in range(values.size):
        # to the place of the exponent, with its offset
        bits[i] = (bits[i] << 52) + (1023 << 52)
    for i in range(values.size):
        values[i] *= scale[i]


@kernel(allocates=True)
def mean_nested_shares(
    utility, nest, theta, is_open, part_nest, part_of, part_without, weight, chance, column_out, shares, logsum
):
    """Two-level nested logit of several sets of open modes at once, mean over the persons who choose from each.

    A part is what a set leaves open of a nest. Sets share parts, so that what a nest is worth is found once for all of
    them, and each mode takes one exponential, whatever the number of sets. A set may be open by chance: who is out of
    luck chooses from a smaller one, or from all of it if the smaller one holds nothing.

    Parameters
    ----------
    utility : float64[n_modes, n_rows, n_columns]
        -inf where a mode is not available; neither NaN nor +inf.
    nest : int32[n_modes]
        Nest of each mode.
    theta : float64[n_nests]
        Scale of each nest, in (0, 1].
    is_open : bool[n_parts, n_modes]
        Modes of each part, all of one nest.
    part_nest : int32[n_parts]
        Nest of each part.
    part_of : int32[n_sets, n_nests]
        Part of each nest that a set leaves open.
    part_without : int32[n_sets, n_nests]
        The same of the smaller set; equal to `part_of` where nothing is left to chance.
    weight : float64[n_sets, n_columns]
        Share of the persons who choose from each set, by column.
    chance : float64[n_rows, n_columns]
        That all of a set is open.
    column_out : int64[n_columns]
        Column of the results of each column.
    shares : float64[n_modes, n_rows, ...]
        Out: mean probabilities; they sum to the weight of the sets in which a mode is available.
    logsum : float64[n_rows, ...]
        Out: mean logsum over the persons to whom a mode is available; -inf where there is none.
    """
    n_modes, n_rows, n_columns = utility.shape
    n_parts, n_sets, n_nests = part_nest.size, part_of.shape[0], theta.size
    is_sure = np.ones(n_sets, np.bool_)
    for a_set in range(n_sets):
        for k in range(n_nests):
            if part_of[a_set, k] != part_without[a_set, k]:
                is_sure[a_set] = False
    member_part, member_mode = np.nonzero(is_open)
    n_members = member_part.size
    odds = np.empty(n_modes)
    top = np.empty(n_nests)
    part_top = np.empty(n_parts)
    total = np.empty(n_parts)
    value = np.empty(n_parts)
    worth = np.empty(n_parts)
    factor = np.empty(n_parts)
    for row in range(n_rows):
        for column in range(n_columns):
            out = column_out[column]
            best = -np.inf
            for k in range(n_nests):
                top[k] = -np.inf
            for mode in range(n_modes):
                k = nest[mode]
                top[k] = max(top[k], utility[mode, row, column])
                best = max(best, utility[mode, row, column])
                shares[mode, row, out] = 0.0
            logsum[row, out] = -np.inf
            if best == -np.inf:
                continue
            for part in range(n_parts):
                factor[part] = 0.0
            _worth_of_parts(
                utility, nest, theta, is_open, part_nest, member_part, member_mode, row, column, best, top, odds,
                part_top, total, value, worth,
            )  # fmt: skip
            mean = 0.0
            persons = 0.0
            for a_set in range(n_sets):
                share = weight[a_set, column]
                if share == 0.0:
                    continue
                lucky = 1.0
                if not is_sure[a_set]:
                    lucky = chance[row, column]
                    unlucky = (1.0 - lucky) * share
                    found = _choose_parts(part_without, a_set, unlucky, value, worth, best, factor)
                    if found == -np.inf:
                        lucky = 1.0
                    else:
                        mean += unlucky * found
                        persons += unlucky
                if lucky > 0.0:
                    found = _choose_parts(part_of, a_set, lucky * share, value, worth, best, factor)
                    if found > -np.inf:
                        mean += lucky * share * found
                        persons += lucky * share
            if persons > 0.0:
                logsum[row, out] = mean / persons
            for i in range(n_members):
                part = member_part[i]
                mode = member_mode[i]
                if factor[part] > 0.0:
                    within = odds[mode]
                    k = part_nest[part]
                    if part_top[part] != top[k]:
                        within = np.exp((utility[mode, row, column] - part_top[part]) / theta[k] - 1.0)
                    shares[mode, row, out] += factor[part] * (within / total[part])


@kernel
def _worth_of_parts(
    utility, nest, theta, is_open, part_nest, member_part, member_mode, row, column, best, top, odds,
    part_top, total, value, worth,
):  # fmt: skip
    """Odds of the modes, logsum of each part and its exponential against the best mode of all, in one cell."""
    for mode in range(nest.size):
        # all taken e-fold smaller: the exponential of exactly 0 has a branch of its own in the system's library, and
        # which mode is the best one of its nest nobody can foretell: twice the time
        k = nest[mode]
        u = utility[mode, row, column]
        odds[mode] = np.exp((u - top[k]) / theta[k] - 1.0) if u > -np.inf else 0.0
    for part in range(part_nest.size):
        total[part] = 0.0
        part_top[part] = top[part_nest[part]]
    for i in range(member_part.size):
        total[member_part[i]] += odds[member_mode[i]]
    for part in range(part_nest.size):
        k = part_nest[part]
        if total[part] < FAR_BELOW:
            # far below the best of its nest, which is closed here: odds against its own best instead
            _of_part(utility, is_open, 1.0 / theta[k], part, row, column, part_top, total)
        value[part] = part_top[part] + theta[k] * (np.log(total[part]) + 1.0)
        worth[part] = np.exp(value[part] - best - 1.0) if value[part] > -np.inf else 0.0


@kernel
def _of_part(utility, is_open, inverse, part, row, column, part_top, total):
    """Best utility of a part and the sum of its odds against it; -inf and 1 where nothing of it is available."""
    best = -np.inf
    for mode in range(utility.shape[0]):
        if is_open[part, mode]:
            best = max(best, utility[mode, row, column])
    part_top[part] = best
    total[part] = 1.0
    if best > -np.inf:
        total[part] = 0.0
        for mode in range(utility.shape[0]):
            if is_open[part, mode]:
                total[part] += np.exp((utility[mode, row, column] - best) * inverse - 1.0)


@kernel
def _choose_parts(parts, a_set, persons, value, worth, best, factor):
    """Spread persons over the parts of a set; returns its logsum."""
    root = 0.0
    for k in range(parts.shape[1]):
        root += worth[parts[a_set, k]]
    if root >= FAR_BELOW:
        for k in range(parts.shape[1]):
            factor[parts[a_set, k]] += persons * (worth[parts[a_set, k]] / root)
        return best + (np.log(root) + 1.0)
    # far below the best mode of all, which is closed here
    top = -np.inf
    for k in range(parts.shape[1]):
        top = max(top, value[parts[a_set, k]])
    if top == -np.inf:
        return top
    root = 0.0
    for k in range(parts.shape[1]):
        root += np.exp(value[parts[a_set, k]] - top)
    for k in range(parts.shape[1]):
        factor[parts[a_set, k]] += persons * (np.exp(value[parts[a_set, k]] - top) / root)
    return top + np.log(root)


@kernel
def pivot_shares(base, change, shares, logsum_change):
    """Incremental logit in each column: shares in proportion to base share times exp(change of utility).

    Parameters
    ----------
    base : float64[n_modes, n_cells]
        Shares before.
    change : float64[n_modes, n_cells]
        Change of utility; -inf takes a mode away.
    shares : float64[n_modes, n_cells]
        Out: shares after; all 0 where nothing is left.
    logsum_change : float64[n_cells]
        Out: change of the logsum; -inf where nothing is left.
    """
    n_modes, n_cells = base.shape
    for cell in range(n_cells):
        # in logarithms, so that a mode that hardly anybody took and everybody takes now loses no digits
        top = -np.inf
        for mode in range(n_modes):
            if base[mode, cell] > 0.0:
                top = max(top, np.log(base[mode, cell]) + change[mode, cell])
        if top == -np.inf:
            logsum_change[cell] = -np.inf
            for mode in range(n_modes):
                shares[mode, cell] = 0.0
            continue
        total = 0.0
        for mode in range(n_modes):
            weight = 0.0
            if base[mode, cell] > 0.0:
                weight = np.exp(np.log(base[mode, cell]) + change[mode, cell] - top)
            shares[mode, cell] = weight
            total += weight
        for mode in range(n_modes):
            shares[mode, cell] /= total
        logsum_change[cell] = top + np.log(total)


@kernel(allocates=True)
def pivot_nested_shares(base, change, nest, theta, shares, logsum_change):
    """Incremental nested logit in each column: nests pivot on their shares, modes on theirs inside the nest.

    Parameters
    ----------
    base : float64[n_modes, n_cells]
        Shares before.
    change : float64[n_modes, n_cells]
        Change of utility; -inf takes a mode away.
    nest : int32[n_modes]
        Nest of each mode.
    theta : float64[n_nests]
        Scale of each nest, in (0, 1].
    shares : float64[n_modes, n_cells]
        Out: shares after; all 0 where nothing is left.
    logsum_change : float64[n_cells]
        Out: change of the logsum; -inf where nothing is left.
    """
    n_modes, n_cells = base.shape
    n_nests = theta.size
    before = np.empty(n_nests)
    top = np.empty(n_nests)
    total = np.empty(n_nests)
    value = np.empty(n_nests)
    for cell in range(n_cells):
        before[:] = 0.0
        total[:] = 0.0
        top[:] = -np.inf
        for mode in range(n_modes):
            before[nest[mode]] += base[mode, cell]
        # in logarithms, as above
        for mode in range(n_modes):
            k = nest[mode]
            shares[mode, cell] = -np.inf
            if base[mode, cell] > 0.0:
                shares[mode, cell] = np.log(base[mode, cell] / before[k]) + change[mode, cell] / theta[k]
            top[k] = max(top[k], shares[mode, cell])
        for mode in range(n_modes):
            k = nest[mode]
            weight = 0.0
            if shares[mode, cell] > -np.inf:
                weight = np.exp(shares[mode, cell] - top[k])
            shares[mode, cell] = weight
            total[k] += weight
        best = -np.inf
        for k in range(n_nests):
            value[k] = -np.inf
            if total[k] > 0.0:
                value[k] = np.log(before[k]) + theta[k] * (top[k] + np.log(total[k]))
            best = max(best, value[k])
        if best == -np.inf:
            logsum_change[cell] = -np.inf
            continue
        root = 0.0
        for k in range(n_nests):
            value[k] = np.exp(value[k] - best) if value[k] > -np.inf else 0.0
            root += value[k]
        for k in range(n_nests):
            if total[k] > 0.0:
                value[k] /= root * total[k]
        for mode in range(n_modes):
            shares[mode, cell] *= value[nest[mode]]
        logsum_change[cell] = best + np.log(root)
