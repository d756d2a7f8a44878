"""A room to try a desktop in: a screen, a bus, a panel, somebody who draws notices; each only where it is asked for."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.until import until

NOTIFYD = "/usr/lib/x86_64-linux-gnu/xfce4/notifyd/xfce4-notifyd"
XFCONF_SERVICE = Path("/usr/share/dbus-1/services/org.xfce.Xfconf.service")
# No service of the machine's own is started by this bus but the settings of xfce.
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
    <allow user="root"/>
  </policy>
</busconfig>
"""
# One bar with a tray and a clock.
PANEL = """\
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="{dark}"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="28"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/><value type="int" value="2"/><value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/><property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-2" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
    </property>
    <property name="plugin-3" type="string" value="separator"><property name="style" type="uint" value="0"/></property>
  </property>
</channel>
"""


class Room:
    """Starts what a desktop is made of, in a folder of its own, and ends it all."""

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="dw-")  # short: a socket's path has 108 bytes
        self.folder = Path(self._temporary.name)
        self.env = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TZ": "Europe/Amsterdam",
            "NO_AT_BRIDGE": "1",
            "GTK_A11Y": "none",
        }
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
            self.env[name] = str(self.folder / name.lower().removeprefix("xdg_"))
            Path(self.env[name]).mkdir(mode=0o700)
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._running):
            self.end(process)
        self._temporary.cleanup()

    # --- parts -------------------------------------------------------------------------------------------------------

    def screen(self) -> None:
        """An X screen with a window manager. It must not start anew when a client that was alone leaves."""
        number = self.folder / "display"
        with number.open("wb") as out:
            fd = out.fileno()
            self.start(
                "Xvfb", "-displayfd", str(fd), "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset", keep=fd
            )
            display = until(lambda: number.read_text().strip(), what="Xvfb gave no display")
        self.env["DISPLAY"] = f":{display}"
        self.start("openbox")
        until(lambda: "_NET_SUPPORTING_WM_CHECK(WINDOW)" in self.ask("xprop", "-root"), what="no window manager")

    def bus(self) -> None:
        """A session bus on which nothing starts by itself."""
        services = self.folder / "services"
        services.mkdir(exist_ok=True)
        (services / XFCONF_SERVICE.name).write_bytes(XFCONF_SERVICE.read_bytes())
        config = self.folder / "bus.conf"
        config.write_text(BUS.format(folder=self.folder))
        self.start("dbus-daemon", "--nofork", f"--config-file={config}")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.folder}/bus"
        until(
            lambda: "NameAcquired" in self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames") or True
        )

    def panel(self, *, dark: bool = True) -> None:
        """A panel with a tray."""
        where = Path(self.env["XDG_CONFIG_HOME"]) / "xfce4" / "xfconf" / "xfce-perchannel-xml"
        where.mkdir(parents=True)
        (where / "xfce4-panel.xml").write_text(PANEL.format(dark=str(dark).lower()))
        self.start("xfce4-panel", "--disable-wm-check")
        until(lambda: self.tray_hosts() == "true", what="no tray")

    def dunst(self) -> subprocess.Popen[bytes]:
        """A notification server whose buttons a command can press."""
        process = self.start("dunst")
        until(lambda: self.owned("org.freedesktop.Notifications"), what="no dunst")
        return process

    def notifyd(self) -> subprocess.Popen[bytes]:
        """A notification server that draws buttons."""
        process = self.start(NOTIFYD)
        until(lambda: self.owned("org.freedesktop.Notifications"), what="no xfce4-notifyd")
        return process

    # --- what it is asked --------------------------------------------------------------------------------------------

    def owned(self, name: str) -> bool:
        """Whether somebody on the bus has this name."""
        return "true" in self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", name)

    def tray_hosts(self) -> str:
        """Say "true" once a panel takes icons."""
        return self._watcher("IsStatusNotifierHostRegistered")

    def icons(self) -> str:
        """The icons that the panel knows."""
        return self._watcher("RegisteredStatusNotifierItems")

    def _watcher(self, name: str) -> str:
        watcher = "org.kde.StatusNotifierWatcher"
        get = "org.freedesktop.DBus.Properties.Get"
        return self.call(watcher, "/StatusNotifierWatcher", get, watcher, name).strip("()<>,\n ")

    def call(self, to: str, path: str, method: str, *values: str) -> str:
        """What a method on the bus answers, as gdbus prints it."""
        return self.ask("gdbus", "call", "--session", "-d", to, "-o", path, "-m", method, "--", *values)

    def ask(self, *command: str) -> str:
        """What a command prints; raises where it fails."""
        done = subprocess.run(command, env=self.env, capture_output=True, timeout=30, check=False, text=True)
        if done.returncode:
            raise RuntimeError(f"{command[0]} said {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def picture(self, path: Path, crop: str = "") -> Path:
        """A picture of the screen. crop: as ImageMagick writes a region (WxH+X+Y)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.ask("import", "-window", "root", *(("-crop", crop, "+repage") if crop else ()), str(path))
        return path

    # --- processes ---------------------------------------------------------------------------------------------------

    def start(self, *command: str, keep: int | None = None) -> subprocess.Popen[bytes]:
        """Start a program of the room, its output in a log. keep: a descriptor that it inherits."""
        with (self.folder / f"{Path(command[0]).name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=() if keep is None else (keep,),
            )
        self._running.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """End a program of the room with all that it started."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                process.wait(3)
        if process in self._running:
            self._running.remove(process)

    def run(self, command: Sequence[str], **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the room to its end."""
        return subprocess.run(command, env=self.env | more, capture_output=True, timeout=60, check=False, text=True)
