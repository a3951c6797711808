"""Writing files so that a reader sees the old one or the whole new one, never half of it."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from itas_mobility.errors import InputError


def write_file(path: Path, write: Callable[[Path], object]) -> Path:
    """Let `write` fill a temporary file beside `path`, flush it to disk, then give it its name.

    Parameters
    ----------
    path : Path
        Final name; missing folders above it are made.
    write : callable
        Gets the temporary path (same ending as `path`) and writes the content there.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    InputError
        If folder or file cannot be written; the message names it. The temporary file is removed whatever happens.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as fault:
        raise InputError(f"{path}: cannot be written ({fault.strerror}); choose another folder") from fault
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        # mkstemp makes files private; give them the rights that a plain open would
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as fault:
        raise InputError(f"{path}: cannot be written ({fault.strerror or fault})") from fault
    finally:
        temporary.unlink(missing_ok=True)
    return path


def write_bytes(path: Path, content: bytes) -> Path:
    """Write bytes, all or nothing (see `write_file`)."""
    return write_file(path, lambda temporary: temporary.write_bytes(content))


def write_text(path: Path, text: str) -> Path:
    """Write text as UTF-8 with plain line ends, all or nothing (see `write_file`)."""
    return write_bytes(path, text.encode("utf-8"))
