"""Small OpenStreetMap files for tests, drawn as rows of letters on a 100 m grid."""

from pathlib import Path
from xml.sax.saxutils import quoteattr

STEP_LAT = 100.0 / 6371008.8 * 57.29577951308232
WEST, SOUTH = 12.4964, 50.7189
STEP_LON = STEP_LAT / 0.6331


def node_id(letter):
    return 1000 + ord(letter) - ord("a") + 1


def osm_text(drawing, ways, *, node_tags=None, relations=()):
    """`ways`: list of (letters, tags); `relations`: list of (members, tags), members (type, id, role)."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']

    def tags(mapping):
        return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in mapping.items())

    for row, line in enumerate(drawing):
        for column, letter in enumerate(line):
            if letter != " ":
                lat, lon = SOUTH - row * STEP_LAT, WEST + column * STEP_LON
                inner = tags((node_tags or {}).get(letter, {}))
                out.append(f'<node id="{node_id(letter)}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">{inner}</node>')
    for number, (letters, mapping) in enumerate(ways):
        refs = "".join(f'<nd ref="{node_id(letter)}"/>' for letter in letters)
        out.append(f'<way id="{2001 + number}" version="1">{refs}{tags(mapping)}</way>')
    for number, (members, mapping) in enumerate(relations):
        inner = "".join(f'<member type="{t}" ref="{ref}" role={quoteattr(role)}/>' for t, ref, role in members)
        out.append(f'<relation id="{3001 + number}" version="1">{inner}{tags(mapping)}</relation>')
    return "\n".join([*out, "</osm>", ""])


def write_osm(folder: Path, drawing, ways, *, name="town.osm", **more) -> Path:
    path = folder / name
    path.write_text(osm_text(drawing, ways, **more), encoding="utf-8")
    return path
