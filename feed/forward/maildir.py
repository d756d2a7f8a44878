"""A mailbox in a directory: the embedded default, where no mail server is configured.

The file's name is made from the message's own id, so that delivering once more after a crash finds what is there.
"""

import os
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path

from feed.forward.base import CannotForward


class Maildir:
    """A `Mailbox` in a directory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def deliver(self, message: EmailMessage) -> None:
        """Put a message in `new`, once.

        Raises:
            CannotForward: The disk refuses.

        """
        name = _file(str(message["Message-ID"]))
        try:
            for folder in ("tmp", "new", "cur"):
                (self.path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._there(name):
                self._write(name, message.as_bytes(policy=SMTP))
        except OSError as error:
            raise CannotForward(str(error)) from error

    def has(self, message_id: str) -> bool | None:
        """Whether a message of this Message-ID is here.

        Raises:
            CannotForward: The disk refuses.

        """
        try:
            return self._there(_file(message_id))
        except OSError as error:
            raise CannotForward(str(error)) from error

    def _there(self, name: str) -> bool:
        """A reader moves it to `cur` and adds flags after a colon."""
        return (self.path / "new" / name).exists() or any((self.path / "cur").glob(f"{name}*"))

    def _write(self, name: str, data: bytes) -> None:
        fresh = self.path / "tmp" / name
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self.path / "new" / name)
        folder = os.open(self.path / "new", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _file(message_id: str) -> str:
    return sha256(message_id.encode()).hexdigest()[:32] + ".deskwarden"
