"""Travelling by public transport: journeys in timetables, skims, fares, shift reachability, on-demand fleets."""
