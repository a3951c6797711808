"""Who comes by on the way to the same work: workers within a detour, for every pair of zones."""

import numpy as np

from itas_mobility.kernels._jit import kernel


@kernel
def workers_on_the_way(time_to, time_between, workers, most, found):
    """Workers whose way to the same work leads past, each counted by how small the detour is.

    Dense and without branches in the innermost loop, over arrays that run along the homes of the others: all of them
    are looked at, since whoever comes from far out may pass, too.

    Parameters
    ----------
    time_to : float64[n_works, n_zones]
        Time from each zone to each work; inf where there is no way.
    time_between : float64[n_zones, n_zones]
        Time to a zone (row) from each zone; inf where there is no way.
    workers : float64[n_works, n_zones]
        Workers of each work by home zone.
    most : float64
        Detour at which nobody counts any more; a detour of half of it counts half.
    found : float64[n_works, n_zones]
        Out: workers on the way of who lives in a zone, those of the zone itself included.
    """
    n_works, n_zones = time_to.shape
    for work in range(n_works):
        for home in range(n_zones):
            own = time_to[work, home]
            total = 0.0
            if own < np.inf:
                for other in range(n_zones):
                    detour = (time_between[home, other] if other != home else 0.0) + own - time_to[work, other]
                    near = 1.0 - detour / most
                    near = 1.0 if near > 1.0 else near
                    total += workers[work, other] * near if near > 0.0 and time_to[work, other] < np.inf else 0.0
            found[work, home] = total
