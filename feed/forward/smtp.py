"""A mail server: SMTP with STARTTLS where it is offered, and authentication where a user is configured.

A crash after the server's 250 may send a message again under the same Message-ID: mail readers show it once.
"""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from feed.forward.base import CannotForward

TIMEOUT = 30.0


@dataclass(frozen=True)
class Smtp:
    """A `Mailbox` at a server. password: never in a configuration file; see `deskwarden-feed serve --help`."""

    host: str
    port: int
    user: str = ""
    password: str = ""

    @classmethod
    def at(cls, url: str, password: str = "") -> "Smtp":
        """From `smtp://user@host:port`.

        Raises:
            ValueError: It is not such an address.

        """
        parts = urlsplit(url)
        if parts.scheme != "smtp" or not parts.hostname:
            msg = f"expected smtp://user@host:port, found {url!r}"
            raise ValueError(msg)
        return cls(parts.hostname, parts.port or 25, unquote(parts.username or ""), password)

    def has(self, message_id: str) -> bool | None:  # noqa: ARG002 - a server can't be asked
        """Not to be told."""
        return None

    def deliver(self, message: EmailMessage) -> None:
        """Give a message to the server.

        Raises:
            CannotForward: It is away, or refuses.

        """
        try:
            with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT) as server:
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context())
                    server.ehlo()
                elif self.user:
                    raise CannotForward("the server offers no STARTTLS, and a password is not sent in the clear")
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except (smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as error:
            raise CannotForward(str(error), away=False) from error
        except (OSError, smtplib.SMTPException) as error:
            raise CannotForward(str(error)) from error
