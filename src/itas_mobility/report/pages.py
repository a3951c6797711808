"""What all pages of this room share: style, templates, and that a page loads nothing from anywhere else."""

from importlib import resources
from typing import TYPE_CHECKING, Final

from itas_mobility.errors import InputError
from itas_mobility.report import texts

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

STYLE: Final = "style.css"
PACKAGE: Final = "itas_mobility.report"
CONTENT_SECURITY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""What the browser may load: nothing but what stands in the page itself."""


def inline(name: str, package: str = PACKAGE) -> "Markup":
    """A file of a package as it goes into a page.

    Parameters
    ----------
    name : str
        Name of a style sheet or script.
    package : str
        Where it lies; default this room.

    Returns
    -------
    Markup
        Its text.

    Raises
    ------
    InputError
        If it would end the element that it stands in.
    """
    from markupsafe import Markup

    text = _read(name, package)
    if "</" in text:
        raise InputError(f"{name}: holds '</', which would end its element in the page; write it as '<\\/'")
    return Markup(text)  # noqa: S704  a file of this package


def environment(template: str) -> "Environment":
    """What a template of this room is rendered in: all is escaped, and a name that is not known is an error.

    Parameters
    ----------
    template : str
        Name of its file.

    Returns
    -------
    Environment
        With the room's texts and numbers at hand.
    """
    from jinja2 import DictLoader, Environment, StrictUndefined

    made = Environment(
        loader=DictLoader({template: _read(template, PACKAGE)}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        say=texts.say,
        spoken=texts.spoken,
        both=texts.both,
        figure=texts.figure,
        attributes=texts.attributes,
        TEXTS=texts.TEXTS,
    )
    return made


def _read(name: str, package: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
