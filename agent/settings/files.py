"""Files of sections, as GLib, KConfig, SDDM and LightDM write them, within bounds: the last one that says it wins."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from agent.sensors.bounded import Unreadable, entries, is_there, whole

Sections = dict[str, dict[str, str]]
YES = {"true", "yes", "on", "1"}


def text(path: Path) -> str:
    """What is in a file; nothing where there is none. Raises Unreadable."""
    try:
        return whole(path).decode(errors="replace")
    except Unreadable:
        if is_there(path):
            raise
        return ""


def sections(paths: Iterable[Path]) -> Sections:
    """What they say together; sections and names in lower case. Raises Unreadable."""
    found: Sections = {}
    for path in paths:
        section = ""
        for line in map(str.strip, text(path).splitlines()):
            if line.startswith("[") and line.endswith("]"):
                section = line[1:-1].strip().lower()
            elif line:  # a remark is a name that nobody asks for
                name, _, value = line.partition("=")
                name = name.split("[", 1)[0].strip().lower()  # KConfig: Autolock[$i] may not be changed
                found.setdefault(section, {})[name] = value.strip()
    return found


def parts(folder: Path, ending: str) -> Iterator[Path]:
    """The files of a `.d` folder, in their order. Raises Unreadable."""
    return (folder / entry.name for entry in entries(folder) if entry.name.endswith(ending))


def is_yes(value: str | None, *, default: bool = False) -> bool:
    """Whether a value switches on; the default where nobody says."""
    return default if value is None else value.lower() in YES
