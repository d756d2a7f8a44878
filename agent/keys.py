"""Who this laptop is to the feed: device uid and token, 0600 beside the ledger, so that they survive its loss."""

import os
from pathlib import Path
from uuid import UUID

import msgspec


class Keys(msgspec.Struct, frozen=True):
    """next_token: offered by the feed and on disk before it is first used."""

    feed: str
    device: UUID
    token: str
    next_token: str | None = None


def load(path: Path) -> Keys | None:
    """The keys, or None where this laptop is not enrolled (or the file is broken: it enrols anew)."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Keys)
    except (OSError, msgspec.DecodeError):
        return None


def save(path: Path, keys: Keys) -> None:
    """Durable when it returns: written beside, synced, renamed."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(keys))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    if os.name == "posix":  # the name is as durable as the file
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
