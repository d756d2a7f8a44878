"""SQLite: the cells of one column, read without a lock and without writing beside the file.

The file is its owner's to forge: a statement that runs long is ended, no function of its schema is trusted, and more
than some rows are not asked for.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path

from agent.clouds.forms import MOST, Found
from agent.sensors.bounded import Unreadable, head

_MAGIC = b"SQLite format 3\0"
_STEPS = 200_000  # of SQLite's machine, a statement
_LONGEST = 1024 * 1024  # of a cell


def find(path: Path, field: str) -> Iterator[Found]:
    """Cells of `table/column` (patterns), or of `table/column=value/column`: where another column is so.

    Raises:
        Unreadable: It is no such file, has not that table, or is torn.

    """
    if head(path, len(_MAGIC)) != _MAGIC:
        raise Unreadable("not SQLite")
    table, *where, column = field.split("/")
    try:  # immutable: no lock that its program would wait for, no -shm beside it; what its -wal holds is seen later
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            base.execute("PRAGMA trusted_schema = OFF")
            base.execute("PRAGMA cell_size_check = ON")
            _bounded(base)
            yield from [Found(cell) for cell in _cells(base, table, column, where)]
    except (sqlite3.Error, UnicodeDecodeError) as error:  # its text may hold what the file holds
        raise Unreadable("not readable as SQLite") from error


def _cells(base: sqlite3.Connection, table: str, column: str, where: list[str]) -> Iterator[str]:
    names = [
        str(row[0]) for row in base.execute("SELECT name FROM sqlite_schema WHERE type = 'table' LIMIT ?", (MOST,))
    ]
    wanted = [name for name in names if fnmatchcase(name.lower(), table.lower())]
    if not wanted and "*" not in table:
        raise Unreadable("no such table")
    for name in wanted:
        columns = [str(row[1]) for row in base.execute(f"PRAGMA table_info({_quoted(name)})")]
        for one in columns:
            if fnmatchcase(one.lower(), column.lower()):
                key, _, value = where[0].partition("=") if where else ("", "", "")
                given = f" WHERE {_quoted(key)} = ?" if key in columns else ""
                _bounded(base)
                query = f"SELECT {_quoted(one)} FROM {_quoted(name)}{given} LIMIT {MOST}"  # noqa: S608 - quoted names
                for row in base.execute(query, (value,) if given else ()):
                    yield row[0].decode("utf-8", "replace") if isinstance(row[0], bytes) else str(row[0] or "")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _bounded(base: sqlite3.Connection) -> None:
    """The statement that follows is ended after so many steps."""
    base.set_progress_handler(lambda: 1, _STEPS)
