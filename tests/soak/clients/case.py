"""One case: what is started in the room, and what it needs around it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A program that alice starts.

    client: the catalogue's id; None for an innocent one. run: a shell's line; the shell is replaced where it says exec.
    prepare: as root; serve: as another user, before; before: as alice, not looked at. ports: what `serve` listens on.
    seconds: how long it is looked at, at most. keep: configuration to keep, from home. home: the name that this goes
    under in recordings/clouds/homes. packages: of Debian; other: `pypi:…` or `npm:…`.
    """

    name: str
    run: str
    client: str | None = None
    packages: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    serve: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    before: tuple[str, ...] = ()
    seconds: float = 8.0
    display: bool = False
    keep: tuple[str, ...] = ()
    home: str | None = None
    note: str = ""
