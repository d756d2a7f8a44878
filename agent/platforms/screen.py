"""What a Linux desktop is asked, and told, outside of D-Bus."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path


def display(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a screen to draw on."""
    return sys.platform == "win32" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def x_tray() -> bool:
    """Whether a panel of the old kind offers a place for icons on the X screen (XEmbed)."""
    if not os.environ.get("DISPLAY"):
        return False
    from Xlib.display import Display  # noqa: PLC0415 - only where no newer tray is there
    from Xlib.error import DisplayError, XauthError  # noqa: PLC0415

    try:
        screen = Display()
    except (DisplayError, XauthError, OSError):
        return False
    try:
        place = screen.intern_atom(f"_NET_SYSTEM_TRAY_S{screen.get_default_screen()}")
        return bool(screen.get_selection_owner(place))
    finally:
        screen.close()


@cache
def quiet_glib() -> None:
    """Have GLib's and GTK's own warnings go to the journal, where there is one, and never to a terminal.

    Once in a process, before any of them is used: GLib allows no second writer.
    """
    if sys.platform == "win32":
        return
    glib = ctypes.CDLL("libglib-2.0.so.0")
    glib.g_log_set_writer_func(glib.g_log_writer_journald, None, None)


@contextmanager
def without_at_bridge() -> Iterator[None]:
    """GTK loaded here starts no accessibility bridge: it draws nothing itself, the panel draws its menu.

    It would start two servers of its own. Children (a browser) keep theirs.
    """
    before = os.environ.get("NO_AT_BRIDGE")
    os.environ["NO_AT_BRIDGE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["NO_AT_BRIDGE"]
        else:
            os.environ["NO_AT_BRIDGE"] = before


def open_file(path: Path) -> bool:
    """Open a file in the person's browser; whether something was started."""
    if sys.platform == "win32":
        try:
            os.startfile(path)  # noqa: S606 - that is how Windows opens a file with what the person chose
        except OSError:  # nothing here opens such a file
            return False
        return True
    # Python's own list of browsers: $BROWSER, then the desktop's choice (xdg-open), then those that it knows.
    return display() and start_apart((sys.executable, "-I", "-m", "webbrowser", path.as_uri()))


def start_apart(command: Sequence[str]) -> bool:
    """Start a program that outlives us and prints nothing here; whether it could be started."""
    if sys.platform == "win32":  # comes with the Windows session
        return False
    # The shell ends at once, so that there is no child to wait for.
    apart = '"$@" </dev/null >/dev/null 2>&1 &'
    done = subprocess.run(["/bin/sh", "-c", apart, "sh", *command], check=False, start_new_session=True)
    return done.returncode == 0
