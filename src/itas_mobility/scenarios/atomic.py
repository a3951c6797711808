"""Writing files so that nothing half-written stays."""

import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write text under a temporary name, flush it to disk, then put it in place.

    Parameters
    ----------
    path : Path
        Final name; its folder is made where it is missing.
    text : str
        Content, written as UTF-8.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
