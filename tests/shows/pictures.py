"""Pictures of tray, notice and page, made so that they can be read in the README."""

import base64
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.feed.page.browser.conftest import LIVE, Chromium
from tests.shows.visitor import Visitor
from tests.support.desktop import Room
from tests.support.until import until

NOTICE_WINDOW = ("xdotool", "search", "--onlyvisible", "--class", "xfce4-notifyd")
NAMES = ("notice.png", "tray.png", "page.png", "incident.png")
PAGE = (1100, 700)
WIDTH, SIZE = 2048, "2048x1536"
PANEL = 56  # pixels: the panel's height, twice as large as usual


class LargeRoom(Room):
    """Every part of the desktop draws with two pixels for one: sharp, not blown up."""

    def screen(self) -> None:
        """The same screen with twice as many pixels each way."""
        self.env["GDK_SCALE"] = "2"
        number = self.folder / "display"
        with number.open("wb") as out:
            fd = out.fileno()
            self.start("Xvfb", "-displayfd", str(fd), "-screen", "0", f"{SIZE}x24", "-nolisten", "tcp", keep=fd)
            self.env["DISPLAY"] = f":{until(lambda: number.read_text().strip(), what='Xvfb gave no display')}"
        self.start("openbox")
        until(lambda: "_NET_SUPPORTING_WM_CHECK(WINDOW)" in self.ask("xprop", "-root"), what="no window manager")
        paper = self.folder / "paper.png"
        self.ask("convert", "-size", SIZE, "gradient:#4a6a86-#22384c", str(paper))
        self.run(("display", "-window", "root", str(paper)))  # it draws, and says 1


def notice_and_tray(room: Room, folder: Path) -> None:
    """The notice as it is drawn; the panel with the icon's menu open."""
    window = until(lambda: windows(room), what="no notice on the screen")[0]
    until(lambda: still(room, folder), what="the screen does not come to rest")
    place = geometry(room, window)
    left, bottom = place["X"] - 24, place["Y"] + place["HEIGHT"] + 16
    room.picture(folder / "notice.png", f"{WIDTH - left}x{bottom}+{left}+0")
    close_notices(room)
    room.ask("xdotool", "mousemove", str(WIDTH - 24), str(PANEL // 2), "click", "1")
    until(lambda: still(room, folder), what="the menu does not come to rest")
    room.picture(folder / "tray.png", f"540x410+{WIDTH - 540}+0")
    room.ask("xdotool", "key", "Escape", "mousemove", "300", "600")


def close_notices(room: Room) -> None:
    """As their own button would."""
    notices = "org.freedesktop.Notifications"
    for number in range(1, 5):
        with suppress(RuntimeError):
            room.call(notices, "/org/freedesktop/Notifications", f"{notices}.CloseNotification", str(number))
    until(lambda: not windows(room), what="the notice stays")


def windows(room: Room) -> list[str]:
    """The notices on the screen."""
    return room.run(NOTICE_WINDOW).stdout.split()


def geometry(room: Room, window: str) -> dict[str, int]:
    lines = room.ask("xdotool", "getwindowgeometry", "--shell", window).split()
    return {name: int(value) for name, _, value in (line.partition("=") for line in lines)}


def still(room: Room, folder: Path) -> bool:
    """Whether two pictures, a moment apart, are the same and show something."""
    first, second = (room.picture(folder / f".{n}.ppm").read_bytes() for n in "ab")
    return first == second and len(set(first[::997])) > 4


def page(visitor: Visitor, uid: str, folder: Path) -> None:
    """The list and one incident, in Debian's chromium with the visitor's session."""
    with tempfile.TemporaryDirectory(prefix="dw-") as profile:
        browser = Chromium(Path(profile))
        name, _, value = visitor.cookie.partition("=")
        browser.call("Network.setCookie", name=name, value=value, url=visitor.origin, httpOnly=True)
        browser.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": "en"})
        try:
            browser.look(PAGE)
            browser.open(f"{visitor.origin}/")
            browser.until(LIVE)
            shoot(browser, folder / "page.png")
            browser.open(f"{visitor.origin}/incidents/{uid}")
            shoot(browser, folder / "incident.png")
        finally:
            browser.close()


def shoot(browser: Chromium, path: Path) -> None:
    """What a window of this size shows."""
    width, height = PAGE
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    path.write_bytes(base64.b64decode(browser.call("Page.captureScreenshot", clip=clip)["data"]))


def keep(made: Path, there: Path) -> None:
    """Into the docs, without the hour at which they were made."""
    there.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        if (made / name).exists():
            shutil.copyfile(made / name, there / name)
            subprocess.run(("mogrify", "-strip", there / name), check=False)
