"""What a model is held against: published ranges with their sources, elasticities, statistics of counts."""

from itas_mobility.demand.calibration.counts import count_statistics
from itas_mobility.demand.calibration.elasticities import elasticity, midpoint_elasticity
from itas_mobility.demand.calibration.ranges import published_ranges, read_ranges

__all__ = ["count_statistics", "elasticity", "midpoint_elasticity", "published_ranges", "read_ranges"]


def __dir__() -> list[str]:
    return sorted(__all__)
