"""The helpdesk by mail: one mail an incident, one reply in its thread for each change, none for what came and went."""

from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Protocol

from feed.forward.letter import letter, message_id
from feed.store import Forwarded, Pending, Row
from policy.model import Policy
from policy.words import Language, Translate


class Mailbox(Protocol):
    """Where mail goes."""

    def deliver(self, message: EmailMessage) -> None:
        """Deliver a message, once for each Message-ID as far as the receiver can.

        Raises:
            CannotForward: Later, perhaps.

        """

    def has(self, message_id: str) -> bool | None:
        """Whether a message of this Message-ID was delivered; None where that can't be told.

        Raises:
            CannotForward: Later, perhaps.

        """


@dataclass(frozen=True)
class Mail:
    """The forwarder. to, sender: addresses. words: a language's catalogue. page: address of the page."""

    mailbox: Mailbox
    to: str
    policy: Policy
    words: Callable[[Language], Translate]
    page: str
    name: str = "mail"
    sender: str = "deskwarden@feed.invalid"

    def intent(self, pending: Pending) -> str | None:
        """The thread that `ensure` would begin: remembered before it does, so that a crash leaves none open."""
        row = pending.row
        if not self._wanted(row) or row.state == "resolved":
            return None
        return pending.before.ticket if pending.before and pending.before.ticket else message_id(row)

    def ensure(self, pending: Pending) -> str | None:
        """One thread an incident; what follows an earlier one goes on in that one's thread."""
        row, ticket = pending.row, self._thread(pending.done)
        if not self._wanted(row) or (row.state == "resolved" and ticket is None):
            return None  # nobody was told of it, and nobody has to be
        language: Language = self.policy.language
        mail = letter(row, self.policy, language, self.words(language), self.page)
        mail["From"], mail["To"] = Address("Deskwarden", addr_spec=self.sender), self.to
        thread = ticket or (pending.before.ticket if pending.before else None)
        if thread and thread != mail["Message-ID"]:
            mail["In-Reply-To"], mail["References"] = thread, thread
            mail.replace_header("Subject", f"Re: {mail['Subject']}")
        self.mailbox.deliver(mail)
        return thread or message_id(row)

    def _wanted(self, row: Row) -> bool:
        rule = self.policy.rules.get(row.rule)
        return rule is None or rule.respond.route in {"helpdesk", "both"}

    def _thread(self, done: Forwarded | None) -> str | None:
        """The thread that an incident has; none where a crash came between the intent and the mail."""
        if done is None or done.ticket is None:
            return None
        return done.ticket if done.revision or self.mailbox.has(done.ticket) is not False else None
