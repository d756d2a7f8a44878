"""`deskwarden-feed serve`: one process, SQLite, by default on loopback."""

import asyncio
import json
import os
import socket
import sys
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feed import secrets
from feed.app import Parts, Server, build
from feed.errors import Trouble
from feed.forward.mail import Mail, Mailbox
from feed.forward.maildir import Maildir
from feed.forward.smtp import Smtp
from feed.store.sqlite import SqliteStore
from feed.words import translate
from policy.document import BadPolicy, read
from policy.model import Policy

ENROLMENT_HOLDS = timedelta(hours=24)
SIGNIN_HOLDS = timedelta(hours=12)


def serve(options: Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    held = _claim(options.state)
    policy = _policy(options.policy)
    listener = _listen(options)
    try:
        asyncio.run(_serve(options, policy, listener))
    finally:
        listener.close()
        os.close(held)
    return 0


async def _serve(options: Namespace, policy: Policy, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    url = (options.url or f"http://{options.host}:{port}").rstrip("/")
    store = await SqliteStore.open(options.state / "feed.db")
    mail = Mail(_mailbox(options), options.mail_to, policy, translate, url, sender=options.mail_from)
    stopping = asyncio.Event()
    app = build(Parts(store, policy, [mail], secure=url.startswith("https:")), stopping)
    await _tell(options, store, url)
    await Server(app, stopping).serve(sockets=[listener])


async def _tell(options: Namespace, store: SqliteStore, url: str) -> None:
    """Say where it is: to the process that started it by its pipe, else to the terminal."""
    now = datetime.now(UTC)
    link = secrets.token()
    await store.new_signin(secrets.hashed(link), now + SIGNIN_HOLDS)
    said = {"url": url, "signin": f"{url}/signin/{link}"}
    if options.enrol:
        token = secrets.token()
        await store.open_enrolment(secrets.hashed(token), options.enrol, now + ENROLMENT_HOLDS)
        said["token"] = token
    if options.tell_fd is not None:
        with os.fdopen(options.tell_fd, "w") as pipe:
            pipe.write(json.dumps(said) + "\n")
    else:
        print("\n".join(said.values()), flush=True)


def _mailbox(options: Namespace) -> Mailbox:
    if not options.smtp:
        return Maildir(options.state / "helpdesk")
    file: Path | None = options.smtp_password_file
    try:
        return Smtp.at(options.smtp, file.read_text(encoding="utf-8").strip() if file else "")
    except (OSError, ValueError) as error:
        raise Trouble("bad_address", reason=str(error)) from error


def _policy(path: Path) -> Policy:
    try:
        return read(path.read_bytes())
    except BadPolicy as error:
        raise Trouble("policy_bad", problems=error.phrase(str(path))) from error
    except OSError as error:
        raise Trouble("policy_bad", problems=f"{path}: {error.strerror}") from error


def _listen(options: Namespace) -> socket.socket:
    """The socket that was handed down, so that a restart loses no connection; else one of our own."""
    if options.listen_fd is not None:
        return socket.socket(fileno=options.listen_fd)
    try:
        return socket.create_server((options.host, options.port), backlog=512)
    except OSError as error:
        raise Trouble(
            "address_taken", reason=error.strerror or str(error), address=f"{options.host}:{options.port}"
        ) from error


def _claim(state: Path) -> int:
    """Hold the state directory for this process; the lock ends with the process, however that ends."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(state / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - does not import on Windows

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            pid = os.pread(handle, 20, 0).decode(errors="replace").strip() or "?"
            os.close(handle)
            raise Trouble("running_already", pid=pid, path=str(state)) from error
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    return handle
