"""Raw values of a document -> structs, each error told with its place and what was expected; none stops the next."""

import re
import types
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from policy.model import Duration

Path = tuple[str | int, ...]
Complain = Callable[[Path, str], None]
S = TypeVar("S", bound=Struct)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_BAD = object()


def duration(text: object) -> Duration:
    """Seconds of `90s`, `15m`, `2h`, `14d`.

    Raises:
        ValueError: It is none of these.

    """
    found = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        msg = f"expected a span such as 90s, 15m, 2h or 14d, found {text!r}"
        raise ValueError(msg)
    return Duration(float(found[1]) * _UNIT[found[2]])


def build(form: type[S], raw: object, path: Path, complain: Complain) -> S | None:
    """The struct in a table, or None after a complaint for everything that is wrong with it."""
    if not isinstance(raw, dict):
        complain(path, f"expected a table, found {_name(raw)}")
        return None
    known = {field.name: field for field in fields(form)}
    good = True
    for key in raw.keys() - known.keys():
        good = False
        near = get_close_matches(key, known, 1)
        complain((*path, key), f"expected one of {', '.join(known)}" + (f"; did you mean {near[0]}?" if near else ""))
    values: dict[str, Any] = {}
    for name, field in known.items():
        if name in raw:
            values[name] = _value(field.type, raw[name], (*path, name), complain)
            good = good and values[name] is not _BAD
        elif field.required:
            good = False
            complain(path, f"expected a field {name!r}")
    return _made(form, values, path, complain) if good else None


def _made(form: type[S], values: dict[str, Any], path: Path, complain: Complain) -> S | None:
    try:
        return form(**values)
    except ValueError as error:  # a struct's own word on what it needs
        complain(path, str(error))
        return None


def _value(form: Any, raw: object, path: Path, complain: Complain) -> Any:
    form = _bare(form)
    if isinstance(form, type) and issubclass(form, Struct):
        made = build(form, raw, path, complain)
        return _BAD if made is None else made
    if get_origin(form) is tuple and get_args(form)[1:] == (...,) and isinstance(raw, list):
        items = [_value(get_args(form)[0], item, (*path, i), complain) for i, item in enumerate(raw)]
        return _BAD if any(item is _BAD for item in items) else tuple(items)
    try:
        return duration(raw) if form is Duration else msgspec.convert(raw, form)
    except msgspec.ValidationError as error:
        complain(path, re.sub(r" - at `.*`$", "", str(error)).replace("Expected", "expected").replace("got", "found"))
    except ValueError as error:
        complain(path, str(error))
    return _BAD


def _bare(form: Any) -> Any:
    """`X` of `X | None`: a document has no null, so what is there is an X."""
    if get_origin(form) in {Union, types.UnionType}:
        given = [arg for arg in get_args(form) if arg is not type(None)]
        return given[0] if len(given) == 1 else form
    return form


def _name(raw: object) -> str:
    return {list: "an array", str: "a text", bool: "a boolean", int: "a number", float: "a number"}.get(
        type(raw), type(raw).__name__
    )
