"""Stops, lines and timetables."""
