"""What a process runs: the words of a command line taken apart, never searched by a pattern.

A program is told by its executable's name; where that is an interpreter, by its script, by the module of `-m` or by
what the code of `-c` imports. Nothing of this is kept.
"""

from collections.abc import Sequence
from itertools import chain

from msgspec import Struct

# Of each interpreter: options that end its own (a module, code), and those that take the next word.
_PYTHON = ("mc", "XW", ())
_NODE = ("ep", "r", ("--require", "--import", "--loader", "--eval", "--print"))
_GJS = ("c", "ICB", ("--include-path", "--coverage-prefix", "--coverage-output", "--command"))
_SHELL = ("c", "o", ("--rcfile", "--init-file"))
_OTHER = ("eE", "I", ())
_INTERPRETERS = {
    "python": _PYTHON, "pythonw": _PYTHON, "pypy": _PYTHON, "node": _NODE, "nodejs": _NODE, "gjs": _GJS,
    "gjs-console": _GJS, "sh": _SHELL, "bash": _SHELL, "dash": _SHELL, "zsh": _SHELL, "perl": _OTHER, "ruby": _OTHER,
}  # fmt: skip
_LONGEST_CODE = 10_000  # letters of a `-c` that are read


class Record(Struct, frozen=True):
    """One process as the system tells it. listen: ports, or `address:port`; exe: None where it may not be read."""

    name: str = ""
    exe: str | None = None
    cmdline: tuple[str, ...] = ()
    username: str | None = None
    listen: tuple[int | str, ...] = ()


class Runs(Struct, frozen=True):
    """What it runs. program: of its file or script, small letters, without .exe; path: where that lies, with slashes.

    modules: with their parents (`a.b` and `a`). words: what stands behind the program.
    """

    program: str
    path: str
    modules: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    @property
    def verb(self) -> str:
        """The first word that is no option."""
        return next((word for word in self.words if not word.startswith("-")), "")


def runs(record: Record) -> Runs:
    """What this process runs."""
    path = (record.exe or "").removesuffix(" (deleted)") or next(iter(record.cmdline), "") or record.name
    path = path.replace("\\", "/")
    program, words = token(path), record.cmdline[1:]
    form = _form(program)
    if form and record.cmdline and not _form(token(record.cmdline[0]).removeprefix("-")):
        return Runs(program, path)  # read while a shell became another program: its words are not the shell's
    return _interpreted(form, path, program, words) if form else Runs(program, path, words=words)


def _form(program: str) -> tuple[str, str, tuple[str, ...]] | None:
    return _INTERPRETERS.get(program.rstrip("0123456789."))


def token(path: str) -> str:
    """The name of a program's file."""
    return path.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe")


def _interpreted(form: tuple[str, str, tuple[str, ...]], path: str, program: str, words: Sequence[str]) -> Runs:
    """The script behind the interpreter's own options; the interpreter itself where there is none."""
    ends, takes, long = form
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] not in {"-", "--"}:
        word = words[at]
        at += 1
        if word.startswith("--"):
            at += word in long
            continue
        for n, letter in enumerate(word[1:], 2):
            if letter in ends or letter in takes:
                rest = word[n:]
                value = rest or next(iter(words[at : at + 1]), "")
                at += not rest
                if letter in ends:
                    return Runs(program, path, _modules(form, letter, value), tuple(words[at:]))
                break
    at += words[at : at + 1] == ("--",)
    script = next(iter(words[at : at + 1]), "")
    if not script or script == "-":
        return Runs(program, path)
    return Runs(token(script), script.replace("\\", "/"), words=tuple(words[at + 1 :]))


def _modules(form: object, letter: str, value: str) -> frozenset[str]:
    if form is not _PYTHON:
        return frozenset()
    names = [value] if letter == "m" else imported(value)
    parts = [name.split(".") for name in names]
    return frozenset(chain.from_iterable((".".join(p[: n + 1]) for n in range(len(p))) for p in parts))


def imported(code: str) -> list[str]:
    """What the statements of a Python code import: `import a.b, c as d; from e import f`."""
    names: list[str] = []
    for statement in code[:_LONGEST_CODE].replace(";", "\n").splitlines():
        words = statement.replace(",", " , ").split()
        if words[:1] == ["from"]:
            names += words[1:2]
        elif words[:1] == ["import"]:
            names += [word for before, word in zip([",", *words[1:]], words[1:], strict=False) if before == ","]
    return [name for name in names if name != ","]
