"""Asking servers for data: mirrors in order, time-outs, back-off, a cache, and no answer believed unseen.

What of OSMnx is used, and why no more: this module takes the addresses, time-out, proxies and certificates, memory
limit and keys from ``osmnx.settings``, so that what users of OSMnx have set holds here too, and sends the requests
itself with the library OSMnx sends them with. OSMnx's own requests would wait 55 seconds after each 429 without an
end, know one address only, replace ``socket.getaddrinfo`` for the whole process, name another program in the
User-Agent, and cannot ask for relations, without which there are neither turn restrictions nor lines.
``osmnx.settings`` is read and never written.

Settings come from the environment, else from ``osmnx.settings``, else from the defaults of `OnlineSettings`; see
`online_settings`.
"""

import email.utils
import functools
import gzip
import hashlib
import html
import importlib.metadata
import json
import math
import os
import re
import shutil
import time
import urllib.parse
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from itas_mobility.atomic import write_bytes, write_file, write_text
from itas_mobility.caching import writable_cache_folder
from itas_mobility.errors import NetworkError
from itas_mobility.version import __version__

if TYPE_CHECKING:
    import requests

T = TypeVar("T")
Sleep = Callable[[float], object]

PUBLIC_MIRRORS: Final = ("https://overpass-api.de/api", "https://overpass.private.coffee/api")
"""Public Overpass servers that hold the whole world (OpenStreetMap wiki, "Overpass API", public instances)."""
RETRIED: Final = frozenset({429, 502, 503, 504})
"""Answers after which the same server is asked again: too many requests, bad gateway, unavailable, gateway time-out."""
_MAX_REDIRECTS: Final = 5
_CONNECT_S: Final = 10.0
"""A server that does not take a connection within this time is down (assumption)."""
_WHOLE_ANSWER: Final = 5.0
"""The whole answer may take this many time-outs (assumption), so that a trickle of bytes is no endless wait."""
_CHUNK: Final = 1 << 16
_GZIP: Final = zlib.MAX_WBITS | 16
"""What zlib is told to expect a gzip header (zlib manual, inflateInit2)."""
_EXCERPT: Final = 160
"""Characters of an answer that a message quotes."""
_MANIFEST: Final = ".manifest.json"


class FetchError(NetworkError):
    """Data could not be fetched: no network, or no server gave a usable answer."""


class RefusedAnswerError(FetchError):
    """One server's answer cannot be used; the message says what was answered."""


class _CutOffError(RefusedAnswerError):
    """An answer that began well and did not come to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineSettings:
    """How servers are asked."""

    overpass: tuple[str, ...] = PUBLIC_MIRRORS
    """Overpass servers, tried in this order; with or without the trailing ``/interpreter``."""
    nominatim: str = "https://nominatim.openstreetmap.org/"
    timeout_s: float = 180.0
    """Longest silence of a server, and the time Overpass may work on a request. 180 s is Overpass' own default."""
    user_agent: str = ""
    """Program, version and a contact, which the usage policies of OpenStreetMap's services ask for."""
    tries: int = 4
    """How often one server is asked before the next one (assumption)."""
    first_pause_s: float = 5.0
    """Pause after the first 429 or 504 (assumption); doubled after each further one."""
    longest_pause_s: float = 120.0
    """No pause is longer (assumption). A server that asks for more in ``Retry-After`` is left for the next one."""
    nominatim_pause_s: float = 1.0
    """Pause between two requests to Nominatim, whose usage policy allows one a second."""
    tile_km2: float = 600.0
    """Largest area of one request to Overpass (assumption: dense German towns answer well below the time-out)."""
    max_answer_bytes: int = 1 << 30
    """A longer answer (unpacked) is refused (assumption: ten times a dense tile)."""
    overpass_memory_bytes: int | None = None
    """Memory that Overpass may use for a request; its own default if None."""
    nominatim_key: str | None = None
    accept_language: str = "de,en"
    request_options: Mapping[str, Any] = field(default_factory=dict)
    """Further options of ``requests``: proxies, certificates, authentication."""

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be {rule}"
            for name, is_right, rule in (
                ("overpass", bool(self.overpass), "at least one address"),
                ("timeout_s", math.isfinite(self.timeout_s) and self.timeout_s > 0, "above 0"),
                ("tries", self.tries >= 1, "at least 1"),
                ("first_pause_s", 0 <= self.first_pause_s < math.inf, "0 or more"),
                ("longest_pause_s", 0 <= self.longest_pause_s < math.inf, "0 or more"),
                ("nominatim_pause_s", 0 <= self.nominatim_pause_s < math.inf, "0 or more"),
                ("tile_km2", math.isfinite(self.tile_km2) and self.tile_km2 > 0, "above 0"),
                ("max_answer_bytes", self.max_answer_bytes > 0, "above 0"),
            )
            if not is_right
        ]
        for address in (*self.overpass, self.nominatim):
            if urllib.parse.urlsplit(address).scheme not in {"http", "https"}:
                faults.append(f"{address!r} is not an address that begins with http:// or https://")
        if faults:
            raise NetworkError("settings of the network: " + "; ".join(faults))


_VARIABLES: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "ITAS_MOBILITY_OVERPASS": ("overpass", lambda text: tuple(re.split(r"[\s,]+", text.strip(" ,")))),
    "ITAS_MOBILITY_NOMINATIM": ("nominatim", str),
    "ITAS_MOBILITY_TIMEOUT_S": ("timeout_s", float),
    "ITAS_MOBILITY_USER_AGENT": ("user_agent", str),
    "ITAS_MOBILITY_TRIES": ("tries", int),
    "ITAS_MOBILITY_FIRST_PAUSE_S": ("first_pause_s", float),
    "ITAS_MOBILITY_LONGEST_PAUSE_S": ("longest_pause_s", float),
    "ITAS_MOBILITY_NOMINATIM_PAUSE_S": ("nominatim_pause_s", float),
    "ITAS_MOBILITY_TILE_KM2": ("tile_km2", float),
}
_CONTACT: Final = "ITAS_MOBILITY_CONTACT"


def online_settings(**changes: Any) -> OnlineSettings:
    """Settings for asking servers: arguments, else environment variables, else ``osmnx.settings``, else defaults.

    Environment: ``ITAS_MOBILITY_OVERPASS`` (addresses with commas in between), ``ITAS_MOBILITY_NOMINATIM``,
    ``ITAS_MOBILITY_TIMEOUT_S``, ``ITAS_MOBILITY_USER_AGENT``, ``ITAS_MOBILITY_CONTACT`` (an address at which the
    operators of the servers can reach you, put into the user agent), ``ITAS_MOBILITY_TRIES``,
    ``ITAS_MOBILITY_FIRST_PAUSE_S``, ``ITAS_MOBILITY_LONGEST_PAUSE_S``, ``ITAS_MOBILITY_NOMINATIM_PAUSE_S`` and
    ``ITAS_MOBILITY_TILE_KM2``.

    If ``osmnx.settings.overpass_url`` names a server of one's own, that server alone is asked; the public mirrors are
    asked only if it names one of them.

    Parameters
    ----------
    **changes : Any
        Fields of `OnlineSettings`.

    Returns
    -------
    OnlineSettings
        The settings; nothing outside is changed.

    Raises
    ------
    NetworkError
        If a variable or a field has no possible value; the message names it.
    """
    from osmnx import settings as osmnx_settings

    first = str(osmnx_settings.overpass_url).rstrip("/")
    public = first in PUBLIC_MIRRORS
    values: dict[str, Any] = {
        "overpass": (first, *(m for m in PUBLIC_MIRRORS if m != first)) if public else (first,),
        "nominatim": str(osmnx_settings.nominatim_url),
        "timeout_s": float(osmnx_settings.requests_timeout),
        "overpass_memory_bytes": osmnx_settings.overpass_memory,
        "nominatim_key": osmnx_settings.nominatim_key,
        "request_options": dict(osmnx_settings.requests_kwargs),
    }
    agent = str(osmnx_settings.http_user_agent)
    # the text that OSMnx ships names OSMnx's own page, where nobody knows of this library
    if not agent.startswith("OSMnx Python package"):
        values["user_agent"] = agent
    for variable, (name, parse) in _VARIABLES.items():
        text = os.environ.get(variable, "").strip()
        if text:
            try:
                values[name] = parse(text)
            except ValueError:
                raise NetworkError(
                    f"environment variable {variable}={text!r}: is not a number; mend or unset it"
                ) from None
    values |= changes
    try:
        settings = OnlineSettings(**values)
    except TypeError as fault:
        raise NetworkError(f"settings of the network: {fault}") from None
    return settings if settings.user_agent else replace(settings, user_agent=default_user_agent())


def default_user_agent() -> str:
    """Name and version of this library with a contact, and of OSMnx, for the User-Agent of requests.

    Returns
    -------
    str
        The contact is ``ITAS_MOBILITY_CONTACT``, else the project's address where the installed package states one.
    """
    contact = os.environ.get(_CONTACT, "").strip() or _project_address()
    # a line break would let the variable write headers of its own
    if not contact.isprintable():
        raise NetworkError(f"environment variable {_CONTACT}={contact!r}: must be one line; mend or unset it")
    osmnx_version = importlib.metadata.version("osmnx")
    return f"itas_mobility/{__version__}" + (f" ({contact})" if contact else "") + f" OSMnx/{osmnx_version}"


def _project_address() -> str:
    try:
        addresses = importlib.metadata.metadata("itas_mobility").get_all("Project-URL") or []
    except importlib.metadata.PackageNotFoundError:
        return ""
    return str(addresses[0]).rpartition(",")[2].strip() if addresses else ""


def tell(message: str) -> None:
    """Say something to the person who waits: on stderr, without breaking a progress bar.

    Parameters
    ----------
    message : str
        One line.
    """
    import sys

    from tqdm import tqdm

    tqdm.write(message, file=sys.stderr)


def shown(address: str) -> str:
    """An address as messages may show it: without user, password and query, which may hold keys.

    Parameters
    ----------
    address : str
        Address.

    Returns
    -------
    str
        Scheme, host, port and path.
    """
    parts = urllib.parse.urlsplit(address)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a server answered, or what the cache holds of it."""

    content: T
    address: str
    fetched_at: str
    """Time in UTC, ISO 8601."""
    sha256: str
    """Of the answer's bytes."""
    is_cached: bool


def cached_answer(
    request: str,
    addresses: Sequence[str],
    accept: Callable[[bytes], T],
    *,
    what: str,
    settings: OnlineSettings,
    form: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    is_kept: Callable[[T], bool] = bool,
    refresh: bool = False,
    sleep: Sleep = time.sleep,
) -> Answer[T]:
    """The answer to a request: from the cache if it holds a sound one, else from the first server that gives one.

    The cache is keyed by what is asked, not by whom. It keeps the answer's bytes with their SHA-256 and the time; an
    entry whose checksum does not match is named, thrown away and fetched anew.

    Parameters
    ----------
    request : str
        What is asked, in full; names the entry of the cache.
    addresses : sequence of str
        Servers, tried in order.
    accept : callable
        Makes the content from the answer's bytes, or raises `RefusedAnswerError`.
    what : str
        Subject of messages.
    settings : OnlineSettings
        Time-outs, pauses, user agent.
    form : mapping of str, optional
        Form to send (POST); without it the request is a GET.
    query : mapping of str, optional
        Parameters behind the address.
    is_kept : callable, default=bool
        Whether a content is worth keeping.
    refresh : bool, default=False
        Ask the servers even if the cache holds an answer.
    sleep : callable, default=time.sleep
        Waits for a number of seconds.

    Returns
    -------
    Answer
        Content, and where and when it was fetched.

    Raises
    ------
    FetchError
        If no server gives a usable answer; one message names each with what it answered.
    """
    key = hashlib.sha256(request.encode()).hexdigest()
    folder = writable_cache_folder("online", "answers")
    body_path, about_path = folder / f"{key}.json.gz", folder / f"{key}{_MANIFEST}"
    if not refresh:
        found = _read_answer(body_path, about_path, what)
        if found is not None:
            body, about = found
            try:
                content = accept(body)
            except RefusedAnswerError as refusal:
                # kept by an earlier version that looked less closely
                tell(f"{what}: {body_path}: {refusal}; the entry is fetched anew")
            else:
                return Answer(content, about["address"], about["fetched_at"], about["sha256"], is_cached=True)
    content, body, address = ask(addresses, accept, what=what, settings=settings, form=form, query=query, sleep=sleep)
    answer = Answer(content, shown(address), now(), hashlib.sha256(body).hexdigest(), is_cached=False)
    if is_kept(content):
        # the description is written last: without it the entry does not count
        write_bytes(body_path, gzip.compress(body, 6, mtime=0))
        about = {
            "what": what, "request_sha256": key, "address": answer.address, "fetched_at": answer.fetched_at,
            "sha256": answer.sha256, "bytes": len(body),
        }  # fmt: skip
        write_text(about_path, json.dumps(about, ensure_ascii=False, indent=1) + "\n")
    return answer


def _read_answer(body_path: Path, about_path: Path, what: str) -> tuple[bytes, dict[str, Any]] | None:
    """Bytes and description of a sound entry of the cache; None, and a word about it, for a damaged one."""
    if not about_path.exists():
        return None
    try:
        about = json.loads(about_path.read_text(encoding="utf-8"))
        with gzip.open(body_path) as stream:
            body = stream.read(int(about["bytes"]) + 1)
        is_sound = hashlib.sha256(body).hexdigest() == about["sha256"] and {"address", "fetched_at"} <= about.keys()
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        is_sound = False
    if is_sound:
        return body, about
    tell(f"{what}: {body_path}: the checksum does not match; the entry is thrown away and fetched anew")
    about_path.unlink(missing_ok=True)
    body_path.unlink(missing_ok=True)
    return None


def now() -> str:
    """The time in UTC, ISO 8601, to the second.

    Returns
    -------
    str
        E.g. 2026-11-24T06:00:00+00:00.
    """
    return datetime.now(UTC).isoformat(timespec="seconds")


def ask(
    addresses: Sequence[str],
    accept: Callable[[bytes], T],
    *,
    what: str,
    settings: OnlineSettings,
    form: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    sleep: Sleep = time.sleep,
) -> tuple[T, bytes, str]:
    """Ask servers in order until one gives an answer that can be used; nothing is cached.

    Parameters
    ----------
    addresses, accept, what, settings, form, query, sleep
        As in `cached_answer`.

    Returns
    -------
    content : object
        What `accept` made of the answer.
    body : bytes
        The answer.
    address : str
        The server that gave it.

    Raises
    ------
    FetchError
        If none does.
    """
    refusals: list[str] = []
    with _session(settings) as session:
        for address in addresses:
            try:
                body = _body(session, address, form, query, settings, sleep)
                return accept(body), body, address
            except RefusedAnswerError as refusal:
                refusals.append(f"{shown(address)}: {refusal}")
                if len(refusals) < len(addresses):
                    tell(f"{what}: {refusals[-1]}; trying the next server")
    raise FetchError(f"{what}: keine brauchbare Antwort / no usable answer: {'; '.join(refusals)}. {HINT}")


HINT: Final = (
    "Ohne Netz eine eigene Datei angeben / without a network give a file of your own (--osm FILE); "
    "proxy: HTTPS_PROXY; mirrors: ITAS_MOBILITY_OVERPASS"
)
"""What to do, at the end of a message."""


@contextmanager
def _session(settings: OnlineSettings) -> Iterator["requests.Session"]:
    import requests

    with requests.Session() as session:
        session.max_redirects = _MAX_REDIRECTS
        session.headers.update(
            {
                "User-Agent": settings.user_agent,
                "Accept-Language": settings.accept_language,
                "Accept-Encoding": "gzip",
            }
        )
        yield session


def _body(
    session: "requests.Session",
    address: str,
    form: Mapping[str, str] | None,
    query: Mapping[str, str] | None,
    settings: OnlineSettings,
    sleep: Sleep,
) -> bytes:
    """Bytes that one server answers with, after as many tries as are allowed."""
    method = "GET" if form is None else "POST"
    for left in range(settings.tries - 1, -1, -1):
        with _sent(session, method, address, settings, data=form, params=query) as response:
            if response.status_code not in RETRIED:
                body = _read_body(response, settings)
                _check_answer(response, method, body)
                return body
            pause_s = _pause_s(response, settings, settings.tries - 1 - left, is_last=not left)
        tell(f"{shown(address)}: {_status(response)}; asked again in {pause_s:g} s ({left} tries left)")
        sleep(pause_s)
    raise AssertionError("the last try answers or raises")


def _status(response: "requests.Response") -> str:
    return f"answered {response.status_code} {response.reason or ''}".strip()


def _pause_s(response: "requests.Response", settings: OnlineSettings, attempt: int, *, is_last: bool) -> float:
    """How long to wait after an answer that asks for patience; raises where waiting is no use."""
    if is_last:
        raise RefusedAnswerError(f"{_status(response)} {settings.tries} times, the most that is tried")
    pause_s = min(settings.first_pause_s * 2.0**attempt, settings.longest_pause_s)
    asked_s = _retry_after_s(response.headers.get("Retry-After", ""))
    if asked_s is None:
        return pause_s
    if asked_s > settings.longest_pause_s:
        raise RefusedAnswerError(
            f"{_status(response)} and asks to wait {asked_s:g} s, longer than the longest pause of "
            f"{settings.longest_pause_s:g} s"
        )
    return asked_s


def _retry_after_s(text: str) -> float | None:
    """Seconds of a Retry-After header, which is a number or a date (RFC 9110, 10.2.3); None if it says nothing."""
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


@contextmanager
def _sent(
    session: "requests.Session", method: str, address: str, settings: OnlineSettings, **more: Any
) -> Iterator["requests.Response"]:
    """A response whose body is still to be read; what goes wrong, also while it is read, is a refusal in words."""
    import requests
    import urllib3
    from requests import exceptions

    options = {key: value for key, value in settings.request_options.items() if key not in {"timeout", "stream"}}
    headers = {**options.pop("headers", {}), **more.pop("headers", {})}
    timeout = (min(_CONNECT_S, settings.timeout_s), settings.timeout_s)
    try:
        with session.request(
            method, address, timeout=timeout, stream=True, headers=headers, **more, **options
        ) as response:
            yield response
    except exceptions.Timeout:
        raise RefusedAnswerError(f"no answer within {settings.timeout_s:g} s") from None
    except exceptions.TooManyRedirects:
        raise RefusedAnswerError(f"redirects in a circle or more than {_MAX_REDIRECTS} times") from None
    except urllib3.exceptions.ReadTimeoutError:
        raise _CutOffError(f"the answer stopped for {settings.timeout_s:g} s") from None
    except (exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError) as fault:
        raise _CutOffError(f"the answer is cut off or damaged ({_reason(fault)})") from None
    except (exceptions.InvalidURL, exceptions.InvalidSchema, exceptions.MissingSchema) as fault:
        raise RefusedAnswerError(f"is or leads to something that is not an address ({_reason(fault)})") from None
    except exceptions.ConnectionError as fault:
        # a silence in the middle of the body comes as this kind of fault
        if "timed out" in str(fault).lower():
            raise _CutOffError(f"the answer stopped for {settings.timeout_s:g} s") from None
        raise RefusedAnswerError(f"cannot be reached ({_reason(fault)})") from None
    except requests.RequestException as fault:
        raise RefusedAnswerError(f"{type(fault).__name__} ({_reason(fault)})") from None


def _reason(fault: BaseException) -> str:
    """The innermost cause in a few words: connection errors come wrapped several times."""
    inner: Any = fault
    while True:
        deeper = getattr(inner, "reason", None) or next((a for a in inner.args if isinstance(a, BaseException)), None)
        if not isinstance(deeper, BaseException):
            break
        inner = deeper
    # urllib3 names its own objects before it says what happened
    said = re.sub(r"^<?[\w.]*Connection(Pool)?(\(.*?\)| object at \w+>): ", "", str(inner))
    return _plain(getattr(inner, "strerror", None) or said)


def _read_body(response: "requests.Response", settings: OnlineSettings) -> bytes:
    """The body, unpacked; read as it comes, so that a trickle and a bomb of packed zeros end in time."""
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise RefusedAnswerError(f"answered in the encoding {_plain(encoding)!r}, which was not asked for")
    unpack = zlib.decompressobj(_GZIP) if encoding != "identity" else None
    body = bytearray()
    end = time.monotonic() + _WHOLE_ANSWER * settings.timeout_s
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        try:
            body += unpack.decompress(chunk, settings.max_answer_bytes + 1) if unpack else chunk
        except zlib.error as fault:
            raise _CutOffError(f"the answer is cut off or damaged ({fault})") from None
        if len(body) > settings.max_answer_bytes or (unpack and unpack.unconsumed_tail):
            raise RefusedAnswerError(f"the answer is longer than {settings.max_answer_bytes / 1e6:,g} MB")
        if time.monotonic() > end:
            raise RefusedAnswerError(f"the answer was not complete after {_WHOLE_ANSWER * settings.timeout_s:g} s")
    if unpack and not unpack.eof:
        raise _CutOffError("the answer is cut off or damaged (the packed bytes have no end)")
    return bytes(body)


def _check_answer(response: "requests.Response", method: str, body: bytes) -> None:
    if response.request.method != method:
        raise RefusedAnswerError(f"moved to {shown(response.url)}, where the request does not follow; use that address")
    if not response.ok:
        raise RefusedAnswerError(f"{_status(response)}: {excerpt(body)}")
    if is_html(body, response.headers.get("Content-Type", "")):
        raise RefusedAnswerError(f"answered a web page (HTML) instead of data: {excerpt(body)}")


def is_html(start: bytes, content_type: str = "") -> bool:
    """Whether an answer is a web page.

    Parameters
    ----------
    start : bytes
        Its beginning.
    content_type : str, default=""
        What the server calls it.

    Returns
    -------
    bool
        True also for a page that is called something else, as sign-in pages of guest networks are.
    """
    pages = (b"<!doctype html", b"<html", b"<head", b"<body")
    head = start[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return "text/html" in content_type.lower() or head.startswith(pages)


def excerpt(body: bytes) -> str:
    """The beginning of an answer, in one line for a message.

    Parameters
    ----------
    body : bytes
        Answer, HTML or not.

    Returns
    -------
    str
        In quotes; the tags of web pages are left out.
    """
    text = body[: 1 << 16].decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<[^>]*>|<\?.*?\?>", " ", text)
    return f'"{_plain(html.unescape(text))}"'


def _plain(text: str) -> str:
    """Text of a stranger in one short line that cannot steer a terminal."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"


def parse_json(body: bytes) -> Any:
    """JSON of an answer.

    Parameters
    ----------
    body : bytes
        Answer.

    Returns
    -------
    object
        What it holds.

    Raises
    ------
    RefusedAnswerError
        If it is not JSON or breaks off.
    """
    try:
        return json.loads(body)
    except json.JSONDecodeError as fault:
        # a document that is fine up to its very end was cut off
        cut = fault.pos >= len(fault.doc.rstrip()) - 1 or fault.msg.startswith("Unterminated")
        kind = "JSON that breaks off" if cut and fault.doc.strip() else "something that is not JSON"
        raise RefusedAnswerError(f"answered {kind} (character {fault.pos}): {excerpt(body)}") from None
    except (UnicodeDecodeError, RecursionError) as fault:
        raise RefusedAnswerError(f"answered something that is not JSON ({type(fault).__name__})") from None


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file that was fetched; beside it lies a manifest with the same facts."""

    path: Path
    title: str
    address: str
    fetched_at: str
    sha256: str
    size_bytes: int
    licence: str
    attribution: str
    is_reused: bool = field(default=False, compare=False)
    """Whether the file lay there already, with the right checksum."""

    @property
    def manifest_path(self) -> Path:
        """Where the manifest lies."""
        return manifest_path(self.path)


def manifest_path(path: Path) -> Path:
    """Name of the manifest beside a fetched file.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    Path
        The file's name with ``.manifest.json`` behind it.
    """
    return path.with_name(path.name + _MANIFEST)


def write_manifest(fetched: FetchedFile, **more: Any) -> FetchedFile:
    """Write the manifest of a file beside it.

    Parameters
    ----------
    fetched : FetchedFile
        The file's facts.
    **more : Any
        Further facts, as JSON holds them.

    Returns
    -------
    FetchedFile
        As given.
    """
    content = {
        "file": fetched.path.name, "title": fetched.title, "address": fetched.address, "fetched_at": fetched.fetched_at,
        "sha256": fetched.sha256, "bytes": fetched.size_bytes, "licence": fetched.licence,
        "attribution": fetched.attribution, "by": f"itas_mobility/{__version__}", **more,
    }  # fmt: skip
    write_text(fetched.manifest_path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    return fetched


def kept_file(path: Path, **same: Any) -> FetchedFile | None:
    """A file fetched earlier, if it is still what its manifest says.

    Parameters
    ----------
    path : Path
        File.
    **same : Any
        Entries that the manifest must hold.

    Returns
    -------
    FetchedFile or None
        None if there is no such file, or (said on stderr) if its checksum does not match.
    """
    try:
        about = json.loads(manifest_path(path).read_text(encoding="utf-8"))
        if any(about.get(key) != value for key, value in same.items()) or not path.is_file():
            return None
        kept = FetchedFile(
            path, about["title"], about["address"], about["fetched_at"], about["sha256"], int(about["bytes"]),
            about["licence"], about["attribution"], is_reused=True,
        )  # fmt: skip
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        tell(f"{manifest_path(path)}: is not a manifest; {path.name} is fetched anew")
        return None
    if sha256_of(path) != kept.sha256:
        tell(f"{path}: the checksum does not match its manifest; the file is fetched anew")
        return None
    return kept


def sha256_of(path: Path) -> str:
    """SHA-256 of a file.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def download(
    address: str,
    path: str | Path,
    *,
    title: str,
    licence: str,
    attribution: str,
    check: Callable[[Path], object],
    settings: OnlineSettings | None = None,
    refresh: bool = False,
    sleep: Sleep = time.sleep,
) -> FetchedFile:
    """Download a file, checked and with a manifest beside it.

    A transfer that breaks off is taken up where it broke off, in the same call and by a later one, if the server can
    and still holds the same file (ETag or date; RFC 9110, 13.1.5). Until the file is whole and checked its bytes lie in
    the cache, never beside `path`.

    Parameters
    ----------
    address : str
        Where it lies.
    path : str or Path
        Where it shall lie.
    title, licence, attribution : str
        For the manifest.
    check : callable
        Takes the downloaded file and raises an error if it is not what is expected.
    settings : OnlineSettings, optional
        By default those of `online_settings`.
    refresh : bool, default=False
        Download even if the file is there already.
    sleep : callable, default=time.sleep
        Waits for a number of seconds.

    Returns
    -------
    FetchedFile
        The file.

    Raises
    ------
    FetchError
        If it cannot be downloaded, is a web page, or is not what is expected; nothing is left at `path` then.
    """
    path, settings = Path(path), settings or online_settings()
    if not refresh and (kept := kept_file(path, address=shown(address))) is not None:
        return kept
    part = writable_cache_folder("online", "parts") / f"{hashlib.sha256(address.encode()).hexdigest()[:32]}.part"
    if refresh:
        part.unlink(missing_ok=True)
    try:
        with _session(settings) as session:
            _download_part(session, address, part, settings, sleep)
        with part.open("rb") as stream:
            start = stream.read(1024)
        if is_html(start):
            part.unlink()
            raise RefusedAnswerError(f"answered a web page (HTML) instead of data: {excerpt(start)}")
        write_file(path, functools.partial(_moved, part, check, path.name))
    except NetworkError as refusal:
        raise FetchError(f"{title}: {shown(address)}: {refusal}") from None
    fetched = FetchedFile(
        path, title, shown(address), now(), sha256_of(path), path.stat().st_size, licence, attribution
    )
    return write_manifest(fetched)


def _moved(part: Path, check: Callable[[Path], object], name: str, temporary: Path) -> None:
    shutil.move(part, temporary)
    try:
        check(temporary)
    except NetworkError as fault:
        raise NetworkError(str(fault).replace(str(temporary), name)) from None


def _download_part(
    session: "requests.Session", address: str, part: Path, settings: OnlineSettings, sleep: Sleep
) -> None:
    """Fill the part file until it is whole."""
    for left in range(settings.tries - 1, -1, -1):
        attempt = settings.tries - 1 - left
        try:
            with _sent(session, "GET", address, settings, headers=_range_headers(part)) as response:
                if response.status_code not in RETRIED | {416}:
                    _receive(response, part)
                    return
                pause_s = _pause_s(response, settings, attempt, is_last=not left)
                if response.status_code == 416:
                    # the file there is another one than the one whose beginning is here
                    part.unlink(missing_ok=True)
            reason = _status(response)
        except _CutOffError as refusal:
            if not left:
                raise
            pause_s = min(settings.first_pause_s * 2.0**attempt, settings.longest_pause_s)
            reason = str(refusal)
        tell(f"{shown(address)}: {reason}; taken up again in {pause_s:g} s ({left} tries left)")
        sleep(pause_s)


def _range_headers(part: Path) -> dict[str, str]:
    # bytes of the file itself: a packed transfer could not be taken up again
    headers = {"Accept-Encoding": "identity"}
    mark = part.with_suffix(".mark")
    if part.is_file() and part.stat().st_size and mark.is_file():
        headers |= {"Range": f"bytes={part.stat().st_size}-", "If-Range": mark.read_text(encoding="utf-8")}
    return headers


def _receive(response: "requests.Response", part: Path) -> None:
    """Write a body behind what is there (206) or anew (200)."""
    from tqdm import tqdm

    if response.status_code not in {200, 206}:
        raise RefusedAnswerError(f"{_status(response)}: {excerpt(next(response.iter_content(_CHUNK), b''))}")
    if is_html(b"", response.headers.get("Content-Type", "")):
        start = next(response.iter_content(_CHUNK), b"")
        raise RefusedAnswerError(f"answered a web page (HTML) instead of data: {excerpt(start)}")
    length = response.headers.get("Content-Length", "")
    if not length.isdecimal() and response.headers.get("Transfer-Encoding", "").lower() != "chunked":
        raise RefusedAnswerError("does not say how long the file is, so that a cut would not be seen")
    have = part.stat().st_size if response.status_code == 206 else 0
    if have and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        raise RefusedAnswerError(f"answered another range than asked for: {response.headers.get('Content-Range')!r}")
    # weak marks promise no equal bytes (RFC 9110, 8.8.1)
    mark = response.headers.get("ETag", "")
    mark = mark if mark and not mark.startswith("W/") else response.headers.get("Last-Modified", "")
    part.with_suffix(".mark").unlink(missing_ok=True)
    if mark:
        write_text(part.with_suffix(".mark"), mark)
    total = have + int(length) if length.isdecimal() else None
    name = urllib.parse.urlsplit(response.url).path.rpartition("/")[2] or "download"
    with (
        part.open("ab" if have else "wb") as stream,
        tqdm(total=total, initial=have, desc=name, unit="B", unit_scale=True, disable=None) as bar,
    ):
        for chunk in response.iter_content(_CHUNK):
            stream.write(chunk)
            bar.update(len(chunk))
    part.with_suffix(".mark").unlink(missing_ok=True)
