"""Asking servers, against a local one that behaves well and badly; nothing waits: pauses are only written down."""

import copy
import datetime as dt
import email.utils
import gzip
import hashlib
import json

import osmnx
import pytest

from fake_server import Reply, as_json, closed_port_address, environment, running_server
from itas_mobility.errors import NetworkError
from itas_mobility.network.osm.online import fetching
from itas_mobility.network.osm.online.fetching import FetchError, cached_answer, download, online_settings

HTML = (
    b"<!DOCTYPE html><html><head><style>p {}</style><title>Sign in</title></head><body>Welcome &amp; pay</body></html>"
)
CONTENT = {"elements": [1, 2, 3]}


@pytest.fixture
def server():
    with running_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _alone(server, tmp_path, monkeypatch):
    for name, value in environment(server, tmp_path / "cache").items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def fetch(server, pauses):
    def one(*paths, request="what is asked", accept=fetching.parse_json, refresh=False, **changes):
        changes = {"first_pause_s": 5.0, "timeout_s": 20.0} | changes
        return cached_answer(
            request,
            [path if path.startswith("http") else server.url(path) for path in paths or ("/a",)],
            accept,
            what="Dorf",
            settings=online_settings(**changes),
            form={"data": "x"},
            refresh=refresh,
            sleep=pauses.append,
        )

    return one


def cached_files(tmp_path):
    folder = tmp_path / "cache" / "online" / "answers"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_an_answer_is_kept_under_what_was_asked_with_checksum_and_time(server, fetch, tmp_path):
    server.answers["/a"] = as_json(CONTENT)
    server.answers["/b"] = as_json({"elements": ["another"]})
    first = fetch("/a")
    assert (first.content, first.is_cached, first.address) == (CONTENT, False, server.url("/a"))
    again = fetch("/b")
    assert (again.content, again.is_cached, again.address) == (CONTENT, True, server.url("/a"))
    assert len(server.asked) == 1
    body_path, about_path = cached_files(tmp_path)
    about = json.loads(about_path.read_text(encoding="utf-8"))
    body = gzip.decompress(body_path.read_bytes())
    assert hashlib.sha256(body).hexdigest() == about["sha256"] == first.sha256
    assert body_path.name == hashlib.sha256(b"what is asked").hexdigest() + ".json.gz"
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(about["fetched_at"])
    assert abs(age.total_seconds()) < 60
    assert fetch("/b", request="something else").content == {"elements": ["another"]}
    assert fetch("/b", refresh=True).content == {"elements": ["another"]}


def test_requests_name_program_version_and_contact(server, fetch, monkeypatch):
    server.answers["/a"] = as_json(CONTENT)
    monkeypatch.setenv("ITAS_MOBILITY_CONTACT", "https://planning.example.org/contact")
    fetch()
    agent = server.asked[0].headers["User-Agent"]
    assert agent.startswith(f"itas_mobility/{fetching.__version__} (https://planning.example.org/contact) OSMnx/2.")
    monkeypatch.setenv("ITAS_MOBILITY_USER_AGENT", "planner/3 (me@example.org)")
    fetch(refresh=True)
    assert server.asked[1].headers["User-Agent"] == "planner/3 (me@example.org)"
    assert server.asked[1].form == {"data": "x"}


def test_a_contact_cannot_write_headers(monkeypatch):
    monkeypatch.setenv("ITAS_MOBILITY_CONTACT", "me\nX-Evil: 1")
    with pytest.raises(NetworkError, match="ITAS_MOBILITY_CONTACT"):
        online_settings()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again_with_doubled_pauses(server, fetch, pauses, status):
    server.answers["/a"] = [Reply(b"busy", status=status)] * 3 + [as_json(CONTENT)]
    assert fetch().content == CONTENT
    assert pauses == [5.0, 10.0, 20.0]


def test_pauses_have_a_longest(server, fetch, pauses):
    server.answers["/a"] = [Reply(status=504)] * 3 + [as_json(CONTENT)]
    fetch(longest_pause_s=7.0)
    assert pauses == [5.0, 7.0, 7.0]


def test_retry_after_is_honoured_as_seconds_and_as_a_date(server, fetch, pauses):
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    server.answers["/a"] = [
        Reply(status=429, headers={"Retry-After": "17"}),
        Reply(status=429, headers={"Retry-After": email.utils.format_datetime(later, usegmt=True)}),
        Reply(status=429, headers={"Retry-After": "soon"}),
        as_json(CONTENT),
    ]
    fetch()
    assert pauses[0] == 17
    assert 50 < pauses[1] <= 60
    assert pauses[2] == 20.0, "a header that says nothing leaves the doubled pause"


def test_a_server_that_asks_for_too_long_a_pause_is_left(server, fetch, pauses):
    server.answers["/a"] = Reply(status=429, headers={"Retry-After": "86400"})
    server.answers["/b"] = as_json(CONTENT)
    assert fetch("/a", "/b").address == server.url("/b")
    assert pauses == []
    with pytest.raises(FetchError, match=r"429.*86400 s, longer than the longest pause of 120 s"):
        fetch("/a", request="other")


def test_a_server_is_tried_so_often_and_no_more(server, fetch, pauses, tmp_path):
    server.answers["/a"] = Reply(b"slot", status=429)
    with pytest.raises(FetchError, match=r"/a: answered 429 Too Many Requests 3 times, the most that is tried"):
        fetch(tries=3)
    assert (server.times("/a"), len(pauses)) == (3, 2)
    assert cached_files(tmp_path) == []


def test_mirrors_are_tried_in_order(server, fetch, pauses, capsys):
    server.answers["/a"] = Reply(status=504)
    server.answers["/b"] = Reply(HTML, headers={"Content-Type": "text/html"})
    server.answers["/c"] = as_json(CONTENT)
    assert fetch("/a", closed_port_address(), "/b", "/c", tries=2).address == server.url("/c")
    assert [asked.path for asked in server.asked] == ["/a", "/a", "/b", "/c"]
    said = capsys.readouterr()
    assert said.out == "", "messages go to stderr"
    assert "asked again in 5 s" in said.err
    assert said.err.count("trying the next server") == 3


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (
            Reply(HTML, headers={"Content-Type": "text/html"}),
            r'web page \(HTML\) instead of data: "Sign in Welcome & pay"',
        ),
        (Reply(HTML, headers={"Content-Type": "application/json"}), r"web page \(HTML\)"),
        (Reply(b"\xef\xbb\xbf \n<html>x", headers={}), r"web page \(HTML\)"),
        (Reply(b"<h1>no</h1>", status=400), r'answered 400 Bad Request: "no"'),
        (Reply(b"gone", status=404), r'answered 404 Not Found: "gone"'),
        (Reply(b'{"elements": [1, 2'), r"JSON that breaks off"),
        (Reply(b'{"elements": ["abc'), r"JSON that breaks off"),
        (Reply(b""), r"something that is not JSON"),
        (Reply(b"elements: none"), r'something that is not JSON \(character 0\): "elements: none"'),
        (Reply(b"\xff\xfe\x00"), r"something that is not JSON"),
        (Reply(b"[" * 200_000), r"something that is not JSON \(RecursionError\)|JSON that breaks off"),
        (Reply(b'{"elements": []}', announced=4000), r"cut off or damaged"),
        (Reply(gzip.compress(b"{}" * 99)[:-9], headers={"Content-Encoding": "gzip"}), r"cut off or damaged"),
        (Reply(b"{}", headers={"Content-Encoding": "br"}), r"encoding 'br'"),
        (Reply(b"not packed", headers={"Content-Encoding": "gzip"}), r"cut off or damaged"),
        (Reply(b"0" * 3_000_000, is_packed=True), r"longer than 1 MB"),
        (Reply(status=302, headers={"Location": "/a"}), r"redirects in a circle|moved to"),
        (Reply(status=307, headers={"Location": "/a"}), r"redirects in a circle or more than 5 times"),
        (Reply(status=307, headers={"Location": "file:///etc/passwd"}), r"not an address"),
    ],
    ids=lambda value: None if isinstance(value, Reply) else value[:30],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_one_message_and_never_kept(server, fetch, tmp_path, reply, said):
    server.answers["/a"] = reply
    with pytest.raises(FetchError, match=said) as caught:
        fetch(max_answer_bytes=1_000_000)
    message = str(caught.value)
    assert server.url("/a") in message
    assert "\n" not in message
    assert len(message) < 800
    assert cached_files(tmp_path) == []


def test_a_moved_server_is_named(server, fetch):
    server.answers["/a"] = Reply(status=301, headers={"Location": "/b"})
    server.answers["/b"] = as_json(CONTENT)
    with pytest.raises(FetchError, match=rf"moved to {server.url('/b')}"):
        fetch("/a")
    server.answers["/a"] = Reply(status=308, headers={"Location": "/b"})
    assert fetch("/a").content == CONTENT, "a redirect that keeps the request is followed"


def test_silence_and_a_trickle_come_to_an_end(server, fetch):
    server.answers["/a"] = Reply(b"{}", wait_s=5)
    with pytest.raises(FetchError, match=r"no answer within 0\.2 s"):
        fetch(timeout_s=0.2)
    server.answers["/a"] = Reply(b"{" + b" " * 500, piece=1, pause_s=0.05)
    with pytest.raises(FetchError, match=r"not complete after 1 s"):
        fetch(timeout_s=0.2)
    server.answers["/a"] = Reply(b"{" + b" " * 500, piece=1, pause_s=5)
    with pytest.raises(FetchError, match=r"stopped for 0\.2 s"):
        fetch(timeout_s=0.2)


def test_nobody_there(fetch):
    address = closed_port_address()
    with pytest.raises(FetchError, match=rf"{address}: cannot be reached \(.*[Rr]efused") as caught:
        fetch(address)
    assert "--osm FILE" in str(caught.value)
    assert "HTTPS_PROXY" in str(caught.value)


def test_packed_answers_are_unpacked(server, fetch):
    server.answers["/a"] = as_json(CONTENT, is_packed=True)
    assert fetch().content == CONTENT


def test_an_answer_cannot_steer_the_terminal(server, fetch):
    server.answers["/a"] = Reply(b"\x1b[31mred\x07\r\nhidden", status=400)
    with pytest.raises(FetchError, match="400") as caught:
        fetch()
    assert str(caught.value).isprintable()


def test_users_passwords_and_keys_in_addresses_stay_secret(server, fetch, tmp_path):
    with_secret = server.url("/a?key=hunter2").replace("//", "//me:geheim@")
    server.answers["/a"] = Reply(b"no", status=403)
    with pytest.raises(FetchError) as caught:
        fetch(with_secret)
    assert "geheim" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    server.answers["/a"] = as_json(CONTENT)
    fetch(with_secret)
    kept = "".join(path.read_text(encoding="utf-8") for path in cached_files(tmp_path) if path.suffix == ".json")
    assert server.url("/a") in kept
    assert "geheim" not in kept
    assert "hunter2" not in kept


@pytest.mark.parametrize("damage", ["other bytes", "cut", "no description", "no body", "half a description"])
def test_a_damaged_entry_of_the_cache_is_named_and_fetched_anew(server, fetch, tmp_path, capsys, damage):
    server.answers["/a"] = as_json(CONTENT)
    fetch()
    body_path, about_path = cached_files(tmp_path)
    sound = body_path.read_bytes()
    if damage == "other bytes":
        body_path.write_bytes(gzip.compress(b'{"elements": [9]}'))
    elif damage == "cut":
        body_path.write_bytes(sound[:-9])
    elif damage == "no description":
        about_path.unlink()
    elif damage == "no body":
        body_path.unlink()
    else:
        about_path.write_text(about_path.read_text(encoding="utf-8")[:40], encoding="utf-8")
    again = fetch()
    assert (again.content, again.is_cached) == (CONTENT, False)
    assert server.times("/a") == 2
    assert ("checksum does not match" in capsys.readouterr().err) == (damage != "no description")
    assert fetch().is_cached


def test_an_entry_that_is_no_longer_good_enough_is_fetched_anew(server, fetch, capsys):
    def stricter(body):
        content = fetching.parse_json(body)
        if content == CONTENT:
            raise fetching.RefusedAnswerError("too little")
        return content

    server.answers["/a"] = [as_json(CONTENT), as_json({"elements": "more"})]
    fetch()
    assert fetch(accept=stricter).content == {"elements": "more"}
    assert "too little" in capsys.readouterr().err
    assert fetch(accept=stricter).is_cached


def test_an_interrupted_call_leaves_nothing(server, fetch, tmp_path):
    def interrupted(_):
        raise KeyboardInterrupt

    server.answers["/a"] = as_json(CONTENT)
    with pytest.raises(KeyboardInterrupt):
        fetch(accept=interrupted)
    assert cached_files(tmp_path) == []


def settings_of_osmnx():
    plain = (str, int, float, list, dict, bool, type(None))
    return copy.deepcopy(
        {name: value for name, value in vars(osmnx.settings).items() if type(value) in plain and name[0] != "_"}
    )


def test_settings_of_osmnx_are_read_and_never_written(server, fetch, monkeypatch):
    for name in ("OVERPASS", "NOMINATIM", "FIRST_PAUSE_S", "NOMINATIM_PAUSE_S"):
        monkeypatch.delenv(f"ITAS_MOBILITY_{name}")
    plain = online_settings()
    assert plain.overpass == fetching.PUBLIC_MIRRORS
    assert plain.timeout_s == 180
    monkeypatch.setattr(osmnx.settings, "overpass_url", fetching.PUBLIC_MIRRORS[1] + "/")
    assert online_settings().overpass == fetching.PUBLIC_MIRRORS[::-1]
    monkeypatch.setattr(osmnx.settings, "overpass_url", server.url("/own"))
    monkeypatch.setattr(osmnx.settings, "requests_timeout", 33)
    monkeypatch.setattr(osmnx.settings, "http_user_agent", "office/1 (me@example.org)")
    monkeypatch.setattr(osmnx.settings, "requests_kwargs", {"headers": {"X-Office": "1"}, "timeout": 5})
    before = settings_of_osmnx()
    own = online_settings()
    assert own.overpass == (server.url("/own"),), "a server of one's own is not left for public ones"
    assert (own.timeout_s, own.user_agent) == (33, "office/1 (me@example.org)")
    server.answers["/a"] = [as_json(CONTENT), Reply(HTML)]
    fetch()
    assert server.asked[0].headers["X-Office"] == "1"
    with pytest.raises(FetchError):
        fetch(refresh=True)
    assert settings_of_osmnx() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ITAS_MOBILITY_TIMEOUT_S", "soon"),
        ("ITAS_MOBILITY_TIMEOUT_S", "-1"),
        ("ITAS_MOBILITY_TIMEOUT_S", "nan"),
        ("ITAS_MOBILITY_TRIES", "0"),
        ("ITAS_MOBILITY_TRIES", "2.5"),
        ("ITAS_MOBILITY_TILE_KM2", "0"),
        ("ITAS_MOBILITY_OVERPASS", "ftp://example.org"),
        ("ITAS_MOBILITY_NOMINATIM", "nominatim"),
    ],
)
def test_impossible_settings_are_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(NetworkError) as caught:
        online_settings()
    assert value.removesuffix(".5") in str(caught.value) or name.removeprefix("ITAS_MOBILITY_").lower() in str(
        caught.value
    )


def test_an_unknown_setting_is_named():
    with pytest.raises(NetworkError, match="mirror"):
        online_settings(mirror="x")


# --- files ---------------------------------------------------------------------------------------------------------

FILE = bytes(range(256)) * 4000


@pytest.fixture
def get(server, pauses, tmp_path):
    def one(path="/f.bin", *, check=len, name="file.bin", **more):
        return download(
            server.url(path),
            tmp_path / "out" / name,
            title="The file",
            licence="CC0",
            attribution="nobody",
            check=lambda file: check(file.read_bytes()),
            settings=online_settings(first_pause_s=5.0, **more.pop("changes", {})),
            sleep=pauses.append,
            **more,
        )

    return one


def test_a_file_comes_with_a_manifest_and_is_not_fetched_twice(server, get, tmp_path):
    server.answers["/f.bin"] = Reply(FILE)
    got = get()
    assert got.path.read_bytes() == FILE
    about = json.loads((tmp_path / "out" / "file.bin.manifest.json").read_text(encoding="utf-8"))
    assert about["sha256"] == hashlib.sha256(FILE).hexdigest() == got.sha256
    assert about["bytes"] == len(FILE)
    assert (about["address"], about["licence"], about["attribution"]) == (server.url("/f.bin"), "CC0", "nobody")
    assert dt.datetime.fromisoformat(about["fetched_at"]).tzinfo is not None
    again = get()
    assert again == got
    assert again.is_reused
    assert server.times("/f.bin") == 1
    assert not get(refresh=True).is_reused
    assert server.times("/f.bin") == 2


def test_a_file_that_was_changed_is_fetched_anew(server, get, capsys):
    server.answers["/f.bin"] = Reply(FILE)
    got = get()
    got.path.write_bytes(FILE[:-1] + b"x")
    assert not get().is_reused
    assert got.path.read_bytes() == FILE
    assert "checksum does not match" in capsys.readouterr().err


def part_by_part(cut_at, tag='"v1"'):
    """A server that breaks off at a place the first time and understands ranges."""
    seen = []

    def answer(asked):
        seen.append(asked)
        wanted = asked.headers.get("Range")
        headers = {"ETag": tag} if tag else {}
        if wanted and asked.headers.get("If-Range") == tag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            headers["Content-Range"] = f"bytes {start}-{len(FILE) - 1}/{len(FILE)}"
            return Reply(FILE[start:], status=206, headers=headers)
        return Reply(FILE[:cut_at], headers=headers, announced=len(FILE)) if len(seen) == 1 else Reply(FILE)

    answer.seen = seen
    return answer


def test_a_broken_transfer_is_taken_up_where_it_broke_off(server, get, pauses):
    server.answers["/f.bin"] = answer = part_by_part(300_000)
    assert get().path.read_bytes() == FILE
    assert pauses == [5.0]
    start = int(answer.seen[1].headers["Range"].removeprefix("bytes=").removesuffix("-"))
    assert 0 < start <= 300_000


def test_a_later_call_takes_up_a_broken_transfer(server, get, tmp_path):
    server.answers["/f.bin"] = answer = part_by_part(300_000)
    with pytest.raises(FetchError, match=r"The file: .*f\.bin: the answer is cut off"):
        get(changes={"tries": 1})
    assert not (tmp_path / "out").exists()
    assert get(changes={"tries": 1}).path.read_bytes() == FILE
    assert answer.seen[1].headers["Range"]


@pytest.mark.parametrize("tag", [None, 'W/"weak"'])
def test_without_a_sound_mark_a_broken_transfer_begins_anew(server, get, tag):
    server.answers["/f.bin"] = answer = part_by_part(300_000, tag)
    assert get().path.read_bytes() == FILE
    assert answer.seen[1].headers["Range"] is None


def test_another_version_on_the_server_begins_anew(server, get):
    cut = Reply(FILE[:300_000], headers={"ETag": '"old"'}, announced=len(FILE))
    server.answers["/f.bin"] = [cut, Reply(FILE[::-1], headers={"ETag": '"new"'})]
    assert get().path.read_bytes() == FILE[::-1]
    server.answers["/f.bin"] = [cut, Reply(status=416), Reply(FILE)]
    assert get(refresh=True).path.read_bytes() == FILE


def test_a_range_nobody_asked_for_is_refused(server, get):
    server.answers["/f.bin"] = [
        Reply(FILE[:300_000], headers={"ETag": '"v"'}, announced=len(FILE)),
        Reply(FILE[5:], status=206, headers={"ETag": '"v"', "Content-Range": f"bytes 5-{len(FILE) - 1}/{len(FILE)}"}),
    ]
    with pytest.raises(FetchError, match="another range"):
        get()


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(HTML, headers={"Content-Type": "text/html; charset=utf-8"}), "web page"),
        (Reply(HTML, headers={"Content-Type": "application/octet-stream"}), "web page"),
        (Reply(b"gone", status=404), 'answered 404 Not Found: "gone"'),
        (Reply(FILE, announced=-1), "does not say how long"),
        (Reply(status=503), "answered 503 Service Unavailable 4 times"),
        (Reply(status=307, headers={"Location": "/f.bin"}), "redirects in a circle"),
    ],
)
def test_files_that_cannot_be_used_leave_nothing_behind(server, get, tmp_path, reply, said):
    server.answers["/f.bin"] = reply
    with pytest.raises(FetchError, match=said) as caught:
        get()
    assert server.url("/f.bin") in str(caught.value)
    assert not (tmp_path / "out").exists()
    parts = tmp_path / "cache" / "online" / "parts"
    assert not parts.exists() or list(parts.iterdir()) == []


def test_a_file_that_is_not_what_is_expected_is_refused(server, get, tmp_path):
    def refuse(_):
        raise NetworkError("is no map")

    server.answers["/f.bin"] = Reply(FILE)
    with pytest.raises(FetchError, match=r"The file: .*is no map"):
        get(check=refuse)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_busy_download_server_is_asked_again(server, get, pauses):
    server.answers["/f.bin"] = [Reply(status=429, headers={"Retry-After": "2"}), Reply(FILE)]
    assert get().path.read_bytes() == FILE
    assert pauses == [2.0]
