"""Speed and memory of the assignment: ``python -m benchmarks.assignment``."""
