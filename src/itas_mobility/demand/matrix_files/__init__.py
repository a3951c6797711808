"""OD matrices and skims in files: CSV (long or wide), OMX and, for reading, ``.npy``."""

from itas_mobility.demand.matrix_files.reading import read_matrix, read_skims
from itas_mobility.demand.matrix_files.writing import Layout, write_matrix

__all__ = ["Layout", "read_matrix", "read_skims", "write_matrix"]
