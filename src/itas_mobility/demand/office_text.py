"""Text files of offices: which encoding they are in, where that is certain."""

import codecs
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final

from itas_mobility.errors import DemandError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the mark of UTF-16, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ALIKE: Final = ("iso8859-15", "cp1250")
"""Encodings of German and Czech offices besides Windows-1252, which has all signs of Latin-1 in the same places."""
_OLDER: Final = ("cp850", "cp437", "mac_roman")
_UMLAUTS: Final = frozenset("äöüÄÖÜß")


def as_utf8(raw: bytes, file: Path) -> bytes:
    """The text of a file in UTF-8 and without a byte-order mark, if it is certain what the file says.

    A byte-order mark tells UTF-8, UTF-16 and UTF-32; without one, what is valid UTF-8 is UTF-8. Of what is left, a file
    is read as Windows-1252 (Latin-1) if each byte beyond ASCII is a printable sign that is the same in Windows-1252,
    Latin-9 and Windows-1250, as far as these have it, and no umlaut or ß in the older code pages of DOS (850, 437) and
    the Macintosh: so are ä, ö, ü, Ä, Ö, Ü, ß and é.

    Parameters
    ----------
    raw : bytes
        Content of the file.
    file : path
        Its name, for messages.

    Returns
    -------
    bytes
        The text.

    Raises
    ------
    DemandError
        If the encoding is not certain, or a character cannot be read; the message names the line.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _without_zeros(_decoded(raw[len(mark) :], encoding, file), file)
    raw = _without_zeros(raw, file)
    return raw if raw.isascii() or _is_utf8(raw) else _from_windows(raw, file)


def _without_zeros(text: bytes, file: Path) -> bytes:
    """The text, if it holds no zero byte."""
    if (at := text.find(0)) >= 0:
        raise DemandError(
            f"{file}, line {_line(text, at)}: holds a zero byte; if the file is UTF-16 without a byte-order mark, save "
            "it as UTF-8"
        )
    return text


def _decoded(raw: bytes, encoding: str, file: Path) -> bytes:
    try:
        # UTF-8 stays as it is, the others become it
        text = raw.decode(encoding)
    except UnicodeDecodeError as fault:
        before = raw[: fault.start].decode(encoding, "ignore").encode()
        name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
        raise DemandError(
            f"{file}, line {_line(before, len(before))}: is not {name} text, although its byte-order mark says so"
        ) from None
    return raw if encoding == "utf-8" else text.encode()


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _from_windows(raw: bytes, file: Path) -> bytes:
    doubtful = raw.translate(None, _certain_bytes())
    if doubtful:
        at = raw.index(doubtful[:1])
        raise DemandError(
            f"{file}, line {_line(raw, at)}: is not UTF-8 text, and what its byte {doubtful[0]:#04x} means is not "
            "certain; save the file as CSV in UTF-8"
        )
    return raw.decode("cp1252").encode()


@lru_cache(maxsize=1)
def _certain_bytes() -> bytes:
    """Bytes that mean the same in every encoding that an office may have used."""
    certain = [9, 10, 13, *range(32, 127)]
    for byte in range(128, 256):
        sign = _sign(byte, "cp1252")
        is_same = all(_sign(byte, encoding) in {sign, ""} for encoding in _ALIKE)
        if sign and is_same and not any(_sign(byte, encoding) in _UMLAUTS for encoding in _OLDER):
            certain.append(byte)
    return bytes(certain)


def _sign(byte: int, encoding: str) -> str:
    """What a byte stands for; empty if for nothing that is printed."""
    sign = bytes([byte]).decode(encoding, "ignore")
    return "" if not sign or unicodedata.category(sign) in {"Cc", "Zs"} else sign


def _line(text: bytes, at: int) -> int:
    """Line in which a byte stands."""
    before = text[:at]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
