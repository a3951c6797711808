"""Timetables in the General Transit Feed Specification (gtfs.org/documentation/schedule/reference)."""
