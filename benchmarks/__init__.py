"""Benchmarks of itas_mobility: ``python -m benchmarks.run``."""
