"""The command line: one subcommand per job, messages on stderr, machine-readable output with ``--json``.

One file per family of commands; each ends with the functions that are its commands, in the order of the help.
"""

import sys
import warnings
from typing import Final, NoReturn

import typer

from itas_mobility.cli import assignment, bench, emobility, network, region, run, transit
from itas_mobility.cli.answers import DONE, INTERRUPTED, UNUSABLE, refuse, say, warn

__all__ = ["app", "main"]

FAMILIES: Final = (run, region, network, transit, assignment, emobility, bench)
"""In the order of the help; one more family is one more file and its name here."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Regional mobility concepts: networks, commuters, scenarios, e-mobility.",
)
for _family in FAMILIES:
    for _command in _family.COMMANDS:
        app.command()(_command)


def __dir__() -> list[str]:
    return sorted(__all__)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code.

    Parameters
    ----------
    arguments : list of str, optional
        Arguments; those of the process if left out.
    """
    from itas_mobility.errors import ItasError

    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    try:
        with warnings.catch_warnings():
            warnings.showwarning = warn  # type: ignore[assignment]  # called by position
            code = app([a for a in arguments if a != "--debug"], standalone_mode=False)
        sys.exit(code if isinstance(code, int) else DONE)
    except ItasError as fault:
        if debug:
            raise
        refuse(str(fault))
    except (OSError, MemoryError) as fault:
        if debug:
            raise
        refuse(f"{type(fault).__name__}: {fault}")
    except KeyboardInterrupt:
        say("abgebrochen / interrupted")
        sys.exit(INTERRUPTED)
    except Exception as fault:
        # click's own usage errors show themselves; anything else is a fault of ours and keeps its traceback
        show = getattr(fault, "show", None)
        if show is None:
            raise
        show()
        sys.exit(getattr(fault, "exit_code", UNUSABLE))
