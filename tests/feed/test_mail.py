"""The helpdesk by mail: the forwarder's contract over a Maildir and over a real mail server, and what is mail's own."""

import asyncio
import mailbox
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email import policy as mail_policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from feed import secrets
from feed.forward import pump as pumping
from feed.forward.base import CannotForward, Forwarder
from feed.forward.mail import Mail, Mailbox
from feed.forward.maildir import Maildir
from feed.forward.pump import Pump
from feed.forward.smtp import Smtp
from feed.store import Device, Filter, Forwarded, Pending
from feed.store.sqlite import SqliteStore
from feed.words import translate
from policy import privacy
from policy.model import Policy
from policy.reference import reference
from policy.wire import Incident, seal
from tests.contracts.forwarder import ForwarderContract, closed, pending

Made = Callable[..., Incident]
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PAGE = "https://feed.example.nl"


def mail_to(box: Mailbox, policy: Policy, name: str = "mail") -> Mail:
    return Mail(box, "helpdesk@example.nl", policy, translate, PAGE, name)


def parsed(data: bytes) -> EmailMessage:
    """A mail as a mail program reads it; it has no defect."""
    message = message_from_bytes(data, policy=mail_policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    for name, value in message.items():
        assert not getattr(value, "defects", ()), name
    return message


def text(message: EmailMessage) -> str:
    content = message.get_content()
    assert isinstance(content, str)
    return content


CLOSED = ("hiermee is de melding gesloten", "closes the report")


@dataclass
class Thread:
    """One thread of mails."""

    name: str
    said: list[str] = field(default_factory=list)
    closed: bool = False


def threads(messages: list[EmailMessage]) -> list[Thread]:
    """Mails as a mail program shows them: by References, each Message-ID once."""
    known: dict[str, Thread] = {}
    seen: set[str] = set()
    for message in messages:
        name = str(message["References"] or message["Message-ID"])
        if message["Message-ID"] not in seen:
            seen.add(message["Message-ID"])
            thread = known.setdefault(name, Thread(name))
            thread.said.append(f"{message['Subject']}\n{text(message)}")
            thread.closed = any(words in text(message) for words in CLOSED)
    return list(known.values())


# --- a Maildir


@dataclass
class Box:
    """A receiver that is a directory."""

    path: Path
    remembers = True

    def forwarder(self, policy: Policy) -> Forwarder:
        return mail_to(Maildir(self.path), policy)

    def messages(self) -> list[EmailMessage]:
        """In the order in which they came."""
        files = [*self.path.glob("new/*"), *self.path.glob("cur/*")]
        return [parsed(path.read_bytes()) for path in sorted(files, key=lambda path: path.stat().st_mtime_ns)]

    def tickets(self) -> list[Thread]:
        return threads(self.messages())

    def go_away(self) -> None:
        """Its disk is not mounted."""
        self.path.write_bytes(b"")

    def refuse(self) -> None:
        """It is somebody else's."""
        self.path.mkdir()
        (self.path / "tmp").write_bytes(b"")

    def come_back(self) -> None:
        if self.path.is_dir():
            shutil.rmtree(self.path)
        else:
            self.path.unlink()


class TestMaildir(ForwarderContract):
    """The contract over a Maildir."""

    @pytest.fixture
    def receiver(self, tmp_path: Path) -> Box:
        return Box(tmp_path / "helpdesk")


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "helpdesk")


def send(box: Box, policy: Policy, incident: Incident, **changes: Any) -> EmailMessage:
    """The one mail of an incident."""
    assert box.forwarder(policy).ensure(pending(incident, **changes))
    return box.messages()[-1]


def test_the_maildir_is_one_for_others(box: Box, policy: Policy, made: Made) -> None:
    send(box, policy, made())
    theirs = mailbox.Maildir(str(box.path), create=False)
    ((key, message),) = theirs.items()
    assert message.get_subdir() == "new"
    assert message["Message-ID"] == f"<{made().uid}.1@deskwarden-feed>"
    message.set_subdir("cur")
    message.add_flag("SR")
    theirs[key] = message
    assert theirs[key].get_flags() == "RS"
    theirs.close()


def test_what_a_reader_moved_and_flagged_is_not_delivered_again(box: Box, policy: Policy, made: Made) -> None:
    send(box, policy, made())
    (new,) = box.path.glob("new/*")
    new.rename(box.path / "cur" / f"{new.name}:2,FRS")
    box.forwarder(policy).ensure(pending(made()))
    assert list(box.path.glob("new/*")) == []
    assert len(box.messages()) == 1


def test_a_half_written_mail_of_a_crash_is_never_seen(box: Box, policy: Policy, made: Made) -> None:
    send(box, policy, made())
    (new,) = box.path.glob("new/*")
    (box.path / "tmp" / new.name).write_bytes(new.read_bytes()[:100])
    new.unlink()
    assert send(box, policy, made())["Message-ID"]
    assert list(box.path.glob("tmp/*")) == []


def test_mail_is_for_its_owner_alone(box: Box, policy: Policy, made: Made) -> None:
    send(box, policy, made())
    assert {p.stat().st_mode & 0o077 for p in (box.path / "new", box.path / "cur", box.path / "tmp")} == {0}


# --- what stands in a mail


def test_the_headers_are_polite(box: Box, policy: Policy, made: Made) -> None:
    mail = send(box, policy, made())
    assert mail["Message-ID"] == f"<{made().uid}.1@deskwarden-feed>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["To"] == "helpdesk@example.nl"
    assert mail["In-Reply-To"] is None
    assert mail["References"] is None
    assert mail["Date"].datetime.tzinfo


def test_replies_hang_under_the_first_mail(box: Box, policy: Policy, made: Made) -> None:
    forwarder = box.forwarder(policy)
    root = forwarder.ensure(pending(made(revision=3)))
    done = Forwarded(made().uid, 3, root)
    forwarder.ensure(pending(made(revision=5, severity=4), done))
    forwarder.ensure(pending(closed(made(), revision=6), done))
    first, *replies = box.messages()
    assert root == first["Message-ID"] == f"<{made().uid}.3@deskwarden-feed>"
    assert [r["Message-ID"] for r in replies] == [f"<{made().uid}.{n}@deskwarden-feed>" for n in (5, 6)]
    for reply in replies:
        assert reply["In-Reply-To"] == reply["References"] == root
        assert reply["Subject"].strip() == f"Re: {first['Subject']}"
        assert reply["Auto-Submitted"] == "auto-generated"
        assert reply["X-Auto-Response-Suppress"] == "All"


def test_the_subject_is_as_promised(box: Box, policy: Policy, made: Made) -> None:
    incident = made(attrs={"name": "7-Zip", "version": "24.08", "verdict": "unapproved"})
    mail = send(box, policy, incident)
    assert mail["Subject"] == f"[{reference(incident.uid)}] Niet-goedgekeurd programma: 7-Zip 24.08 (LT-20431)"


TOLD = {"name": "cmatrix", "version": "2.0", "verdict": "unapproved", "told": "2026-11-24", "deadline": "2026-11-26"}


def english(policy: Policy) -> Policy:
    return msgspec.structs.replace(policy, language="en")


def test_a_ticket_can_be_closed_without_asking(box: Box, policy: Policy, made: Made) -> None:
    """Every field that ../promises names and that there is so far."""
    body = text(send(box, english(policy), made(attrs=TOLD | {"brings": ("libx", "liby")}), language="en"))
    for line in (
        f"Reference: {reference(made().uid)}",
        f"uid: {made().uid}",
        "Rule: software.approved",
        "Clause: 3",
        "Category: software",
        "Queue: it-helpdesk",
        "Priority: P4",
        "Laptop: LT-20431",
        "Employee's language: en",
        "First seen: 2026-11-24",
        "Came with it: libx, liby",
        "Delete after: 2027-02-22",
        f"{PAGE}/r/{reference(made().uid)}",
    ):
        assert line in body.splitlines()
    assert "The employee was told on 2026-11-24 and had until 2026-11-26" in body
    assert [line[:2] for line in body.splitlines() if re.match(r"\d\. ", line)] == ["1.", "2.", "3."]
    assert "Closes by itself when it is gone." in body
    quoted = " ".join(line[2:] for line in body.splitlines() if line.startswith("> "))
    assert quoted.startswith("cmatrix ")
    assert "(code 3)" in quoted
    assert "Nobody has been told yet." in quoted


@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_is_written_in_the_helpdesks_language(box: Box, policy: Policy, made: Made, language: str) -> None:
    rule = policy.rules["software.approved"]
    assert rule.helpdesk
    mail = send(box, msgspec.structs.replace(policy, language=language), made(attrs=TOLD))
    assert rule.title.of(language) in mail["Subject"]
    assert rule.helpdesk.of(language)[0] in text(mail).replace("\n", " ")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_notice_is_quoted_in_the_employees_language(box: Box, policy: Policy, made: Made, language: str) -> None:
    mail = send(box, policy, made(attrs=TOLD), language=language)
    quoted = [line for line in text(mail).splitlines() if line.startswith("> ")]
    assert translate("nl")("Nobody has been told yet.") != "Nobody has been told yet.", "the catalogue is compiled"
    words = translate("en" if language == "en" else "nl")("Nobody has been told yet.")
    assert words in " ".join(line[2:] for line in quoted)


def denied(made: Made) -> Incident:
    """Of tier A: it left with its times."""
    return made(
        "hydra",
        attrs={"name": "hydra", "version": "9.4", "verdict": "denied"},
        first_seen="2026-11-24T09:13:22Z",
        last_seen="2026-11-24T21:47:08Z",
    )


HOUR = re.compile(r"\d\d?[:.]\d\d(?!\d)|\d{4}-\d\d-\d\dT")


def hours(mail: EmailMessage) -> list[str]:
    """Hours anywhere but in Date: that is when the mail was sent. 17:00 is the end of every working day of grace."""
    head = "\n".join(f"{name}: {value}" for name, value in mail.items() if name not in {"Date", "Message-ID"})
    return [found for found in HOUR.findall(f"{head}\n{text(mail)}") if found != "17:00"]


def test_a_mail_holds_no_hours(box: Box, policy: Policy, made: Made) -> None:
    for incident in (made(attrs=TOLD), made("sl")):
        assert hours(send(box, policy, incident)) == []
        assert hours(send(box, policy, closed(incident), done=Forwarded(incident.uid, 1, "<t>"))) == []


def test_nor_does_one_of_tier_a(box: Box, policy: Policy, made: Made) -> None:
    assert hours(send(box, policy, denied(made))) == []


def test_what_is_denied_says_that_the_employee_had_no_time(box: Box, policy: Policy, made: Made) -> None:
    body = text(send(box, english(policy), denied(made)))
    assert "Reported at once: the list says that it may not be there." in body
    assert "had time to put it right" not in body


def test_a_mail_holds_no_device_uid_path_or_scope(box: Box, policy: Policy, made: Made) -> None:
    """The asset tag is for tickets; the device's uid is not."""
    mail = send(box, policy, made(attrs=TOLD))
    whole = mail.as_string() + text(mail)
    assert str(pending(made()).row.device) not in whole
    assert re.search(r"(?<![:/\w.])/(home|root|usr|opt|var|tmp)\b", whole) is None
    assert "user:" not in whole


HOSTILE = {
    "newline": "x\nBcc: all@example.nl\n\nhello",
    "carriage return": "x\r\nX-Injected: yes\r\n\r\nhello",
    "bare cr": "x\rX-Injected: yes",
    "unicode lines": "x\u2028X-Injected: yes\u2029y\x85z\x0bv\x0cw\x1cu",
    "nul": "x\0y",
    "200 letters": "n" * 200,
    "200 wide": "界" * 200,
    "200 words": ("long name " * 20),
    "rtl": "\u202egpj.exe\u202c \u2066x\u2069 שלום",
    "emoji": "👩‍👩‍👧‍👦 🏴‍☠️",
    "quotes": "\"quoted\" <a@b> 'x' ; , : \\ (comment)",
    "encoded word": "=?utf-8?q?=0D=0AX-Injected=3A_yes?=",
    "template": "{name} {0} %s $x {clause.__class__}",
    "blank": "   ",
}
HEADERS = {
    "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "In-Reply-To", "References",
}  # fmt: skip


@pytest.mark.parametrize("where", ["name", "version", "brings", "asset_tag"])
@pytest.mark.parametrize("name", [pytest.param(name, id=what) for what, name in HOSTILE.items()])
def test_a_hostile_name_changes_nothing_but_its_own_place(
    box: Box, policy: Policy, made: Made, name: str, where: str
) -> None:
    attrs: dict[str, Any] = dict(TOLD)
    if where == "brings":
        attrs["brings"] = (name, "liby")
    elif where != "asset_tag":
        attrs[where] = name
    if not name.isprintable() and where != "asset_tag":
        with pytest.raises(privacy.NotListed):
            seal(made(attrs=attrs))
        attrs = privacy.clipped(attrs)  # as a laptop does with what it found
    seal(made(attrs=attrs))
    tag = privacy.plain(name)[:64] if where == "asset_tag" else "LT-20431"  # as the feed does at enrolment
    mail = send(box, policy, made(attrs=attrs), asset_tag=tag)
    assert set(mail.keys()) <= HEADERS
    assert len(mail.keys()) == len(set(mail.keys())), "each once"
    assert mail["Subject"].strip().startswith(f"[{reference(made().uid)}] "), "a long one begins on a line of its own"
    assert mail["To"] == "helpdesk@example.nl"
    body = text(mail).splitlines()
    assert len([line for line in body if line.startswith(("Laptop: ", "Melding: ", "Reference: "))]) <= 2
    assert not any(line.startswith(("X-Injected", "Bcc", "hello")) for line in body)
    raw = next(iter(box.path.glob("new/*"))).read_bytes()
    assert max(map(len, raw.split(b"\n"))) <= 998, "RFC 5322, 2.1.1"
    raw.decode("ascii")


def test_the_subject_of_a_hostile_name_can_be_read(box: Box, policy: Policy, made: Made) -> None:
    name = "Ünïcode 👩‍👩‍👧‍👦 " * 10
    mail = send(box, policy, made(attrs=TOLD | {"name": name}))
    assert name.split(maxsplit=1)[0] in mail["Subject"]
    assert mail["Subject"].endswith("(LT-20431)")


# --- a mail server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A throwaway one, for 127.0.0.1; nobody trusts it unless told to."""
    folder = tmp_path_factory.mktemp("certificate")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", key, "-out", cert, "-days", "3650", "-subj", "/CN=deskwarden test",
         "-addext", "subjectAltName=IP:127.0.0.1"),
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


USER, PASSWORD = "helpdesk", "correct horse"


class Speaking(SMTP):
    """One connection; it remembers the line below TLS, so that a broken handshake leaves no socket open."""

    lines: list[asyncio.Transport]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is None:  # else it is the one over TLS
            assert isinstance(transport, asyncio.Transport)
            self.lines.append(transport)
        super().connection_made(transport)


class Post:
    """A real mail server on a thread of its own, on any port."""

    remembers = False  # what was delivered is the helpdesk's; a server can't be asked

    def __init__(self, certificate: tuple[Path, Path] | None, *, auth: bool) -> None:
        self.got: list[bytes] = []
        self.over_tls: list[bool] = []
        self.passwords: list[bytes] = []
        self._lines: list[asyncio.Transport] = []
        self.answer = "250 OK"
        self.recipient = "250 OK"
        self._certificate, self._auth = certificate, auth
        self.port = 0
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", self.port))
        self.port = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), name="post")
        self._thread.start()
        started.wait()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._smtp, sock=self._socket))
        self._loop.call_soon(started.set)
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(server.wait_closed())
        for line in self._lines:
            line.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
            self._loop.run_until_complete(asyncio.wait([task]))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _smtp(self) -> SMTP:
        context = None
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
        smtp = Speaking(
            self, tls_context=context, require_starttls=bool(context), hostname="post.test", loop=self._loop,
            authenticator=self._known if self._auth else None, auth_required=self._auth,
            auth_require_tls=bool(context),
        )  # fmt: skip
        smtp.lines = self._lines
        return smtp

    def _known(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.passwords.append(data.password)
        known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=False)

    async def handle_RCPT(self, _s: SMTP, _session: Session, envelope: Envelope, address: str, _o: list[str]) -> str:  # noqa: N802
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            assert envelope.rcpt_tos == ["helpdesk@example.nl"]
            self.got.append(envelope.content)
            self.over_tls.append(session.ssl is not None)
        return self.answer

    # --- as a receiver

    def forwarder(self, policy: Policy) -> Forwarder:
        user = f"{USER}@" if self._auth else ""
        return mail_to(Smtp.at(f"smtp://{user}127.0.0.1:{self.port}", PASSWORD if self._auth else ""), policy)

    def tickets(self) -> list[Thread]:
        return threads([parsed(data) for data in self.got])

    def go_away(self) -> None:
        self.close()

    def refuse(self) -> None:
        self.recipient = "550 5.7.1 not from you"

    def come_back(self) -> None:
        self.recipient = "250 OK"
        if not self._thread.is_alive():
            self._open()


@pytest.fixture
def open_post(certificate: tuple[Path, Path]) -> Iterator[Callable[..., Post]]:
    opened: list[Post] = []

    def open_(*, tls: bool = False, auth: bool = False) -> Post:
        opened.append(Post(certificate if tls else None, auth=auth))
        return opened[-1]

    yield open_
    for post in opened:
        post.come_back()
        post.close()


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The throwaway certificate is one that the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


class TestSmtp(ForwarderContract):
    """The contract over a mail server that asks for nothing."""

    @pytest.fixture
    def receiver(self, open_post: Callable[..., Post]) -> Post:
        return open_post()


@pytest.mark.usefixtures("trusted")
class TestSmtpWithTls(ForwarderContract):
    """And over one that asks for STARTTLS and for a name and a password."""

    @pytest.fixture
    def receiver(self, open_post: Callable[..., Post]) -> Post:
        return open_post(tls=True, auth=True)


@pytest.mark.usefixtures("trusted")
def test_mail_and_password_go_over_tls(open_post: Callable[..., Post], policy: Policy, made: Made) -> None:
    post = open_post(tls=True, auth=True)
    post.forwarder(policy).ensure(pending(made()))
    assert post.over_tls == [True]
    assert post.passwords == [PASSWORD.encode()]


def test_an_untrusted_certificate_gets_neither_password_nor_mail(
    open_post: Callable[..., Post], policy: Policy, made: Made
) -> None:
    post = open_post(tls=True, auth=True)
    with pytest.raises(CannotForward, match="certificate"):
        post.forwarder(policy).ensure(pending(made()))
    assert (post.got, post.passwords) == ([], [])


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_gets_nothing(
    open_post: Callable[..., Post], policy: Policy, made: Made
) -> None:
    post = open_post(tls=True, auth=True)
    with pytest.raises(CannotForward, match="localhost"):
        mail_to(Smtp("localhost", post.port, USER, PASSWORD), policy).ensure(pending(made()))
    assert (post.got, post.passwords) == ([], [])


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_password_is_never_said_in_the_clear(open_post: Callable[..., Post], policy: Policy, made: Made) -> None:
    post = open_post(auth=True)
    with pytest.raises(CannotForward, match="STARTTLS"):
        post.forwarder(policy).ensure(pending(made()))
    assert post.passwords == []


@pytest.mark.usefixtures("trusted")
def test_refused_credentials_are_told_and_tried_again(
    open_post: Callable[..., Post], policy: Policy, made: Made
) -> None:
    post = open_post(tls=True, auth=True)
    wrong = mail_to(Smtp("127.0.0.1", post.port, USER, "wrong"), policy)
    with pytest.raises(CannotForward, match="535") as told:
        wrong.ensure(pending(made()))
    assert "wrong" not in str(told.value), "the password stands in no message"
    assert told.value.away, "no use in trying the next one"
    assert post.got == []
    assert post.forwarder(policy).ensure(pending(made()))


@pytest.mark.parametrize("answer", ["451 4.3.0 later", "554 5.7.1 spam", "552 5.3.4 too big"])
def test_a_mail_that_is_refused_may_not_hold_up_others(
    open_post: Callable[..., Post], policy: Policy, made: Made, answer: str
) -> None:
    post = open_post()
    post.answer = answer
    with pytest.raises(CannotForward, match=answer.split(maxsplit=1)[0]) as told:
        post.forwarder(policy).ensure(pending(made()))
    assert not told.value.away


def test_a_server_that_breaks_off_is_away(policy: Policy, made: Made) -> None:
    """It takes the connection and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept_and_close() -> None:
            listener.accept()[0].close()

        hang_up = threading.Thread(target=accept_and_close, daemon=True)  # else a failure would never end
        hang_up.start()
        with pytest.raises(CannotForward) as told:
            mail_to(Smtp("127.0.0.1", listener.getsockname()[1]), policy).ensure(pending(made()))
        hang_up.join()
    assert told.value.away


def test_again_after_a_crash_it_has_the_same_message_id(
    open_post: Callable[..., Post], policy: Policy, made: Made
) -> None:
    """A server can't be asked what it has; mail readers show it once."""
    post = open_post()
    for _ in range(2):
        post.forwarder(policy).ensure(pending(made()))
    first, second = (parsed(data) for data in post.got)
    assert first["Message-ID"] == second["Message-ID"]


def test_a_line_of_one_dot_arrives(open_post: Callable[..., Post], policy: Policy, made: Made) -> None:
    post = open_post()
    rule = policy.rules["software.approved"]
    dotted = msgspec.structs.replace(rule, title=msgspec.structs.replace(rule.title, nl="."))
    rules = {rule.id: dotted}
    post.forwarder(msgspec.structs.replace(policy, rules=rules)).ensure(pending(made(attrs=TOLD | {"name": "."})))
    (mail,) = (parsed(data) for data in post.got)
    assert text(mail).rstrip().endswith(reference(made().uid)), "to the last line"


@pytest.mark.parametrize("url", ["", "smtp://", "http://x", "x:25", "smtp://h:port", "smtp://h:70000", "smtps://h:465"])
def test_what_is_no_address_is_said_to_be_none(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Smtp.at(url)


def test_an_address_is_read() -> None:
    assert Smtp.at("smtp://jan%40kpn@mail.kpn.nl:587", "p") == Smtp("mail.kpn.nl", 587, "jan@kpn", "p")
    assert Smtp.at("smtp://mail.kpn.nl").port == 25


# --- the pump, from a real store


class Said:
    """A forwarder that a test scripts; it tells what it was asked."""

    name = "said"

    def __init__(self, answer: Callable[[Pending], str | None]) -> None:
        self.asked: list[tuple[str, int]] = []
        self._answer = answer

    def intent(self, _pending: Pending) -> str | None:
        return None

    def ensure(self, pending: Pending) -> str | None:
        self.asked.append((pending.row.subject.key, pending.row.revision))
        return self._answer(pending)


@pytest.fixture
def store(runner: asyncio.Runner, tmp_path: Path) -> Iterator[SqliteStore]:
    store = runner.run(SqliteStore.open(tmp_path / "feed.db"))
    yield store
    runner.run(store.close())


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pump that tries again without waiting."""
    monkeypatch.setattr(pumping, "FIRST_RETRY", 0.0)
    monkeypatch.setattr(pumping, "LAST_RETRY", 0.0)


async def reported(store: SqliteStore, *incidents: Incident) -> None:
    await store.open_enrolment("h", "LT-1", NOW + timedelta(minutes=1))
    enrolled = await store.enrol("h", "LT-1", NOW)
    assert enrolled
    device = await store.device(secrets.hashed(enrolled.token))
    assert device
    results = await store.take(device, [seal(one) for one in incidents], NOW)
    assert {r.outcome for r in results} == {"stored"}


async def done_by(store: SqliteStore, pump: Pump, names: set[str]) -> None:
    """Run a pump until it has forwarded these."""
    running = asyncio.create_task(pump.run())
    seen = -1
    while {row.subject.key for row in await store.incidents(FILTER) if row.ticket} != names:
        seen = await store.changed(seen)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


FILTER = Filter()


@pytest.mark.usefixtures("_at_once")
async def test_a_receiver_that_was_away_gets_all_in_order(store: SqliteStore, made: Made) -> None:
    times = iter(range(5))

    def answer(pending: Pending) -> str:
        if next(times, None) is not None:
            raise CannotForward("the disk is on fire")
        return f"<{pending.row.subject.key}>"

    await reported(store, made("a"), made("b"))
    said = Said(answer)
    pump = Pump(store, said)
    await done_by(store, pump, {"a", "b"})
    assert said.asked == [("a", 1)] * 6 + [("b", 1)]
    assert pump.standing.error == ""
    assert pump.standing.last_success


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize("error", [CannotForward("no", away=False), ZeroDivisionError("a bug")])
async def test_one_that_is_refused_does_not_hold_up_the_next(store: SqliteStore, made: Made, error: Exception) -> None:
    def answer(pending: Pending) -> str:
        if pending.row.subject.key == "a":
            raise error
        return "<t>"

    await reported(store, made("a"), made("b"))
    pump = Pump(store, Said(answer))
    await done_by(store, pump, {"b"})
    assert [p.row.subject.key for p in await store.pending("said")] == ["a"], "and is not given up"


@pytest.mark.usefixtures("_at_once")
async def test_many_that_are_refused_hide_nothing_behind_them(store: SqliteStore, made: Made) -> None:
    """More than are asked for at once."""

    def answer(pending: Pending) -> str:
        if pending.row.subject.key != "last":
            raise CannotForward("no", away=False)
        return "<t>"

    await reported(store, *(made(f"bad{n}") for n in range(60)), made("last"))
    await done_by(store, Pump(store, Said(answer)), {"last"})
    assert len(await store.pending("said", limit=100)) == 60


async def test_a_pump_that_is_up_to_date_waits(store: SqliteStore, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the next change, and not by asking again and again."""
    await reported(store, made("a"))
    asked: list[int] = []
    enough = asyncio.Event()
    changed = store.changed

    async def counted(after: int) -> int:
        asked.append(after)
        if after == await changed(-1) or len(asked) == 20:
            enough.set()
        return await changed(after)

    monkeypatch.setattr(store, "changed", counted)
    running = asyncio.create_task(Pump(store, Said(lambda _: "<t>")).run())
    await enough.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert asked[-1] == await changed(-1)
    assert asked == sorted(set(asked)), "each time for something newer"


async def test_a_pump_that_is_up_to_date_asks_nothing_twice(store: SqliteStore, made: Made) -> None:
    await reported(store, made("a"))
    said = Said(lambda _: "<t>")
    await done_by(store, Pump(store, said), {"a"})
    await reported(store, made("b"))
    await done_by(store, Pump(store, said), {"a", "b"})
    assert said.asked == [("a", 1), ("b", 1)]


@pytest.mark.usefixtures("_at_once")
async def test_a_store_that_fails_once_does_not_end_the_pump(
    store: SqliteStore, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reported(store, made("a"))
    kept, times = store.forwarded, iter(range(1))

    async def forwarded(forwarder: str, done: Forwarded) -> None:
        if next(times, None) is not None:
            raise sqlite3.OperationalError("database or disk is full")
        await kept(forwarder, done)

    monkeypatch.setattr(store, "forwarded", forwarded)
    running = asyncio.create_task(Pump(store, Said(str)).run())
    ticket = asyncio.create_task(_ticketed(store))
    await asyncio.wait({running, ticket}, return_when=asyncio.FIRST_COMPLETED)
    over = running.done()
    running.cancel()
    ticket.cancel()
    await asyncio.gather(running, ticket, return_exceptions=True)
    assert not over


async def _ticketed(store: SqliteStore) -> None:
    seen = -1
    while not all(row.ticket for row in await store.incidents(FILTER)):
        seen = await store.changed(seen)


async def test_a_pump_that_is_killed_before_the_mark_goes_on(
    store: SqliteStore, box: Box, policy: Policy, made: Made
) -> None:
    """Delivered, not marked, and ended meanwhile: the thread is closed, and the laptop hears of its ticket."""
    await reported(store, made("a"))
    kept, killed = store.forwarded, asyncio.Event()

    async def forwarded(forwarder: str, done: Forwarded) -> None:
        if done.revision:
            killed.set()
            await asyncio.Event().wait()
        await kept(forwarder, done)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "forwarded", forwarded)
        running = asyncio.create_task(Pump(store, box.forwarder(policy)).run())
        await killed.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    ((device, *_),) = await store.last_contacts()
    row = await store.incident(made("a").uid)
    assert row
    assert row.device == device
    known = Device(device, "LT-1", 0)
    await store.take(known, [seal(closed(made("a")))], NOW)
    await done_by(store, Pump(store, box.forwarder(policy)), {"a"})
    (ticket,) = box.tickets()
    assert (len(ticket.said), ticket.closed) == (2, True)


async def test_mail_from_the_store_to_the_maildir(store: SqliteStore, box: Box, policy: Policy, made: Made) -> None:
    """The whole way behind the page: taken, forwarded, and the ticket is on its way to the laptop."""
    await reported(store, made("cmatrix", attrs=TOLD))
    await done_by(store, Pump(store, box.forwarder(policy)), {"cmatrix"})
    (ticket,) = box.tickets()
    ((device, *_),) = await store.last_contacts()
    ((_, directive),) = await store.directives(device, 0)
    assert getattr(directive, "ticket", None) == ticket.name
