"""Scenarios as data: measures, runs, comparison."""
