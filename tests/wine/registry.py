"""A hand on the registry, as installers write it."""

import sys
import winreg
from contextlib import suppress

assert sys.platform == "win32"

from agent.sensors.windows_registry import Place  # noqa: E402


def write(place: Place, name: str, **values: str | int) -> None:
    """A key in the place, with these values and no others. A number is a DWORD."""
    remove(place._replace(path=rf"{place.path}\{name}"))
    with winreg.CreateKeyEx(place.root, rf"{place.path}\{name}", 0, winreg.KEY_ALL_ACCESS | place.view) as key:
        for value, said in values.items():
            winreg.SetValueEx(key, value, 0, winreg.REG_DWORD if isinstance(said, int) else winreg.REG_SZ, said)


def remove(place: Place) -> None:
    """A key and all below; nothing where there is none."""
    with suppress(FileNotFoundError):
        with place.open(winreg.KEY_ALL_ACCESS) as key:
            inner = [winreg.EnumKey(key, number) for number in range(winreg.QueryInfoKey(key)[0])]
        for name in inner:
            remove(place._replace(path=rf"{place.path}\{name}"))
        winreg.DeleteKeyEx(place.root, place.path, place.view)
