"""What every command gives back: JSON on stdout, messages on stderr, an exit code."""

import sys
from typing import Annotated, Any, Final, NoReturn

import typer

DONE: Final = 0
NOT_DONE: Final = 1
"""Faults in a file that could be read, or a limit came before the end."""
UNUSABLE: Final = 2
"""Input or arguments that nothing can be done with."""
INTERRUPTED: Final = 130
"""As shells write it: 128 and the number of the signal."""

JsonFlag = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]


def answer(content: Any) -> None:
    """Write JSON to stdout, the same bytes for the same content."""
    import json  # the help answers without

    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def say(message: str) -> None:
    """Write a message for people to stderr."""
    print(message, file=sys.stderr)


def warn(message: Warning | str, *_: Any) -> None:
    """One line on stderr; where in the code a warning comes from is of no use on the command line."""
    say(f"itas-mobility: {message}")


def refuse(message: str) -> NoReturn:
    """Leave with one message that says what is unusable and what to do."""
    warn(message)
    sys.exit(UNUSABLE)
