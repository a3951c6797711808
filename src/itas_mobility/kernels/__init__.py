"""Compiled loops over plain arrays: numpy and numba only, no global that can change."""
