"""The helpdesk by mail: one mail an incident, one reply in its thread for each change, none for what came and went."""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from feed.forward.letter import letter, message_id
from feed.store import Pending
from policy.model import Policy
from policy.words import Language, Translate


class Mailbox(Protocol):
    """Where mail goes."""

    def deliver(self, message: EmailMessage) -> None:
        """Deliver a message, once for each Message-ID as far as the receiver can.

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
        if row.state == "resolved" and (done is None or done.ticket is None):
            return None  # it opened and ended before anybody was told
        language: Language = self.policy.language
        mail = letter(row, self.policy, language, self.words(language), self.page)
        mail["To"] = self.to
        thread = (done.ticket if done else None) or (pending.before.ticket if pending.before else None)
        if thread:
            mail["In-Reply-To"], mail["References"] = thread, thread
            mail.replace_header("Subject", f"Re: {mail['Subject']}")
        self.mailbox.deliver(mail)
        return thread or message_id(row)
