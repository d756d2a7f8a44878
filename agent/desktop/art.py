"""The icon's pictures: drawn once each, told apart by shape as well as by colour."""

from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

from agent.desktop.face import State

SIDE = 64  # pixels of a picture; a panel scales it down
FINE = 8  # drawn so many times larger, then reduced: smooth edges
GRID = 32  # the shapes' own units a side

WHITE = (255, 255, 255, 255)
COLOURS: dict[State, tuple[int, int, int, int]] = {
    "ok": (31, 138, 76, 255),
    "attention": (230, 126, 0, 255),
    "reported": (190, 30, 60, 255),
    "limited": (108, 120, 140, 255),
    "waiting": (108, 120, 140, 255),
}

Point = tuple[float, float]
SHIELD: tuple[Point, ...] = (
    (16, 1), (29, 5), (29, 15), (27.6, 20), (25, 24.4), (21, 28.4), (16, 31),
    (11, 28.4), (7, 24.4), (4.4, 20), (3, 15), (3, 5),
)  # fmt: skip
TRIANGLE: tuple[Point, ...] = ((16, 2), (31, 29.5), (1, 29.5))


class Pen:
    """Draws in the shapes' own units on a large canvas."""

    def __init__(self) -> None:
        self.scale = SIDE * FINE / GRID
        self.image = Image.new("RGBA", (SIDE * FINE, SIDE * FINE), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.image)

    def shape(self, points: tuple[Point, ...], colour: tuple[int, int, int, int], round_by: float = 2) -> None:
        """A filled shape with round corners."""
        inner = [self._at(p) for p in _towards_middle(points, round_by)]
        self._draw.polygon(inner, fill=colour)
        self.line((*points_of(inner, self.scale), points_of(inner, self.scale)[0]), colour, 2 * round_by)

    def line(self, points: tuple[Point, ...], colour: tuple[int, int, int, int], width: float) -> None:
        """A line with round ends and joints."""
        on = [self._at(p) for p in points]
        thick = round(width * self.scale)
        self._draw.line(on, fill=colour, width=thick, joint="curve")
        for x, y in on:
            self._draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=colour)

    def dot(self, at: Point, colour: tuple[int, int, int, int], radius: float) -> None:
        """A disc."""
        x, y = self._at(at)
        r = radius * self.scale
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def done(self) -> Image.Image:
        """The picture at its own size."""
        return self.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)

    def _at(self, point: Point) -> Point:
        return point[0] * self.scale, point[1] * self.scale


def points_of(pixels: list[Point], scale: float) -> tuple[Point, ...]:
    """Pixels in the shapes' own units."""
    return tuple((x / scale, y / scale) for x, y in pixels)


def _towards_middle(points: tuple[Point, ...], by: float) -> tuple[Point, ...]:
    """Each corner moved inwards, so that rounding it adds nothing to the whole."""
    cx = sum(x for x, _ in points) / len(points)
    cy = sum(y for _, y in points) / len(points)
    return tuple((x + (cx - x) * by / GRID * 2, y + (cy - y) * by / GRID * 2) for x, y in points)


@cache
def picture(state: State) -> Image.Image:
    """The icon for how things stand."""
    pen, colour = Pen(), COLOURS[state]
    match state:
        case "ok":
            pen.shape(SHIELD, colour)
            pen.line(((9.5, 16), (14.3, 21), (22.5, 11)), WHITE, 3.6)
        case "attention":
            pen.shape(TRIANGLE, colour)
            pen.line(((16, 12), (16, 19.5)), WHITE, 3.6)
            pen.dot((16, 25), WHITE, 2.1)
        case "reported":
            pen.shape(((16, 1), (31, 16), (16, 31), (1, 16)), colour)
            pen.line(((10, 16), (21, 16)), WHITE, 3.4)
            pen.line(((16.6, 10.8), (21.8, 16), (16.6, 21.2)), WHITE, 3.4)
        case "limited":
            pen.shape(SHIELD, colour)
            pen.line(((11.5, 11.5), (20.5, 20.5)), WHITE, 3.4)
            pen.line(((20.5, 11.5), (11.5, 20.5)), WHITE, 3.4)
        case "waiting":
            pen.shape(SHIELD, colour)
            for x in (10.2, 16, 21.8):
                pen.dot((x, 15.5), WHITE, 2.1)
    return pen.done()


def write(state: State, folder: Path) -> Path:
    """The picture as a file, for those who want a path; written once."""
    path = folder / f"deskwarden-{state}.png"
    if not path.exists():
        picture(state).save(path, "PNG")
    return path
