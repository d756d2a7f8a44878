"""INI, as Qt, GLib, rclone and Python write it: `[section]`, then `key = value`."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from agent.clouds.forms import Found
from agent.sensors.bounded import Unreadable

Sections = dict[str, dict[str, str]]
_ABOVE = "General"  # Qt's name for what stands above the first section


def sections(data: bytes) -> Sections:
    """Each section's keys; of a key that stands twice the last.

    Raises:
        Unreadable: It is no text.

    """
    if b"\0" in data:
        raise Unreadable("not a text")
    out: Sections = {}
    inside = out.setdefault(_ABOVE, {})
    for line in data.decode("utf-8-sig", "replace").splitlines():
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            inside = out.setdefault(text[1:-1].strip(), {})
        elif text and text[0] not in "#;":
            key, mark, value = text.partition("=")
            if mark:
                inside[key.strip()] = _bare(value.strip())
    return out


def find(data: bytes, field: str, when: Sequence[str] = ()) -> Iterator[Found]:
    r"""What stands at `section/key`, each a pattern (`Accounts/*\url`), where all of `when` stand in that section."""
    wanted, _, name = field.partition("/")
    for section, keys in sections(data).items():
        if fnmatchcase(section, wanted) and all(
            keys.get(one.partition("=")[0]) == one.partition("=")[2] for one in when
        ):
            for key, value in keys.items():
                if fnmatchcase(key, name):
                    yield Found(value, f"{section}/{key}" if "*" in name else section if "*" in wanted else "")


def _bare(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
