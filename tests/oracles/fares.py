"""Fares of a journey the slow, obvious way: all ways of cutting its rides into tickets, all tickets for each part."""

from itertools import combinations, pairwise


def cheapest(rides, fares):
    """Least price of rides (route id, boarding s, [fare zones of all stops called at]); inf where nothing is valid."""
    best = float("inf")
    for n_cuts in range(len(rides)):
        for cuts in combinations(range(1, len(rides)), n_cuts):
            edges = [0, *cuts, len(rides)]
            parts = [rides[a:b] for a, b in pairwise(edges)]
            best = min(best, sum(ticket_price(part, fares) for part in parts))
    return min(best, fares.cap_eur)


def ticket_price(part, fares):
    """Least price of one ticket for rides in a row."""
    prices = [fares.price_eur[t] for t in range(len(fares.ticket_id)) if is_valid(part, fares, t)]
    return min(prices, default=float("inf"))


def is_valid(part, fares, ticket):
    """Whether a ticket may be used."""
    if fares.max_transfers[ticket] >= 0 and len(part) - 1 > fares.max_transfers[ticket]:
        return False
    if part[-1][1] - part[0][1] > fares.valid_s[ticket]:
        return False
    rules = [i for i in range(len(fares.rule_ticket)) if fares.rule_ticket[i] == ticket]
    return not rules or all(any(is_met(part, route, fares, i) for i in rules) for route, _, _ in part)


def is_met(part, route, fares, i):
    """Whether rule i holds for the ride on a route, being part of these rides."""
    touched = {zone for _, _, zones in part for zone in zones if zone}
    contains = set(fares.contains[fares.contains_ptr[i] : fares.contains_ptr[i + 1]].tolist())
    return (
        fares.rule_route[i] in ("", route)
        and fares.rule_origin[i] in ("", part[0][2][0])
        and fares.rule_destination[i] in ("", part[-1][2][-1])
        and (fares.rule_max_zones[i] == -1 or len(touched) <= fares.rule_max_zones[i])
        and (not contains or contains == touched)
    )
