"""`deskwarden run`: both halves in one process, meeting only through agent/ipc.py's encoded messages."""

import logging
import os
import signal
import sys
from argparse import Namespace
from logging.handlers import RotatingFileHandler
from pathlib import Path

from agent import service, session
from agent.commands import EXAMPLE, load_policy
from agent.errors import Trouble
from agent.ipc import pair
from agent.platforms import this_system
from agent.platforms.base import System
from agent.platforms.heap import one_heap
from policy.build import duration
from policy.document import kept_here, trying_out
from policy.model import Policy
from policy.phrase import BadValue
from policy.words import Language, Translate


def run(options: Namespace, _: Translate, language: Language | None) -> int:
    """Run until Ctrl-C, SIGTERM or Quit."""
    one_heap()
    system = this_system()
    held = _hold(system, options.state)
    _log(options.state)
    policy = _policy(options)
    half = service.Service(_options(options, policy), system)
    mine, theirs = pair()
    person = session.Session(mine, _session_options(options, language), leave=lambda: None)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: person.stop())
    if options.token_fd is None:  # else its parent has a screen of its own
        _say_how(options, _)
    half.attach(theirs, system.user_scope())
    half.start()
    try:
        person.run()
    finally:
        half.stop()
        os.close(held)
    return 0


def _say_how(options: Namespace, _: Translate) -> None:
    if _tries_out(options):
        print(_("For trying out: the policy's own spans do not all hold."))
    if not options.feed:
        print(_("No feed: everything stays on this laptop."))
    sys.stdout.flush()


def _log(state: Path) -> None:
    """What went wrong here, for who mends it: a megabyte at most, and never what somebody did."""
    handler = RotatingFileHandler(state / "agent.log", maxBytes=1_000_000, backupCount=1, encoding="utf-8")
    logging.basicConfig(handlers=[handler], level=logging.INFO, format="%(asctime)s %(message)s")


def _hold(system: System, state: Path) -> int:
    try:
        return system.hold(state)
    except BlockingIOError as error:
        raise Trouble("running_already", pid=str(error), path=str(state)) from error


def _policy(options: Namespace) -> Policy:
    """The policy with the try-out's own spans; a copy is kept beside the ledger for the commands."""
    path = Path(options.policy) if options.policy else EXAMPLE
    policy = load_policy(path)
    (options.state / "policy.toml").write_bytes(path.read_bytes())
    grace, remind_after = _span(options.grace), _span(options.remind_after)
    if _tries_out(options):
        policy = trying_out(policy, grace=grace, immediate=options.now, remind_after=remind_after)
    return policy if options.feed else kept_here(policy)


def _tries_out(options: Namespace) -> bool:
    return bool(options.now or options.grace or options.remind_after)


def _span(text: str | None) -> float | None:
    try:
        return float(duration(text)) if text else None
    except BadValue as error:
        raise Trouble("bad_grace", reason=error.phrase) from error


def _options(options: Namespace, policy: Policy) -> service.Options:
    return service.Options(
        state=options.state,
        policy=policy,
        root=options.root,
        feed=options.feed or "",
        token=_token(options.token_fd),
        asset_tag=options.asset_tag,
        trying_out=_tries_out(options),
        with_session=True,
    )


def _session_options(options: Namespace, language: Language | None) -> session.Options:
    return session.Options(
        state=options.state,
        language=language,
        terminal=True,
        quit=True,
        python=(sys.executable, "-I"),
        desktop=not options.no_desktop,
        root=options.root,
    )


def _token(descriptor: int | None) -> str:
    """The one-time token, by a pipe: a command line can be read by everybody on the machine."""
    if descriptor is None:
        return ""
    with os.fdopen(descriptor) as pipe:
        return pipe.read().strip()
