"""Trips of a timetable: journeys, choice sets, travel times, loads and crowding."""
