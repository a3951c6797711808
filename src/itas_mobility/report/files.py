"""Writing files so that a reader sees the old one or the complete new one, never half of it."""

import os
import tempfile
from pathlib import Path

from itas_mobility.errors import InputError


def replace_file(path: Path, content: bytes) -> Path:
    """Write bytes under a temporary name in the same folder, flush them to the disk, then take the final name.

    Parameters
    ----------
    path : Path
        Final name; missing folders above it are made.
    content : bytes
        What to write.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    InputError
        If the folder or file cannot be written; the message names it. The temporary file is removed.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as fault:
        raise InputError(f"{path}: cannot be written ({fault.strerror}); choose another folder") from fault
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        settle(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def settle(temporary: Path, path: Path) -> None:
    """Flush a finished temporary file to the disk, give it the rights of an ordinary new file and its final name.

    Raises
    ------
    InputError
        If the final name cannot be taken (e.g. it is a folder).
    """
    mask = os.umask(0)
    os.umask(mask)
    try:
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as fault:
        raise InputError(f"{path}: cannot be written ({fault.strerror}); choose another name") from fault
