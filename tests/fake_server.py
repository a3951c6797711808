"""A server on the loopback address that plays Overpass, Nominatim and a download page, well or badly."""

import gzip
import json
import threading
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """One answer; `announced` lies about the length, `wait_s` is silence before the body."""

    body: bytes = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    announced: int | None = None
    wait_s: float = 0.0
    is_packed: bool = False
    piece: int = 0
    pause_s: float = 0.0


@dataclass
class Asked:
    method: str
    path: str
    query: dict
    form: dict
    headers: Message


def as_json(content, **more) -> Reply:
    return Reply(json.dumps(content).encode(), headers={"Content-Type": "application/json"}, **more)


class FakeServer:
    """`answers` maps a path to replies: the last one is repeated; a function gets what was asked."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.stopped = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                self.handle_one({})

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                self.handle_one(dict(urllib.parse.parse_qsl(self.rfile.read(length).decode())))

            def handle_one(self, form):
                parts = urllib.parse.urlsplit(self.path)
                asked = Asked(self.command, parts.path, dict(urllib.parse.parse_qsl(parts.query)), form, self.headers)
                fake.asked.append(asked)
                found = fake.answers.get(parts.path, Reply(b"nothing here", status=404))
                if isinstance(found, list):
                    found = found.pop(0) if len(found) > 1 else found[0]
                self.send(found(asked) if callable(found) else found)

            def send(self, reply):
                if reply.wait_s:
                    fake.stopped.wait(reply.wait_s)
                body = gzip.compress(reply.body) if reply.is_packed else reply.body
                self.send_response(reply.status)
                for key, value in reply.headers.items():
                    self.send_header(key, value)
                if reply.is_packed:
                    self.send_header("Content-Encoding", "gzip")
                if reply.announced != -1:
                    length = len(body) if reply.announced is None else reply.announced
                    self.send_header("Content-Length", str(length))
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                try:
                    for start in range(0, len(body), reply.piece or len(body) or 1):
                        self.wfile.write(body[start : start + (reply.piece or len(body))])
                        if reply.pause_s and fake.stopped.wait(reply.pause_s):
                            return
                except (BrokenPipeError, ConnectionResetError):
                    return  # the asking side has given up, which is what such tests are about

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def url(self, path="/api"):
        return self.address + path

    def times(self, path):
        return sum(asked.path == path for asked in self.asked)

    def close(self):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@contextmanager
def running_server():
    server = FakeServer()
    try:
        yield server
    finally:
        server.close()


def environment(server, cache) -> dict[str, str]:
    """Variables with which the library asks the fake server alone, with an empty cache and no pauses to speak of."""
    return {
        "ITAS_MOBILITY_CACHE": str(cache),
        "ITAS_MOBILITY_OVERPASS": server.url("/api"),
        "ITAS_MOBILITY_NOMINATIM": server.address,
        "ITAS_MOBILITY_FIRST_PAUSE_S": "0.01",
        "ITAS_MOBILITY_NOMINATIM_PAUSE_S": "0",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def closed_port_address() -> str:
    """An address on which nobody listens."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/api"


# A village: a square of streets with a turn restriction, and a bus line with two stops.
WEST, SOUTH, EAST, NORTH = 12.40, 50.70, 12.42, 50.72
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH], [WEST, SOUTH]]],
}


def found_place(name="Dorf", number=4711, geometry=None, **more):
    return {
        "place_id": 1, "osm_type": "relation", "osm_id": number, "class": "boundary", "type": "administrative",
        "importance": 0.5, "name": name, "display_name": f"{name}, Sachsen, Deutschland",
        "lat": "50.71", "lon": "12.41", "boundingbox": [str(SOUTH), str(NORTH), str(WEST), str(EAST)],
        "geojson": SQUARE if geometry is None else geometry, **more,
    }  # fmt: skip


def square_at(lon, lat, size=0.01):
    ring = [[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def village():
    places = {
        1: (12.405, 50.705), 2: (12.410, 50.705), 3: (12.415, 50.705), 4: (12.410, 50.710), 5: (12.410, 50.715),
        6: (12.440, 50.705),
    }  # fmt: skip
    nodes = [{"type": "node", "id": i, "lon": lon, "lat": lat} for i, (lon, lat) in places.items()]
    stops = [
        {"type": "node", "id": 10 + i, "lon": places[i][0], "lat": places[i][1] + 0.0001,
         "tags": {"highway": "bus_stop", "public_transport": "platform", "name": f"Halt {i}"}}
        for i in (1, 5)
    ]  # fmt: skip
    street = {"highway": "residential", "name": "Hauptstraße"}
    ways = [
        {"type": "way", "id": 100, "nodes": [1, 2], "tags": street},
        {"type": "way", "id": 101, "nodes": [2, 3, 6], "tags": {"highway": "residential"}},
        {"type": "way", "id": 102, "nodes": [2, 4, 5], "tags": {"highway": "tertiary", "maxspeed": "50"}},
    ]
    no_left = {
        "type": "relation", "id": 200,
        "members": [
            {"type": "way", "ref": 100, "role": "from"},
            {"type": "node", "ref": 2, "role": "via"},
            {"type": "way", "ref": 102, "role": "to"},
        ],
        "tags": {"type": "restriction", "restriction": "no_left_turn"},
    }  # fmt: skip
    line = {
        "type": "relation", "id": 201,
        "members": [
            {"type": "node", "ref": 11, "role": "platform"},
            {"type": "node", "ref": 15, "role": "platform"},
            {"type": "way", "ref": 100, "role": ""},
            {"type": "way", "ref": 102, "role": ""},
        ],
        "tags": {"type": "route", "route": "bus", "ref": "1", "public_transport:version": "2"},
    }  # fmt: skip
    # in an order that no file may have
    return [line, no_left, *ways, *reversed(nodes), *stops]


def overpass_answer(elements=None, **more):
    return {
        "version": 0.6, "generator": "fake",
        "osm3s": {"timestamp_osm_base": "2026-11-24T06:00:00Z", "copyright": "ODbL"},
        "elements": village() if elements is None else elements, **more,
    }  # fmt: skip
