"""Rules of the road on small drawn maps: who may pass where, in which direction, and around what one has to go."""

import json
from dataclasses import dataclass, field

import pytest
from typer.testing import CliRunner

from itas_mobility.cli import app
from itas_mobility.core.node_parts import base_node_id
from itas_mobility.network import read_osm, shortest_route
from itas_mobility.network.osm.reading import NoOpenWayError
from itas_mobility.network.routing import route_in_file
from network.osm_text import SOUTH, STEP_LAT, STEP_LON, WEST, node_id, write_osm


def tags_of(text):
    """Tags from ``"residential; oneway=yes"``; a bare word is the value of highway."""
    parts = [part.strip() for part in text.split("; ") if part.strip()]
    return dict(part.split("=", 1) if "=" in part else ("highway", part) for part in parts)


@dataclass(frozen=True)
class Case:
    """One map and what is asked of it."""

    why: str
    drawing: str
    ways: dict[str, str]
    """Letters of the nodes -> tags."""
    asked: str
    """``car abc``: the route from a to c passes b; ``car c!a``: no route from c to a."""
    node_tags: dict[str, str] = field(default_factory=dict)
    turns: tuple[tuple[str, str], ...] = ()
    """``"ab b bc"``: from, via and to (several with commas), and the tags of the relation."""


def relations_of(case):
    number = {letters: 2001 + k for k, letters in enumerate(case.ways)}

    def members(group, role):
        for name in group.split(","):
            if len(name) == 1:
                yield "node", node_id(name), role
            else:
                yield "way", number.get(name, 9999), role

    for turn, tags in case.turns:
        groups = dict(zip(("from", "via", "to"), turn.split(), strict=True))
        yield (
            [one for role, group in groups.items() if group != "-" for one in members(group, role)],
            {"type": "restriction", **tags_of(tags)},
        )


def read(path, mode):
    try:
        return read_osm(path, mode=mode, keep="all", simplify=False)
    except NoOpenWayError:
        return None


def letters_of(roads, begin, end):
    ids = set() if roads is None else set(base_node_id(roads.node_id).tolist())
    route = shortest_route(roads, node_id(begin), node_id(end)) if {node_id(begin), node_id(end)} <= ids else None
    if route is None:
        return f"{begin}!{end}"
    return "".join(chr(node - 1001 + ord("a")) for node in route.node_id.tolist())


CASES = {
    "oneway_values": Case(
        "yes, true and 1 are with the way, -1 and reverse against it, other words say nothing",
        "a b c d e f g",
        {
            "ab": "primary; oneway=true",
            "bc": "primary; oneway=1",
            "cd": "primary; oneway=-1",
            "ef": "primary; oneway=nonsense",
            "fg": "primary; oneway=false",
        },
        "car abc, car c!b, car b!a, car dc, car c!d, car efg, car gfe, bike dc, bike c!d, bus abc, hgv c!a, foot dcba",
    ),
    "oneway_by_time": Case(
        "a reversible way has no direction one can count on, an alternating one serves both in turn",
        "a b c",
        {"ab": "primary; oneway=reversible", "bc": "primary; oneway=alternating"},
        "car a!b, car b!a, car bc, car cb, foot ab, foot ba",
    ),
    "oneway_implied": Case(
        "motorways and circles run one way, slip roads only where tagged, and oneway=no lifts it",
        "a b c d e f",
        {
            "ab": "motorway",
            "bc": "motorway; oneway=no",
            "cd": "motorway_link",
            "de": "trunk",
            "ef": "motorway_link; oneway=yes",
        },
        "car abcdef, car f!e, car edcb, car b!a, hgv abc, foot a!b, bike a!b, bike c!d",
    ),
    "oneway_per_mode": Case(
        "the tag of the narrower group of vehicles wins over the wider one",
        "a b c d e f",
        {
            "ab": "primary; oneway=yes; oneway:motor_vehicle=no",
            "bc": "primary; oneway:motorcar=yes",
            "cd": "primary; oneway=yes; oneway:bus=no",
            "de": "primary; oneway=yes; oneway:psv=no",
            "ef": "primary; oneway:vehicle=yes; oneway:bicycle=no",
        },
        "car ba, bike b!a, car c!b, bike cb, bus dc, car d!c, bus ed, car e!d, bike fe, car f!e, hgv f!e, hgv ba",
    ),
    "access_per_direction": Case(
        "a key with a direction closes that direction only",
        "a b c d",
        {
            "ab": "residential; motor_vehicle:backward=no",
            "bc": "residential; access=no; access:forward=yes",
            "cd": "residential; vehicle:forward=no",
        },
        "car ab, car b!a, bike ba, car bc, car c!b, foot c!b, car dc, car c!d, bike c!d, foot cd",
    ),
    "foot_direction": Case(
        "walkers mind oneway:foot and foot with a direction only",
        "a b c d",
        {
            "ab": "residential; oneway=yes; oneway:foot=yes",
            "bc": "residential; foot:backward=no",
            "cd": "residential; junction=roundabout",
        },
        "foot abcd, foot dc, foot c!b, foot b!a, car cb, car d!c",
    ),
    "roundabout_with_arms": Case(
        "drawn counter-clockwise: a right turn takes a quarter, a left turn three quarters, walkers the short side",
        ["     v     ", "     d     ", " s a   c u ", "     b     ", "     t     "],
        {
            "sa": "tertiary",
            "tb": "tertiary",
            "uc": "tertiary",
            "vd": "tertiary",
            "abcda": "tertiary; junction=roundabout",
        },
        "car sabt, car sabcdv, bike ucdv, car ucdas, foot sadv, hgv vdas",
    ),
    "roundabout_opened": Case(
        "a circle is driven one way, unless oneway=no says otherwise; bicycles may have leave",
        ["a b", "d c", "   ", "e f", "h g", "    ", "i j", "l k"],
        {
            "adcba": "tertiary; junction=circular",
            "ehgfe": "tertiary; junction=roundabout; oneway=no",
            "ilkji": "tertiary; junction=roundabout; oneway:bicycle=no",
        },
        "car ad, car dcba, car eh, car he, bike li, car lkji, bike dcba",
    ),
    "mini_roundabout": Case(
        "a painted island on a node turns nobody back",
        ["  d  ", "a b c", "  e  "],
        {"abc": "residential", "db": "residential", "be": "residential"},
        "car abc, car abd, car ebc, bike dba, hgv abe",
        node_tags={"b": "mini_roundabout"},
    ),
    "only_straight_on": Case(
        "only_* closes the other turns of that way alone; feet mind no restriction, a bicycle may turn round behind",
        ["  n  ", "w j e", "  s  "],
        {"sj": "residential", "nj": "residential", "wj": "residential", "ej": "residential"},
        "car s!w, car s!e, car sjn, car wje, car njw, bike sjnjw, foot sjw, hgv s!e, bus s!w, car je, car jw",
        turns=(("sj j nj", "restriction=only_straight_on"),),
    ),
    "only_for_lorries": Case(
        "a restriction may name its mode, or leave modes out",
        ["  n  ", "w j e", "  s  "],
        {"sj": "residential", "nj": "residential", "wj": "residential", "ej": "residential"},
        "hgv s!n, car sjn, car s!w, bus sjw, bike sjw, hgv s!w, car n!w, bike njw, bus n!w, foot njw, bus wje, car w!e",
        turns=(
            ("sj j nj", "restriction:hgv=no_straight_on"),
            ("sj j wj", "restriction=no_left_turn; except=psv;bicycle"),
            ("nj j wj", "restriction=no_right_turn; except=bicycle, foot"),
            ("wj j ej", "restriction:motorcar=no_straight_on"),
        ),
    ),
    "restriction_words": Case(
        "any word after no_ forbids; a word that begins otherwise, or a time, changes nothing",
        ["  n  ", "w j e", "  s  "],
        {"sj": "residential", "nj": "residential", "wj": "residential", "ej": "residential"},
        "car s!w, car sje, car sjn, car wjn, car ejs",
        turns=(
            ("sj j wj", "restriction=no_weird_zigzags"),
            ("sj j ej", "restriction=yield"),
            ("sj j nj", "restriction:conditional=no_straight_on @ (Mo-Fr 07:00-10:30)"),
            ("ej j sj", "note=nothing"),
        ),
    ),
    "restriction_broken": Case(
        "a restriction with a missing member, without a via, or whose ways do not meet cannot be obeyed",
        ["  n   ", "w j e r", "  s   "],
        {"sj": "residential", "nj": "residential", "wj": "residential", "ej": "residential", "re": "residential"},
        "car sjw, car sje, car sjer, car sjn",
        turns=(
            ("sj j zz", "restriction=only_left_turn"),
            ("zz j wj", "restriction=no_left_turn"),
            ("sj - ej", "restriction=no_right_turn"),
            ("sj j re", "restriction=only_right_turn"),
            ("sj,nj x wj", "restriction=no_left_turn"),
        ),
    ),
    "no_entry_no_exit": Case(
        "no_entry may have several ways from, no_exit several ways to",
        ["  n  ", "w j e", "  s  "],
        {"sj": "residential", "nj": "residential", "wj": "residential", "ej": "residential"},
        "car s!w, car n!w, car ejw, car w!s, car w!n, car wje, car sjn",
        turns=(("sj,nj j wj", "restriction=no_entry"), ("wj j sj,nj", "restriction=no_exit")),
    ),
    "around_the_block": Case(
        "the left turn at j is forbidden: one goes round the block instead of turning on the spot",
        ["  n k", "w j e", "  s  "],
        {
            "sj": "residential",
            "nj": "residential",
            "wj": "residential",
            "je": "residential",
            "ek": "residential",
            "kn": "residential",
        },
        "car sjeknjw, hgv sjeknjw, foot sjw",
        turns=(
            ("sj j wj", "restriction=no_left_turn"),
            ("sj j nj", "restriction=no_straight_on"),
        ),
    ),
    "no_turning_back": Case(
        "the left turn is forbidden and no block to go round: a junction is no place to turn back",
        ["  n  ", "w j e", "  s  "],
        {"sj": "residential", "nj": "residential", "wj": "residential", "je": "residential"},
        "car s!w, car sje, car sjn, car njw",
        turns=(("sj j wj", "restriction=no_left_turn"),),
    ),
    "dual_carriageway": Case(
        "no_u_turn over the link between two carriageways; straight over the link to the side road is free",
        ["f e d x", "  l    ", "a b c  ", "  s    "],
        {
            "ab": "primary; oneway=yes",
            "bc": "primary; oneway=yes",
            "de": "primary; oneway=yes",
            "ef": "primary; oneway=yes",
            "ble": "primary_link",
            "sb": "residential",
        },
        "car a!f, car sblef, car abc, car delbs, car delbc, bike ablef, hgv a!f",
        turns=(("ab ble ef", "restriction=no_u_turn; except=bicycle"),),
    ),
    "only_over_a_way": Case(
        "who comes from ab over all of bcd must go on to de; who joins or leaves at c is free",
        ["    g      ", "a b c d e", "    h k   "],
        {
            "ab": "residential",
            "bcd": "residential",
            "de": "residential",
            "dk": "residential",
            "cg": "residential",
            "hb": "residential",
        },
        "car abcde, car a!k, car hbcdk, car gcdk, car gcde, car abcg",
        turns=(("ab bcd de", "restriction=only_straight_on"),),
    ),
    "two_via_ways": Case(
        "a chain of via ways counts only when driven whole",
        ["  x   y", "a b c d", "      e"],
        {
            "ab": "residential",
            "bc": "residential",
            "cd": "residential",
            "de": "residential",
            "xb": "residential",
            "dy": "residential",
        },
        "car a!e, car xbcde, car abcdy, car edcba",
        turns=(("ab bc,cd de", "restriction=no_right_turn"),),
    ),
    "same_way_u_turn": Case(
        "no_u_turn with the same way from and to leaves everything else as it is",
        ["a b c", "  d  "],
        {"ab": "residential", "bc": "residential", "bd": "residential"},
        "car abc, car abd, car dba, car cba",
        turns=(("ab b ab", "restriction=no_u_turn"),),
    ),
    "bicycle_rights": Case(
        "where one may only push a bicycle one may not ride it",
        "a b c d e f g h i",
        {
            "ab": "residential; bicycle=dismount",
            "bc": "secondary; bicycle=use_sidepath",
            "cd": "footway; bicycle=yes",
            "de": "pedestrian",
            "ef": "steps",
            "fg": "path",
            "gh": "cycleway",
            "hi": "bridleway",
        },
        "bike a!b, bike b!c, bike cd, bike d!e, bike e!f, bike fgh, bike h!i, foot abcdefg, foot g!h, "
        "foot h!i, car g!h, car abc",
    ),
    "bicycle_contraflow": Case(
        "lanes against the one-way street carry bicycles, whichever side they are tagged on",
        "a b c d e f g",
        {
            "ab": "residential; oneway=yes; cycleway:left=opposite_lane",
            "bc": "residential; oneway=yes; cycleway=opposite",
            "cd": "residential; oneway=yes; cycleway=opposite_track",
            "de": "residential; oneway=yes; cycleway:left=track; cycleway:left:oneway=-1",
            "ef": "residential; oneway=yes; cycleway:right=lane",
            "fg": "residential; oneway=yes; oneway:bicycle=-1",
        },
        "bike edcba, bike f!e, bike ef, bike gf, bike f!g, car e!d, pedelec ba",
    ),
    "motorroad": Case(
        "a motorroad is closed to walkers and riders; a motorway also when a foot tag is missing",
        "a b c",
        {"ab": "trunk; motorroad=yes", "bc": "primary; motorroad=yes"},
        "car abc, bike a!b, bike b!c, foot a!b, foot b!c, bus abc, hgv abc",
    ),
    "access_hierarchy": Case(
        "the key nearest to the vehicle decides",
        "a b c d e f g h",
        {
            "ab": "residential; access=no; motor_vehicle=yes",
            "bc": "residential; vehicle=no; motorcar=yes",
            "cd": "residential; motor_vehicle=yes; motorcar=no",
            "de": "residential; access=no; foot=yes; bicycle=yes",
            "ef": "cycleway; motor_vehicle=designated",
            "fg": "residential; access=yes; vehicle=no",
            "gh": "residential; access=no; hgv=yes",
        },
        "car abc, bike b!c, foot bcde, bike cde, car c!d, bus cd, hgv b!c, car d!e, car ef, car f!g, bike f!g, "
        "foot fg, hgv gh, car g!h, foot a!b, bike a!b",
    ),
    "access_words": Case(
        "customers may go to theirs; private grounds, farms and forests are closed; lorries deliver",
        "a b c d e f g h",
        {
            "ab": "service; access=private",
            "bc": "service; access=agricultural",
            "cd": "service; access=customers",
            "de": "service; access=permissive",
            "ef": "service; access=forestry",
            "fg": "service; access=delivery",
            "gh": "service; access=designated",
        },
        "car a!b, foot a!b, car b!c, car cd, car de, car e!f, car f!g, hgv fg, car gh, foot de, bike b!c",
    ),
    "destination_not_through": Case(
        "to a goal inside, yes; through to a goal outside, only round it",
        ["a       e", "  b c d  ", "x       y"],
        {"ab": "residential", "bcd": "residential; access=destination", "de": "residential", "axye": "residential"},
        "car abc, car abcd, car axye, car edc, car eyxa, car cba, bike axye, foot abcde",
    ),
    "vehicle_destination": Case(
        "Anlieger frei binds vehicles; with bicycles left out they ride through",
        ["a b c d", "x     y"],
        {
            "ab": "residential",
            "bc": "residential; vehicle=destination; bicycle=yes",
            "cd": "residential",
            "axyd": "residential",
        },
        "car axyd, bike abcd, foot abcd, car abc, hgv axyd, bus axyd",
    ),
    "inside_destination": Case(
        "start and goal in the same closed quarter: straight on",
        ["a   c   e", "  b   d  ", "x       y"],
        {
            "ab": "residential; access=destination",
            "bc": "residential; access=destination",
            "cd": "residential; access=destination",
            "de": "residential; access=destination",
            "axye": "residential",
        },
        "car bcd, car dcb, car abc",
    ),
    "private_no_short_cut": Case(
        "one goes round a private yard, also where only the last piece is private to others",
        ["a b c", "x   y"],
        {"ab": "service; access=private", "bc": "service; vehicle=private", "axyc": "residential"},
        "car axyc, foot axycb, foot bc, bike axyc, car b!c",
    ),
    "barriers_by_mode": Case(
        "a barrier closes to those who do not fit through",
        "a b c d e f g h i j k l m",
        {"abcdefghijklm": "residential"},
        "car a!c, bike abc, foot abc, car b!d, bike bcd, foot bcd, car cde, bus cde, car d!f, bus def, "
        "bike e!g, foot efg, car fgh, hgv fgh, car g!i, foot g!i, car hij, bike hij, car i!k, foot ijk, "
        "bike i!k, car jkl, car k!m",
        node_tags={
            "b": "barrier=block",
            "c": "barrier=cycle_barrier",
            "d": "barrier=cattle_grid",
            "e": "barrier=bus_trap",
            "f": "barrier=kissing_gate",
            "g": "barrier=toll_booth",
            "h": "barrier=wall",
            "i": "barrier=gate; access=permissive",
            "j": "barrier=stile",
            "k": "barrier=border_control",
            "l": "barrier=gate; access=private",
        },
    ),
    "barriers_with_access": Case(
        "access tags on the node say who is let through",
        "a b c d e f g h",
        {"abcdefgh": "residential"},
        "car abc, bike b!d, car b!d, foot bcd, bus cde, car c!e, bike cde, car def, car e!g, hgv e!g, foot efg, "
        "car fgh, bike fgh",
        node_tags={
            "b": "barrier=bollard; motor_vehicle=yes",
            "c": "barrier=gate; access=no; foot=yes",
            "d": "barrier=bollard; access=no; bus=yes; bicycle=yes; foot=yes",
            "e": "barrier=swing_gate; access=yes",
            "f": "barrier=gate; motor_vehicle=no",
            "g": "barrier=kerb",
        },
    ),
    "barrier_on_a_crossing": Case(
        "a bollard where ways meet closes all of them to cars; a start at the bollard may leave on either side",
        ["  n  ", "w j e", "  s  "],
        {"wj": "residential", "je": "residential", "nj": "residential", "js": "residential"},
        "car w!e, car n!e, bike wje, foot njs, car je, car jw, car wj, car sj",
        node_tags={"j": "barrier=bollard"},
    ),
    "height_restrictor": Case(
        "a bar over the road lets cars under, not lorries",
        "a b c d e",
        {"abcde": "residential"},
        "car abc, hgv a!c, bike abc, car bcde, hgv bcde",
        node_tags={"b": "barrier=height_restrictor; maxheight=2.2", "c": "barrier=lift_gate", "d": "barrier=entrance"},
    ),
    "not_built_yet": Case(
        "what is planned or being built carries nobody; half closed roads do",
        "a b c d e f g h i",
        {
            "ab": "construction",
            "bc": "proposed; proposed=secondary; access=yes",
            "cd": "primary; construction=yes",
            "de": "primary; proposed=yes",
            "ef": "tertiary; construction=widening",
            "fg": "construction=residential; construction:highway=residential",
            "gh": "abandoned",
            "hi": "razed; motor_vehicle=yes",
        },
        "car a!b, foot a!b, car b!c, foot b!c, car c!d, car def, car f!g, car g!h, car h!i, bike a!b",
    ),
    "ferries": Case(
        "a ferry carries whom its tags name, walkers always",
        "a b c d e f",
        {
            "ab": "route=ferry; motor_vehicle=yes; bicycle=yes; duration=00:10",
            "bc": "route=ferry; foot=yes; bicycle=yes; motor_vehicle=no; duration=PT5M",
            "cd": "route=ferry; motorcar=yes; hgv=no",
            "de": "route=ferry; access=no",
            "ef": "route=ferry; foot=no; motor_vehicle=yes; oneway=yes",
        },
        "car ab, car ba, bike ab, foot ab, hgv ab, car b!c, bike bc, foot cb, car cd, hgv c!d, car d!e, foot d!e, "
        "car ef, car f!e, foot e!f",
    ),
    "bus_only": Case(
        "what is closed to traffic but open to buses, in each way of writing it",
        "a b c d e f g h i",
        {
            "ab": "service; access=no; bus=yes",
            "bc": "service; access=no; psv=yes",
            "cd": "residential; motor_vehicle=no; bus=designated",
            "de": "busway",
            "ef": "bus_guideway",
            "fg": "residential; psv=no",
            "gh": "service; access=psv",
            "hi": "residential; vehicle=no; psv=designated; bicycle=yes",
        },
        "bus abcdef, car a!b, car b!c, car c!d, car d!e, car e!f, bus f!g, car fg, bus gh, car g!h, bus hi, bike hi, "
        "car h!i, foot a!b, foot cd, bike cd, hgv c!d, hgv a!b, foot d!e",
    ),
    "bus_contraflow": Case(
        "lanes for buses against the one-way street",
        "a b c d e",
        {
            "ab": "secondary; oneway=yes; busway=opposite_lane",
            "bc": "secondary; oneway=yes; busway:left=opposite_lane",
            "cd": "secondary; oneway=yes; oneway:psv=no",
            "de": "secondary; oneway=yes",
        },
        "bus dcba, car b!a, car c!b, car d!c, bus e!d, bus abcde",
    ),
    "bus_gate": Case(
        "a gate that opens for buses",
        "a b c",
        {"ab": "residential", "bc": "residential"},
        "bus abc, car a!c, hgv a!c, bike a!c, foot abc, car ab",
        node_tags={"b": "barrier=bollard; vehicle=no; bus=yes"},
    ),
    "tram": Case(
        "trams keep to their rails, and rails in the street carry both",
        "a b c d e f g",
        {
            "ab": "railway=tram",
            "bc": "residential; railway=tram",
            "cd": "railway=tram; oneway=yes",
            "de": "residential; railway=tram; oneway=yes",
            "ef": "railway=construction; construction=tram",
            "fg": "railway=rail",
        },
        "tram abcde, tram d!c, car bc, bus cb, car a!b, tram e!f, tram f!g, foot a!b, bike bc, car e!d, foot ed",
    ),
    "lorries": Case(
        "lorries are kept out by name, weight, height and width; cars pass",
        "a b c d e f g h i",
        {
            "ab": "primary; hgv=no",
            "bc": "primary; maxweight=7.5 t",
            "cd": "primary; maxheight=3.5",
            "de": "primary; maxweight=40",
            "ef": "primary; maxheight=default",
            "fg": "primary; hgv=designated",
            "gh": "primary; goods=no",
            "hi": "primary; toll=yes",
        },
        "hgv a!b, hgv b!c, hgv c!d, hgv def, hgv fghi, car abcdefghi",
    ),
    "lorries_for_delivery": Case(
        "lorries may deliver inside but not pass through",
        ["a b c d e", "x       y"],
        {
            "ab": "residential",
            "bc": "residential; hgv=delivery",
            "cd": "residential; hgv=destination",
            "de": "residential",
            "axye": "residential",
        },
        "hgv axye, hgv abc, hgv edc, car abcde, bus abcde",
    ),
    "lorries_weight_but_goal": Case(
        "a weight limit lifted for deliveries is still no way through",
        ["a b c d", "x     y"],
        {
            "ab": "residential",
            "bc": "residential; maxweight=3.5; maxweight:conditional=none @ delivery",
            "cd": "residential",
            "axyd": "residential",
        },
        "hgv axyd, car abcd",
    ),
    "low_for_cars": Case(
        "limits no car fits under close the road to cars as well",
        "a b c d",
        {"ab": "primary; maxheight=1", "bc": "primary; maxwidth=1.5", "cd": "primary; maxweight=2.8"},
        "car a!b, car b!c, car cd, bike abcd, foot abcd, hgv c!d",
    ),
    "tracks": Case(
        "a track without tags is for farmers, bicycles and walkers; a sign may open it",
        "a b c d e",
        {
            "ab": "track",
            "bc": "track; motor_vehicle=yes",
            "cd": "track; motor_vehicle=agricultural",
            "de": "track; vehicle=private",
        },
        "bike abcd, foot abcde, car bc, car c!d, bike d!e, hgv bc",
    ),
    "living_street": Case(
        "a play street is open both ways to all, yet a faster way round is taken",
        ["a b c", "     "],
        {"ab": "living_street", "bc": "living_street; oneway=yes"},
        "car abc, bike abc, car c!b, foot cba, hgv abc",
    ),
    "areas": Case(
        "the edge of a square is walked along, not driven",
        ["a b", "d c", "  e"],
        {"abcda": "pedestrian; area=yes", "ce": "residential"},
        "foot ecb, foot ab, foot ad, car a!b, car ec, bike a!b",
    ),
    "drivable_areas": Case(
        "a car park's outline is no road",
        ["a b", "d c", "  e"],
        {"abcda": "service; area=yes", "ce": "residential"},
        "car a!b, car ec",
    ),
    "signals_and_levels": Case(
        "signals, stops, levels and bridges close nothing",
        "a b c d e",
        {"abc": "primary; level=0", "cd": "primary; bridge=yes; layer=1", "de": "primary; tunnel=yes; layer=-1"},
        "car abcde, foot edcba, bike abcde",
        node_tags={"b": "traffic_signals", "c": "crossing", "d": "stop"},
    ),
    "bridge_over": Case(
        "two ways that cross without a common node do not meet",
        [" c ", "a b", " d "],
        {"ab": "primary", "cd": "primary; bridge=yes; layer=1"},
        "car ab, car a!c, car cd, foot d!b",
    ),
    "lifts_and_steps": Case(
        "steps, lifts, corridors and platforms are for walkers",
        "a b c d e f",
        {
            "ab": "steps",
            "bc": "corridor",
            "cd": "elevator",
            "de": "platform",
            "ef": "steps; bicycle=yes",
        },
        "foot abcde, bike a!b, car a!b, car b!c, car d!e, bike ef",
    ),
    "bus_lanes_against": Case(
        "a bus lane against the one-way street, told by counts of lanes or by what each lane is for",
        "a b c d",
        {
            "ab": "secondary; oneway=yes; lanes:psv:backward=1",
            "bc": "secondary; oneway=yes; bus:lanes:backward=designated",
            "cd": "secondary; oneway=yes; lanes:psv=1",
        },
        "bus cba, car c!b, car b!a, bus d!c, car abcd, bus abcd",
    ),
    "motorway_exit": Case(
        "off and on again at a junction, never back along a carriageway, and no lorry past a ban",
        ["f e d", " g   ", "a b c"],
        {
            "abc": "motorway",
            "def": "motorway; hgv=no",
            "bg": "motorway_link; oneway=yes",
            "ge": "motorway_link; oneway=yes",
        },
        "car abgef, car abc, car c!b, car f!a, hgv a!f, hgv abge, bike a!c, foot a!g",
    ),
    "closed_node_without_barrier": Case(
        "access tags on a bare node of the road bind like a barrier; those of a crossing or a shop do not",
        "a b c d e",
        {"abcde": "residential"},
        "car a!c, foot abc, car bcd, car cde, foot bcde, bike a!c",
        node_tags={"b": "vehicle=no", "c": "crossing; motor_vehicle=no", "d": "shop=bakery; access=customers"},
    ),
    "locked_or_rising": Case(
        "a locked gate is shut for all, a bollard that sinks opens",
        "a b c d",
        {"abcd": "residential"},
        "car a!c, foot a!c, car bcd, foot bcd",
        node_tags={"b": "barrier=gate; locked=yes", "c": "barrier=bollard; bollard=rising"},
    ),
    "barrier_where_ways_meet": Case(
        "a barrier on the node two ways share closes between them, and on the last node of a way nothing",
        "a b c",
        {"ab": "residential", "bc": "residential"},
        "car a!c, bike abc, car ab, car bc, car cb",
        node_tags={"b": "barrier=block", "c": "barrier=bollard"},
    ),
    "restriction_on_a_barred_node": Case(
        "a bollard and a restriction on one node: each binds those it is for",
        ["  n  ", "w j e", "  s  "],
        {"sj": "residential", "nj": "residential", "wj": "residential", "ej": "residential"},
        "car s!n, car s!e, foot sjw, bike sje, bike wje, car jn",
        node_tags={"j": "barrier=bollard"},
        turns=(("sj j wj", "restriction=no_left_turn"),),
    ),
    "crossed_restrictions": Case(
        "two bans at neighbouring junctions: one goes on until one may turn; a bicycle turns round in a side street",
        ["  f g h", "a b c d", "  e    "],
        {
            "ab": "residential; oneway=yes",
            "bc": "residential; oneway=yes",
            "cd": "residential; oneway=yes",
            "bf": "residential",
            "cg": "residential",
            "dh": "residential",
            "hgf": "residential",
            "eb": "residential",
        },
        "car abcdhgf, hgv abcdhgf, bike abebf, foot abf, car ebf, car abcdhg, car ebfg",
        turns=(("ab b bf", "restriction=no_left_turn"), ("bc c cg", "restriction=no_left_turn")),
    ),
    "conditional_tags": Case(
        "what holds at certain times only is noted, and the way stays as its plain tags say",
        "a b c d",
        {
            "ab": "residential; motor_vehicle:conditional=no @ (Mo-Fr 07:00-09:00)",
            "bc": "primary; hgv:conditional=no @ (22:00-06:00)",
            "cd": "residential; access=no; access:conditional=yes @ (Sa-Su)",
        },
        "car abc, hgv bc, car c!d, foot c!d, bike abc",
    ),
    "feet_on_roads": Case(
        "people walk along any road that is not for motors alone, and on a foot path beside a closed one",
        "a b c d e f g",
        {
            "ab": "trunk; foot=yes",
            "bc": "motorway; foot=yes",
            "cd": "secondary; foot=no",
            "de": "secondary; foot=use_sidepath",
            "ef": "cycleway; foot=designated",
            "fg": "track; access=no; foot=permissive",
        },
        "foot abc, foot cb, foot c!d, foot d!e, foot efg, bike f!g, car cde",
    ),
    "beyond_destination": Case(
        "a street that is reached over destination traffic alone is part of what it serves; an open link ends that",
        ["a b c d", "       ", "e f g h", "x     y"],
        {
            "ab": "residential",
            "bc": "service; access=customers",
            "cd": "residential",
            "ef": "residential",
            "fg": "service; access=customers",
            "gh": "residential",
            "exyh": "residential",
        },
        "car abcd, bike dcba, car exyh, bike exyh, car efg",
    ),
    "via_way_drawn_against": Case(
        "the direction in which a via way is drawn does not matter",
        ["a b e", "  c  ", "f d g"],
        {"ab": "residential", "be": "residential", "dcb": "residential", "fd": "residential", "dg": "residential"},
        "car a!f, car abcdg, car ebcdf, bus a!f, foot abcdf",
        turns=(("ab dcb fd", "restriction=no_right_turn"),),
    ),
    "doubtful_restriction": Case(
        "where ways run on through the junction a restriction does not say which turn it means",
        ["  n  ", "w j e", "  s  "],
        {"sjn": "residential", "wje": "residential"},
        "car sjw, car sjn, car njw",
        turns=(("sjn j wje", "restriction=no_left_turn"),),
    ),
    "odd_values": Case(
        "raceways, rest areas, unknown words and boundaries are no roads; roads of unknown class are",
        "a b c d e f g",
        {
            "ab": "raceway",
            "bc": "rest_area",
            "cd": "garbage",
            "de": "road",
            "ef": "escape",
            "fg": "unclassified; access=unknown",
        },
        "car a!b, car b!c, car c!d, car de, car e!f, car fg, foot de, bike de",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_who_may_pass(name, tmp_path):
    case = CASES[name]
    drawing = [case.drawing] if isinstance(case.drawing, str) else case.drawing
    path = write_osm(
        tmp_path,
        drawing,
        [(letters, tags_of(text)) for letters, text in case.ways.items()],
        node_tags={letter: tags_of(text) for letter, text in case.node_tags.items()},
        relations=list(relations_of(case)),
    )
    roads = {}
    wrong = {}
    for question in case.asked.split(", "):
        mode, expected = question.split()
        if mode not in roads:
            roads[mode] = read(path, mode)
        found = letters_of(roads[mode], expected[0], expected[-1])
        if found != expected:
            wrong[question] = found
    assert not wrong, case.why


def seconds(path, begin, end, mode="car"):
    return route_in_file(path, node_id(begin), node_id(end), mode=mode).time_s


def test_times_follow_the_limit_of_each_direction(tmp_path):
    ways = [
        ("ab", tags_of("primary; maxspeed=100; maxspeed:backward=70")),
        ("bc", tags_of("primary; maxspeed=60 mph")),
        ("cd", tags_of("primary; maxspeed=DE:rural")),
        ("de", tags_of("primary; maxspeed=100; maxspeed:hgv=60")),
    ]
    path = write_osm(tmp_path, ["a b c d e"], ways)
    # letters stand 200 m apart
    assert seconds(path, "a", "b") == pytest.approx(720 / 100, rel=1e-3)
    assert seconds(path, "b", "a") == pytest.approx(720 / 70, rel=1e-3)
    assert seconds(path, "b", "c") == pytest.approx(720 / (60 * 1.609344), rel=1e-3)
    assert seconds(path, "c", "d") == pytest.approx(720 / 100, rel=1e-3)
    assert seconds(path, "d", "e", "hgv") == pytest.approx(720 / 60, rel=1e-3)


def test_the_duration_of_a_ferry_is_its_time_on_all_its_pieces(tmp_path):
    ways = [
        ("abc", tags_of("route=ferry; motor_vehicle=yes; duration=00:10")),
        ("cd", tags_of("route=ferry; motor_vehicle=yes; duration=PT1H30M")),
        ("bx", tags_of("route=ferry; motor_vehicle=yes; duration=7")),
    ]
    path = write_osm(tmp_path, ["a b c d", "  x    "], ways)
    assert seconds(path, "a", "c") == pytest.approx(600)
    assert seconds(path, "a", "b") == pytest.approx(300, rel=1e-3)
    assert seconds(path, "c", "d", "foot") == pytest.approx(5400)
    assert seconds(path, "b", "x") == pytest.approx(420)


def on_the_command_line(path, *arguments):
    found = CliRunner().invoke(app, ["route", str(path), "--json", *map(str, arguments)])
    return found.exit_code, json.loads(found.stdout) if found.exit_code == 0 else found.output


def place(column, row=0.0):
    return f"{SOUTH - row * STEP_LAT},{WEST + column * STEP_LON}"


def test_ends_of_a_route_on_the_command_line(tmp_path):
    ways = [("abc", {"highway": "residential"}), ("ax", {"highway": "footway"})]
    path = write_osm(tmp_path, ["a b c", "x    "], ways)
    a, c, x = (node_id(letter) for letter in "acx")
    whole = [node_id(letter) for letter in "abc"]
    for begin in (("--from-node", a), ("--from", place(0.2))):
        for end in (("--to-node", c), ("--to", place(3.8))):
            assert on_the_command_line(path, *begin, *end)[1]["nodes"] == whole
    # the nearest node that the mode can use is meant
    assert on_the_command_line(path, "--from", place(0.0, 0.9), "--to-node", c)[1]["nodes"] == whole
    walked = on_the_command_line(path, "--from", place(0.0, 0.9), "--to-node", c, "--mode", "foot")[1]
    assert walked["nodes"] == [x, *whole]
    assert on_the_command_line(path, "--from-node", c, "--to-node", c)[1] == {
        "status": "ok",
        "nodes": [c],
        "length_m": 0.0,
        "time_s": 0.0,
    }
    assert on_the_command_line(path, "--from-node", x, "--to-node", c)[1] == {"status": "no_route"}
    assert on_the_command_line(path, "--from-node", a, "--to-node", c, "--mode", "tram")[1] == {"status": "no_route"}
    code, _ = on_the_command_line(path, "--from-node", 4711, "--to-node", c)
    assert code == 1
    code, _ = on_the_command_line(path, "--from-node", a)
    assert code == 2


FILES = {
    "ways before nodes, ids below zero": (
        (
            '<way id="-9"><nd ref="-1"/><nd ref="-2"/><nd ref="-3"/><tag k="highway" v="residential"/></way>'
            '<node id="-3" lat="50.72" lon="12.502"/><node id="-1" lat="50.72" lon="12.5"/>'
            '<node id="-2" lat="50.72" lon="12.501"/>'
        ),
        [-1, -2, -3],
    ),
    "a node is missing between": (
        (
            '<node id="1" lat="50.72" lon="12.5"/><node id="3" lat="50.72" lon="12.502"/>'
            '<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>'
        ),
        None,
    ),
    "nodes missing at both ends, empty ways, a node twice in a row": (
        (
            '<node id="1" lat="50.72" lon="12.5"/><node id="2" lat="50.72" lon="12.501"/>'
            '<node id="3" lat="50.72" lon="12.502"/>'
            '<way id="1"><nd ref="8"/><nd ref="1"/><nd ref="2"/><nd ref="2"/><nd ref="3"/><nd ref="9"/>'
            '<tag k="highway" v="residential"/></way>'
            '<way id="2"><nd ref="2"/><tag k="highway" v="residential"/></way><way id="3"/>'
        ),
        [1, 2, 3],
    ),
    "a way there and back over itself, and the same way again": (
        (
            '<node id="1" lat="50.72" lon="12.5"/><node id="2" lat="50.72" lon="12.501"/>'
            '<node id="3" lat="50.72" lon="12.502"/>'
            '<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="2"/><nd ref="1"/>'
            '<tag k="highway" v="residential"/></way>'
            '<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>'
        ),
        [1, 2, 3],
    ),
    "no roads at all": ('<node id="1" lat="50.72" lon="12.5"/><node id="3" lat="50.72" lon="12.502"/>', None),
}


@pytest.mark.parametrize("name", FILES)
def test_files_written_oddly(name, tmp_path):
    body, nodes = FILES[name]
    path = tmp_path / "odd.osm"
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{body}</osm>', encoding="utf-8")
    sign = -1 if "below zero" in name else 1
    code, answer = on_the_command_line(path, "--from-node", sign, "--to-node", 3 * sign)
    assert code == 0
    assert answer.get("nodes") == nodes
    if nodes is None:
        assert answer == {"status": "no_route"}
    else:
        # one thousandth of a degree of longitude at this latitude, twice
        assert answer["length_m"] == pytest.approx(140.8, abs=0.1)
