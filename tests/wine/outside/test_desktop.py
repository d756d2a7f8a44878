"""The icon, its menu and the reminder on Windows' desktop, as a person sees and clicks them."""

from pathlib import Path

from tests.support.until import until
from tests.support.wine import Program, Windows

# The desktop is 1024 by 768, the task bar its lowest 20. The icon stands at the right, the menu above it.
ICON, AWAY = (1013, 758), (300, 300)
QUIT, LOCK = (850, 736), (850, 676)
MENU, BALLOON = (735, 668), (900, 690)  # spots that are white once it is there
WHITE = "srgb(255,255,255)"


def begin(windows: Windows, *options: str) -> Program:
    command = (
        "-m",
        "tests.support.wine_agent",
        "run",
        "--language",
        "nl",
        "--state",
        r"C:\state",
        "--root",
        r"C:\none",
    )
    program = windows.python(*command, *options, desktop=True)
    until(lambda: colours(windows) > 10, what=f"no icon; it said {program.text()}")
    return program


def colours(windows: Windows) -> int:
    """How many colours the place of the icon has: an empty task bar has one."""
    return int(windows.ask("import", "-window", "root", "-crop", "18x18+1004+749", "-format", "%k", "info:"))


def white(windows: Windows, at: tuple[int, int]) -> bool:
    pixel = windows.ask(
        "import", "-window", "root", "-crop", "1x1+{}+{}".format(*at), "-format", "%[pixel:p{0,0}]", "info:"
    )
    return pixel in {WHITE, "white"}


def click(windows: Windows, at: tuple[int, int], button: int = 1) -> None:
    windows.ask("xdotool", "mousemove", str(at[0]), str(at[1]), "click", str(button))


def open_menu(windows: Windows) -> None:
    click(windows, ICON, 3)
    windows.ask("xdotool", "mousemove", *map(str, AWAY))  # what the icon says when pointed at would lie over it
    until(lambda: white(windows, MENU), what="no menu")


def test_the_icon_has_a_menu_that_does_what_it_says(windows: Windows, evidence: Path):
    """Locking, which Wine can't, so that the person is told; and the end."""
    program = begin(windows)
    open_menu(windows)
    windows.picture(evidence / "tray.png", "360x200+664+568")
    click(windows, LOCK)
    program.prints("Je scherm kon van hieruit niet worden vergrendeld")
    until(lambda: white(windows, BALLOON), what="no balloon")
    open_menu(windows)
    click(windows, QUIT)
    program.prints("ended 0, threads left: []")
    until(lambda: colours(windows) < 3, what="the icon is still there")


def test_who_leaves_the_screen_open_is_reminded_by_a_balloon(windows: Windows, evidence: Path):
    """It goes when the person is back."""
    program = begin(windows, "--remind-after", "3s")
    program.prints("Vergrendel je scherm (Win+L)")
    until(lambda: white(windows, BALLOON), what="no balloon")
    windows.picture(evidence / "reminder.png", "760x100+264+668")
    windows.ask("xdotool", "mousemove", *map(str, AWAY))
    until(lambda: not white(windows, BALLOON), what="the balloon is still there")
