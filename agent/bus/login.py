"""logind, as the one session of this process: where it is, and what it says of itself."""

import os

from agent.bus.line import PROPERTIES, Call, Line, Signal, get, of_daemon, owner_of
from agent.platforms.base import Blind

NAME = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
MANAGER = "org.freedesktop.login1.Manager"
SESSION = "org.freedesktop.login1.Session"
USER = "org.freedesktop.login1.User"
OWNER = owner_of(NAME)
SLEEP = Signal(MANAGER, "PrepareForSleep", PATH, sender=NAME)
SHUTDOWN = Signal(MANAGER, "PrepareForShutdown", PATH, sender=NAME)
MANAGER_CHANGES = Signal(PROPERTIES, "PropertiesChanged", PATH, sender=NAME, arg0=MANAGER)
BLOCKED = get(NAME, PATH, MANAGER, "BlockInhibited")


def session_changes(path: str) -> Signal:
    return Signal(PROPERTIES, "PropertiesChanged", path, sender=NAME, arg0=SESSION)


def locked_hint(path: str) -> Call:
    return get(NAME, path, SESSION, "LockedHint")


def active(path: str) -> Call:
    return get(NAME, path, SESSION, "Active")


def lock(path: str) -> Call:
    return Call(NAME, path, SESSION, "Lock")


def _manager(member: str, signature: str, value: object) -> Call:
    return Call(NAME, PATH, MANAGER, member, signature, (value,))


async def here(line: Line) -> None:
    """Do nothing where there is a logind.

    Raises:
        Blind: There is none.

    """
    if await line.ask(of_daemon("NameHasOwner", NAME)) is not True:
        raise Blind("no_logind")


async def session(line: Line) -> str:
    """The session of this process: its own, the one that its environment names, or its user's on a screen.

    Raises:
        Blind: There is no logind, or no such session.

    """
    await here(line)
    found = await line.ask(_manager("GetSessionByPID", "u", os.getpid()))
    if not found and (name := os.environ.get("XDG_SESSION_ID")):
        found = await line.ask(_manager("GetSession", "s", name))
    if not found:
        found = await _on_a_screen(line)
    if not isinstance(found, str) or not found.startswith(f"{PATH}/session/"):
        raise Blind("no_session")
    return found


async def _on_a_screen(line: Line) -> object:
    """What is started by a user's systemd belongs to no session, but its user has one."""
    user = await line.ask(_manager("GetUserByPID", "u", os.getpid()))
    display = await line.ask(get(NAME, user, USER, "Display")) if isinstance(user, str) else None
    return display[1] if isinstance(display, list | tuple) and len(display) == 2 else None
