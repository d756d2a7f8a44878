"""What the feed's tests share: laptops, incidents as laptops send them, and a loop for those that are coroutines."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import msgspec
import pytest

from policy import document
from policy.model import Policy, Subject
from policy.wire import Incident

pytest.register_assert_rewrite("tests.contracts.store", "tests.contracts.forwarder")

ROOT = Path(__file__).resolve().parents[2]
SPACE = UUID("00000000-0000-4000-8000-000000000000")
WAIT = 60.0  # seconds until a coroutine that waits for ever is told as such


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test that is a coroutine runs on the loop that its fixtures were made on."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    runner = pyfuncitem._request.getfixturevalue("runner")
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    runner.run(asyncio.wait_for(pyfuncitem.obj(**arguments), WAIT))
    return True


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def policy() -> Policy:
    return document.read((ROOT / "policy/examples/kpn.toml").read_bytes(), strict=True)


def incident(name: str = "cmatrix", **changes: Any) -> Incident:
    """An incident as a laptop sends it, made from the name of a program."""
    made = Incident(
        uid=uuid5(SPACE, name),
        revision=1,
        kind="software",
        rule="software.approved",
        subject=Subject("program", name),
        clause="3",
        policy="kpn 2026.11.1",
        severity=2,
        state="open",
        first_seen="2026-11-24",
        last_seen="2026-11-24",
        attrs={"name": name, "version": "2.0-3", "verdict": "unapproved", "source": "dpkg"},
    )
    return msgspec.structs.replace(made, **changes)


@pytest.fixture
def made() -> Callable[..., Incident]:
    """An incident by the name of a program."""
    return incident
