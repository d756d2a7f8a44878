"""The helpdesk by mail: one mail an incident, one reply in its thread for each change, none for what came and went."""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from feed.forward.letter import letter, message_id
from feed.store import Pending, Row
from policy.model import Policy
from policy.words import Language, Translate


class Mailbox(Protocol):
    """Where mail goes."""

    def deliver(self, message: EmailMessage) -> None:
        """Deliver a message, once for each Message-ID as far as the receiver can.

        Raises:
            CannotForward: Later, perhaps.

        """

    def has(self, name: str) -> bool:
        """Whether a message of this Message-ID was delivered, as far as that can be told.

        Raises:
            CannotForward: Later, perhaps.

        """


@dataclass(frozen=True)
class Mail:
    """The forwarder. to: the helpdesk's address. words: a language's catalogue. page: address of the page."""

    mailbox: Mailbox
    to: str
    policy: Policy
    words: Callable[[Language], Translate]
    page: str
    name: str = "mail"

    def ensure(self, pending: Pending) -> str | None:
        """One thread an incident; what follows an earlier one within its time goes on in that one's thread."""
        row, done = pending.row, pending.done
        rule = self.policy.rules.get(row.rule)
        if rule and rule.respond.route not in {"helpdesk", "both"}:
            return None
        before = pending.before.ticket if pending.before else None
        ticket = done.ticket if done else self._unmarked(row, before)
        if row.state == "resolved" and ticket is None:
            return None  # it opened and ended before anybody was told
        language: Language = self.policy.language
        mail = letter(row, self.policy, language, self.words(language), self.page)
        mail["To"] = self.to
        thread = ticket or before
        if thread:
            mail["In-Reply-To"], mail["References"] = thread, thread
            mail.replace_header("Subject", f"Re: {mail['Subject']}")
        self.mailbox.deliver(mail)
        return thread or message_id(row)

    def _unmarked(self, row: Row, before: str | None) -> str | None:
        """The thread of a mail of an earlier revision that went out just before a crash kept it from being marked."""
        names = (message_id(row, revision) for revision in range(1, row.revision))
        first = next((name for name in names if self.mailbox.has(name)), None)
        return first and (before or first)
