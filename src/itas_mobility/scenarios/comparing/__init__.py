"""Differences between runs, and why they are there."""
