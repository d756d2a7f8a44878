"""Raw values of a document -> structs, each error told with its place and what was expected; none stops the next."""

import re
import types
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from policy.model import Duration
from policy.phrase import N_, BadValue, Phrase

Path = tuple[str | int, ...]
Complain = Callable[[Path, Phrase], None]
S = TypeVar("S", bound=Struct)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_BAD = object()
TABLE = Phrase(N_("a table"))
# Types as msgspec and as TOML's reader name them.
NAMES = {
    "array": Phrase(N_("an array")),
    "bool": Phrase(N_("true or false")),
    "dict": TABLE,
    "float": Phrase(N_("a number")),
    "int": Phrase(N_("a whole number")),
    "list": Phrase(N_("an array")),
    "object": TABLE,
    "str": Phrase(N_("a text")),
}


def duration(text: object) -> Duration:
    """Seconds of `90s`, `15m`, `2h`, `14d`.

    Raises:
        BadValue: It is none of these.

    """
    found = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise BadValue(N_("expected a span such as 90s, 15m, 2h or 14d, found {found}"), found=repr(text))
    return Duration(float(found[1]) * _UNIT[found[2]])


def build(form: type[S], raw: object, path: Path, complain: Complain) -> S | None:
    """The struct in a table, or None after a complaint for everything that is wrong with it."""
    if not isinstance(raw, dict):
        complain(path, Phrase(N_("expected {expected}, found {found}"), {"expected": TABLE, "found": _name(raw)}))
        return None
    known = {field.name: field for field in fields(form)}
    good = True
    for key in raw.keys() - known.keys():
        good = False
        near = get_close_matches(key, known, 1)
        names = {"names": ", ".join(known), "near": near[0] if near else ""}
        text = N_("expected one of {names}; did you mean {near}?") if near else N_("expected one of {names}")
        complain((*path, key), Phrase(text, names))
    values: dict[str, Any] = {}
    for name, field in known.items():
        if name in raw:
            values[name] = _value(field.type, raw[name], (*path, name), complain)
            good = good and values[name] is not _BAD
        elif field.required:
            good = False
            complain(path, Phrase(N_("expected a field {name}"), {"name": repr(name)}))
    return _made(form, values, path, complain) if good else None


def _made(form: type[S], values: dict[str, Any], path: Path, complain: Complain) -> S | None:
    try:
        return form(**values)
    except BadValue as error:  # a struct's own word on what it needs
        complain(path, error.phrase)
        return None


def _value(form: Any, raw: object, path: Path, complain: Complain) -> Any:
    form = _bare(form)
    if isinstance(form, type) and issubclass(form, Struct):
        made = build(form, raw, path, complain)
        return _BAD if made is None else made
    if get_origin(form) is tuple and get_args(form)[1:] == (...,) and isinstance(raw, list):
        items = [_value(get_args(form)[0], item, (*path, i), complain) for i, item in enumerate(raw)]
        return _BAD if any(item is _BAD for item in items) else tuple(items)
    if get_origin(form) is Literal and raw not in get_args(form):
        names = ", ".join(map(repr, get_args(form)))
        complain(path, Phrase(N_("expected one of {names}, found {found}"), {"names": names, "found": repr(raw)}))
        return _BAD
    try:
        return duration(raw) if form is Duration else msgspec.convert(raw, form)
    except msgspec.ValidationError as error:
        complain(path, _mismatch(str(error), raw))
    except BadValue as error:
        complain(path, error.phrase)
    return _BAD


def _mismatch(said: str, raw: object) -> Phrase:
    """Msgspec's "Expected `int`, got `str` - at `$[0]`" in a person's words."""
    found = re.match(r"Expected `(\w+)(?: \| null)?`", said)
    expected = NAMES.get(found[1]) if found else None
    if expected is None:
        return Phrase(N_("expected another value, found {found}"), {"found": repr(raw)})
    return Phrase(N_("expected {expected}, found {found}"), {"expected": expected, "found": _name(raw)})


def _bare(form: Any) -> Any:
    """`X` of `X | None`: a document has no null, so what is there is an X."""
    if get_origin(form) in {Union, types.UnionType}:
        given = [arg for arg in get_args(form) if arg is not type(None)]
        return given[0] if len(given) == 1 else form
    return form


def _name(raw: object) -> Phrase | str:
    return NAMES.get(type(raw).__name__, str(raw))
