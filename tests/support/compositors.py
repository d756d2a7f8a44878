"""Rooms in which desktops of today run for real, on no hardware: mutter, KWin and sway, with PipeWire, and their input.

A compositor refuses to be root, so all in such a room is an ordinary user's where the suite is root: `nobody`, since a
bus wants its user to have a name.
"""

import asyncio
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from tests.support.desktop import Room
from tests.support.until import until

USER = pwd.getpwnam("nobody")
HAND = Path(__file__).with_name("kwin_hand.py")
MUTTER = "org.gnome.Mutter."
# A null source is the microphone, of which wireplumber makes what programs take by themselves.
MICROPHONE = (
    "{ factory.name=support.null-audio-sink node.name=microphone media.class=Audio/Source/Virtual"
    " object.linger=true audio.position=FL,FR }"
)
SWAY = "output * resolution 1024x768\nseat seat0 fallback true\n"


class Desk(Room):
    """A room of an ordinary user. move: a hand on the pointer, once a compositor runs."""

    def __init__(self) -> None:
        super().__init__()
        self.env["LIBGL_ALWAYS_SOFTWARE"] = "1"
        self.move: Callable[[], object] = lambda: None
        self._close: list[Callable[[], object]] = []
        self._sessions: dict[str, str] = {}  # mutter's, by kind
        if os.getuid() == 0:
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, USER.pw_uid, USER.pw_gid)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for close in reversed(self._close):
            close()
        super().__exit__(kind, error, trace)

    def start(self, *command: str, keep: int | None = None) -> subprocess.Popen[bytes]:
        """Start a program of the room as its user."""
        return super().start(*self._as_user(*command), keep=keep)

    @staticmethod
    def _as_user(*command: str) -> tuple[str, ...]:
        if os.getuid():
            return command
        return ("setpriv", f"--reuid={USER.pw_uid}", f"--regid={USER.pw_gid}", "--clear-groups", *command)

    # --- PipeWire ----------------------------------------------------------------------------------------------------

    def pipewire(self) -> subprocess.Popen[bytes]:
        """PipeWire with who links its streams."""
        server = self.start("pipewire")
        until(lambda: self.ask("pw-cli", "info", "0"), what="no pipewire")
        self.start("wireplumber")
        until(lambda: "WirePlumber" in self.ask("pw-cli", "ls", "Client"), what="no wireplumber")
        return server

    def microphone(self) -> None:
        """Something that programs can take sound from."""
        self.ask("pw-cli", "create-node", "adapter", MICROPHONE)
        until(lambda: "microphone" in self.ask("pw-cli", "ls", "Node"), what="no microphone")

    # --- compositors -------------------------------------------------------------------------------------------------

    def mutter(self) -> subprocess.Popen[bytes]:
        """GNOME's. Needs the bus."""
        process = self._compositor(
            "mutter", "--headless", "--wayland", "--no-x11", "--virtual-monitor", "1024x768", "--wayland-display"
        )
        until(lambda: self.owned(f"{MUTTER}IdleMonitor"), what="no idle monitor")
        self._session("RemoteDesktop")
        self.move = lambda: self._gnome("RemoteDesktop", "NotifyPointerMotionRelative", "dd", (3.0, 3.0))
        return process

    def cast(self) -> None:
        """Have mutter cast its screen, as a portal asks it to."""
        self._session("ScreenCast", start=False)
        self._gnome("ScreenCast", "RecordMonitor", "sa{sv}", ("Meta-0", {}))
        self._gnome("ScreenCast", "Start")

    def uncast(self) -> None:
        """End the cast."""
        self._gnome("ScreenCast", "Stop")

    def kwin(self) -> subprocess.Popen[bytes]:
        """KDE's. A copy has no file capability, which a container forbids."""
        copy = str(shutil.copy("/usr/bin/kwin_wayland", self.folder))
        self.env["KWIN_WAYLAND_NO_PERMISSION_CHECKS"] = "1"  # for the hand: only programs that KDE knows may fake input
        process = self._compositor(copy, "--virtual", "--no-lockscreen", "--socket")
        self.move = self._kwin_hand()
        return process

    def _kwin_hand(self) -> Callable[[], None]:
        copy = str(shutil.copy(HAND, self.folder))
        command = self._as_user("/usr/bin/python3", "-I", copy)
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, env=self.env, stdin=pipe, stdout=pipe, bufsize=0, start_new_session=True)
        self._running.append(process)
        to, back = process.stdin, process.stdout
        assert to
        assert back
        self._close += (to.close, back.close)

        def move() -> None:
            to.write(b"\n")
            assert back.readline() == b"moved\n"

        return move

    def sway(self) -> subprocess.Popen[bytes]:
        """The one that has KDE's older protocol only."""
        self.env |= {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"}
        config, display = self.folder / "sway.conf", self.folder / "sway.display"
        config.write_text(f'{SWAY}exec echo "$WAYLAND_DISPLAY $SWAYSOCK" > {display}\n')
        process = self.start("sway", "-c", str(config))
        self.env["WAYLAND_DISPLAY"], self.env["SWAYSOCK"] = until(lambda: display.read_text().split(), what="no sway")
        self.move = lambda: self.ask("swaymsg", "seat", "seat0", "cursor", "move", "3", "3")
        return process

    def _compositor(self, *command: str) -> subprocess.Popen[bytes]:
        process = self.start(*command, "dw-wayland")
        until((Path(self.env["XDG_RUNTIME_DIR"]) / "dw-wayland").exists, what=f"no {command[0]}")
        self.env["WAYLAND_DISPLAY"] = "dw-wayland"
        return process

    # --- mutter's interfaces for hands and eyes: a session ends with the connection that made it ----------------------

    def _session(self, kind: str, *, start: bool = True) -> None:
        if not self._sessions:
            self._loop = asyncio.Runner()
            self._connection = self._loop.run(self._connect())
            self._close += (self._loop.close, self._connection.disconnect)
        options: tuple[str, list[object]] = ("a{sv}", [{}]) if kind == "ScreenCast" else ("", [])
        (self._sessions[kind],) = self._ask_mutter(
            f"/org/gnome/Mutter/{kind}", MUTTER + kind, "CreateSession", *options
        )
        if start:
            self._gnome(kind, "Start")

    async def _connect(self) -> MessageBus:
        return await MessageBus(bus_address=self.env["DBUS_SESSION_BUS_ADDRESS"]).connect()

    def _gnome(self, kind: str, method: str, form: str = "", values: Sequence[object] = ()) -> None:
        self._ask_mutter(self._sessions[kind], f"{MUTTER}{kind}.Session", method, form, values)

    def _ask_mutter(self, path: str, interface: str, method: str, form: str, values: Sequence[object]) -> list[str]:
        to = interface.removesuffix(".Session")
        asked = Message(to, path, interface, method, signature=form, body=list(values))
        answer = self._loop.run(self._connection.call(asked))
        assert answer.message_type is MessageType.METHOD_RETURN, answer.body
        return list(answer.body)
