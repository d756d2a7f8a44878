"""A program's name as Windows' installers write it, without version, architecture or language.

`7-Zip 23.01 (x64)`, `Mozilla Firefox (x64 nl)` and `Python 3.11.9 (64-bit)` are 7-zip, mozilla firefox and python: of
every version, of 32 bits and of 64, whoever tells it.
"""

import re
from pathlib import PureWindowsPath

from agent.sensors.naming import Named, clean, named

_BITS = r"x86[-_]64|amd64|x64|x86|ia32|arm64|win(?:32|64)|(?:64|32)[- ]?bits?"
_WORD = re.compile(
    rf"(?:(?i:{_BITS}|user|machine|current|all|users|per-user|machine-wide|v?\d[\w.+]*)|[a-z]{{2}}(?:-[A-Z]{{2}})?)"
)  # a language is in lower case: (nl), (en-US)
_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
_BETWEEN = re.compile(r"[\s,;_/]+")
_VERSION = re.compile(r"(?:(?<=[\s_-])|^)(?:v|version |versie )?(\d+(?:\.\d+)+[\w.+]*)(?=[\s_)-]|$)", re.IGNORECASE)
_AT_THE_END = re.compile(rf"[\s_.-]+(?:{_BITS}|v?\d+|version|versie)$", re.IGNORECASE)
_EDGES = " -–_.,"


def displayed(text: str, version: str = "") -> Named:
    """What a display name says. version: the one that stands beside it, which the name may repeat."""
    said = clean(text)
    bare = _BRACKETS.sub(_kept, said)
    told = _VERSION.search(bare)
    if version and (known := re.search(rf"(?:(?<=[\s_-])|^)v?{re.escape(version)}(?=[\s_-]|$)", bare)):
        bare = f"{bare[: known.start()]} {bare[known.end() :]}"
    name = " ".join(_VERSION.sub(" ", bare).split()).strip(_EDGES)
    while (shorter := _AT_THE_END.sub("", name)) != name:
        name = shorter.strip(_EDGES)
    name = name or said
    return Named(name.lower(), name, clean(version) if version else told[1] if told else "")


def filed(name: str) -> Named:
    """What the name of a program's file says: `rufus-4.4p.exe` is rufus."""
    return named(PureWindowsPath(name).stem)


def _kept(found: re.Match[str]) -> str:
    """Brackets stay where they hold a word of the name."""
    words = [word for word in _BETWEEN.split(found[1]) if word]
    bits = re.fullmatch(_BITS, found[1].strip(), re.IGNORECASE)
    return "" if bits or all(_of_no_name(word) for word in words) else found[0]


def _of_no_name(word: str) -> bool:
    return bool(_WORD.fullmatch(word) or word.lower() in {"bit", "bits"})
