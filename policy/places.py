"""Where in a TOML text a place such as `rules[2].respond.severity` stands: its parser does not tell."""

import re

Path = tuple[str | int, ...]
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*\"?([A-Za-z0-9_\-]+)\"?\s*(\.|=)")


def line_of(text: str, path: Path) -> int:
    """The line, counted from 1, of the deepest part of the path that has a line of its own."""
    best_line, best_depth = 1, 0
    for number, place in _lines(text):
        depth = _shared(place, path)
        if depth == len(place) and depth > best_depth:
            best_line, best_depth = number, depth
    return best_line


def _lines(text: str) -> list[tuple[int, Path]]:
    """Each header, key and item of an array of inline tables, with its path."""
    out: list[tuple[int, Path]] = []
    counts: dict[Path, int] = {}
    table: Path = ()
    array: Path | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if array is not None and line.lstrip().startswith("{"):
            out.append((number, (*array, counts[array])))
            counts[array] += 1
        elif header:
            table, array = _table(header[1] == "[[", header[2].split("."), counts), None
            out.append((number, table))
        elif key:
            place = (*table, key[1])
            out.append((number, place))
            array = place if re.search(r"=\s*\[\s*(#.*)?$", line) else None
            counts.setdefault(place, 0)
        elif line.strip() == "]":
            array = None
    return out


def _table(is_array: bool, names: list[str], counts: dict[Path, int]) -> Path:  # noqa: FBT001
    """The path of a header: `[rules.respond]` belongs to the last `[[rules]]`."""
    path: Path = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path] - 1)
    path = (*path, names[-1])
    if is_array:
        counts[path] = counts.get(path, 0) + 1
        path = (*path, counts[path] - 1)
    return path


def _shared(place: Path, path: Path) -> int:
    depth = 0
    for one, other in zip(place, path, strict=False):
        if one != other:
            break
        depth += 1
    return depth
