"""JSON: what stands at a path of keys."""

import json
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from agent.clouds.forms import Found
from agent.sensors.bounded import Unreadable


def find(data: bytes, field: str) -> Iterator[Found]:
    """What stands at `key/key`, each a pattern; of what is no single value the last key itself.

    Raises:
        Unreadable: It is no JSON object.

    """
    try:
        top = json.loads(data)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of too many digits
        raise Unreadable("not JSON") from error
    if not isinstance(top, dict):
        raise Unreadable("not an object")
    yield from _below(top, field.split("/"), "")


def _below(inside: object, keys: Sequence[str], account: str) -> Iterator[Found]:
    if not isinstance(inside, dict):
        return
    for key, value in inside.items():
        if fnmatchcase(key, keys[0]):
            here = f"{account}/{key}" if "*" in keys[0] else account
            if len(keys) > 1:
                yield from _below(value, keys[1:], here)
            elif isinstance(value, str | int):
                yield Found(str(value), here)
            elif value:
                yield Found(key, here)
