"""The agent's languages: which one a person reads, and its gettext catalogue.

Msgids are English, so English needs no catalogue; where the Dutch one is not compiled, English is what is read.
"""

import gettext
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

from policy.phrase import N_
from policy.words import Language, Translate

DOMAIN = "deskwarden"
# The first of these that is set decides, as for every program.
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def chosen(environ: Mapping[str, str]) -> Language | None:
    """The language of a locale's environment; None where it names neither Dutch nor English (none, C, another)."""
    value = next((environ[name] for name in VARIABLES if environ.get(name)), "")
    match value.replace(".", "_").split("_")[0].lower():
        case "nl":
            return "nl"
        case "en":
            return "en"
        case _:
            return None


@cache
def load(language: Language) -> Translate:
    """What turns an English msgid into the language."""
    folder = Path(str(files("policy"))) / "locale"
    return gettext.translation(DOMAIN, folder, [language], fallback=True).gettext


def remembered(folder: Path) -> Language | None:
    """What the person picked in the menu, kept in a folder of their own."""
    try:
        text = (folder / "language").read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
    return "nl" if text == "nl" else "en" if text == "en" else None


def remember(folder: Path, language: Language) -> None:
    """Keep what the person picked; where that fails it holds until the end of the session."""
    with suppress(OSError):
        (folder / "language").write_text(f"{language}\n", encoding="ascii")


def assistive(folder: Path) -> bool:
    """Whether the person said that they use an assistive tool. It stays here: nothing sends it anywhere."""
    return (folder / "assistive").exists()


def keep_assistive(folder: Path, *, on: bool) -> None:
    """Keep what the person said; where that fails it holds until the end of the session."""
    with suppress(OSError):
        if on:
            (folder / "assistive").touch(mode=0o600)
        else:
            (folder / "assistive").unlink(missing_ok=True)


# Words of the standard library's command lines, which are said through our catalogue too.
ARGPARSE = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("the following arguments are required: %s"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("%(prog)s: error: %(message)s\n"),
)
