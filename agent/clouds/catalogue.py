"""The catalogue of public clouds as this agent carries it, read once."""

import sys
from functools import cache
from importlib import resources

from policy.catalogue import OS, Catalogue, read


@cache
def catalogue() -> Catalogue:
    """The one in the package."""
    return read((resources.files("policy.catalogue") / "clouds.toml").read_bytes())


def this_os() -> OS:
    """What the catalogue calls the OS here."""
    return "windows" if sys.platform == "win32" else "linux"
