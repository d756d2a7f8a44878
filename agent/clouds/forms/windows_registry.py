"""Windows' registry: a text value of a key; parts of the key may be patterns (`HKCU/Software/…/Accounts/Business*`)."""

import sys
import winreg
from collections.abc import Iterator
from fnmatch import fnmatchcase

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.clouds.forms import MOST, Found  # noqa: E402
from agent.sensors.bounded import Unreadable  # noqa: E402
from agent.sensors.windows_registry import Place, children, text  # noqa: E402

_ROOTS = {"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE}


def find(at: str, field: str) -> Iterator[Found]:
    """The value of each key that is meant, "" where it has none; its account is that key.

    Raises:
        Unreadable: A key may not be read.

    """
    for place in _meant(at):
        try:
            with place.open() as key:
                found = text(key, field)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise Unreadable(error.strerror or "no reason") from error
        yield Found(found, place.path.lower())


def there(at: str) -> bool:
    """Whether this key is there; False where that can't be told."""
    try:
        return any(_is_there(place) for place in _meant(at))
    except Unreadable:
        return False


def _meant(at: str) -> list[Place]:
    root, *parts = at.split("/")
    found = [Place(_ROOTS[root], "")] if root in _ROOTS else []
    for part in parts:
        if "*" in part:
            inside = (
                (one, name) for one in found for name, _ in children(one) if fnmatchcase(name.lower(), part.lower())
            )
            found = [_below(one, name) for one, name in inside][:MOST]
        else:
            found = [_below(one, part) for one in found]
    return found


def _below(place: Place, name: str) -> Place:
    return place._replace(path=f"{place.path}\\{name}" if place.path else name)


def _is_there(place: Place) -> bool:
    try:
        place.open().Close()
    except OSError:
        return False
    return True
