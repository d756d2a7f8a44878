"""Idle on Wayland: KWin and sway tell it for real, each by its own protocol; and what a compositor of neither says."""

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.platforms.base import Blind, IdleSource
from agent.platforms.wayland import WaylandIdle
from agent.platforms.wayland_absence import Absence
from policy.seen import Idled, Lost, Seen, Touched
from tests.contracts.idle import Heard, IdleContract
from tests.support.compositors import Desk
from tests.support.until import until


class Rig:
    """On the compositor of a desk."""

    people = False

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def source(self) -> IdleSource:
        return WaylandIdle(self._desk.env)

    def touch(self) -> None:
        self._desk.move()


@pytest.fixture(scope="module")
def kwin() -> Iterator[Desk]:
    with Desk() as desk:
        desk.kwin()
        yield desk


@pytest.fixture(scope="module")
def sway() -> Iterator[Desk]:
    with Desk() as desk:
        desk.sway()
        yield desk


class TestKWin(IdleContract):
    """The contract, by ext_idle_notifier_v1 in its first version."""

    @pytest.fixture
    def rig(self, kwin: Desk) -> Rig:
        return Rig(kwin)


class TestSway(IdleContract):
    """The contract, by org_kde_kwin_idle."""

    @pytest.fixture
    def rig(self, sway: Desk) -> Rig:
        return Rig(sway)


# --- spans, counted from a time on -----------------------------------------------------------------------------------


def test_spans_that_change_in_an_absence_are_said_anew_and_the_longest_passed_speaks_for_all():
    absence = Absence()
    absence.since = 100.0
    absence.watch((10.0, 20.0))
    assert (absence.due(109.0), absence.wait(109.0)) == (None, 1.0)
    assert (absence.due(110.0), absence.due(111.0), absence.wait(111.0)) == (Idled(10.0), None, 9.0)
    absence.watch((5.0, 30.0))
    assert (absence.due(112.0), absence.due(113.0), absence.wait(113.0)) == (Idled(12.0), None, 17.0)
    absence.watch((1.0, 2.0, 3.0))
    assert (absence.due(115.0), absence.due(116.0), absence.wait(116.0)) == (Idled(15.0), None, None)
    assert (absence.ended(), absence.ended(), absence.wait(116.0)) == (Touched(), None, None)


# --- where it does not work, and where it ends ------------------------------------------------------------------------


def test_a_compositor_that_ends_is_lost_and_leaves_no_thread():
    before = set(threading.enumerate())
    with Desk() as desk:
        process = desk.kwin()
        heard = Heard(WaylandIdle(desk.env))
        desk.end(process)
        until(lambda: heard.said == [Lost("ext_idle_notify", "server_ended")], what=f"{heard.said}")
        until(lambda: set(threading.enumerate()) == before, what="a thread is left")
        heard.source.stop()
    with pytest.raises(Blind, match="no_server"):
        WaylandIdle(desk.env).start(heard.said.append)


def test_mutter_has_no_such_protocol():
    with Desk() as desk:
        desk.bus()
        desk.mutter()
        with pytest.raises(Blind, match="no_extension"):
            WaylandIdle(desk.env).start(lambda seen: pytest.fail(f"{seen}"))


def test_without_wayland_it_is_blind(tmp_path: Path):
    for environ, why in (
        ({}, "no_display"),
        ({"WAYLAND_DISPLAY": "none", "XDG_RUNTIME_DIR": str(tmp_path)}, "no_server"),
    ):
        source = WaylandIdle(environ)
        with pytest.raises(Blind, match=why):
            source.start(lambda seen: pytest.fail(f"{seen}"))
        source.stop()


# --- films ------------------------------------------------------------------------------------------------------------


def test_it_says_where_a_film_counts_as_input(kwin: Desk, sway: Desk):
    """Both have first versions."""
    for desk in (kwin, sway):
        source = WaylandIdle(desk.env)
        source.start(lambda seen: None)
        assert source.honours_inhibitors
        source.stop()


# --- a compositor of the test's own, for what Debian's do not have ----------------------------------------------------


class Made:
    """Says what it is told to; everything it is asked is kept as (object, opcode, words)."""

    def __init__(self, path: Path, *globals_: tuple[str, int]) -> None:
        self.environ = {"XDG_RUNTIME_DIR": str(path), "WAYLAND_DISPLAY": "made"}
        self.asked: list[tuple[int, int, tuple[int, ...]]] = []
        self._globals = globals_
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path / "made"))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._client.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._client.close()
        self._listener.close()

    def say(self, thing: int, opcode: int, body: bytes = b"") -> None:
        self._client.sendall(struct.pack("=IHH", thing, opcode, 8 + len(body)) + body)

    def announce(self, name: int, interface: str, version: int) -> None:
        """A global; the registry is object 2, since nothing is made before it."""
        text = interface.encode() + b"\0"
        filled = text + bytes(-len(text) % 4)
        self.say(2, 0, struct.pack("=II", name, len(text)) + filled + struct.pack("=I", version))

    def orders(self, opcode: int) -> list[tuple[int, ...]]:
        """The notifications that it was asked for; binding the notifier made object 4."""
        return [words for thing, asked, words in self.asked if thing == 4 and asked == opcode]

    def _serve(self) -> None:
        self._client, _ = self._listener.accept()
        with self._client.makefile("rb") as stream:
            while head := stream.read(8):
                thing, opcode, length = struct.unpack("=IHH", head)
                body = stream.read(length - 8)
                self.asked.append((thing, opcode, struct.unpack(f"={len(body) // 4}I", body)))
                if (thing, opcode) == (1, 1):
                    for name, (interface, version) in enumerate(self._globals, 1):
                        self.announce(name, interface, version)
                elif (thing, opcode) == (1, 0):
                    self.say(struct.unpack("=I", body)[0], 0, struct.pack("=I", 0))


class Watched(Heard):
    """A source on a made compositor."""

    def __init__(self, made: Made) -> None:
        self.idle = WaylandIdle(made.environ)
        super().__init__(self.idle)
        self.idle.watch((0.5,))


IDLED, RESUMED = 0, 1


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short one."""
    return tmp_path_factory.mktemp("w")


def test_the_second_version_is_asked_for_input_alone(path: Path):
    """A film is no input there."""
    made = Made(path, ("wl_seat", 7), ("ext_idle_notifier_v1", 2))
    heard = Watched(made)
    assert not heard.idle.honours_inhibitors
    (order,) = until(lambda: made.orders(2))
    assert order[1] <= 1000, "milliseconds: a span is told a second late at most"
    assert made.orders(1) == []
    heard.source.stop()
    made.close()


def test_idle_is_who_touches_no_seat_whenever_it_came(path: Path):
    """Two at the start, and one that is plugged in later and taken away."""
    made = Made(path, ("wl_seat", 7), ("wl_seat", 7), ("ext_idle_notifier_v1", 1))
    heard = Watched(made)
    until(lambda: len(made.orders(1)) == 2)
    made.announce(9, "wl_seat", 7)
    until(lambda: len(made.orders(1)) == 3)
    first, second, third = (order[0] for order in made.orders(1))
    made.say(first, IDLED)
    made.say(third, IDLED)
    assert heard.said == []
    made.say(second, IDLED)
    heard.idles()
    made.say(third, RESUMED)
    heard.is_touched()
    made.say(2, 1, struct.pack("=I", 9))  # it is taken away
    made.say(second, RESUMED)
    made.say(second, IDLED)
    heard.idles(2)
    assert [type(seen) for seen in heard.said] == [Idled, Touched, Idled]
    heard.source.stop()
    made.close()


def test_input_that_stopped_again_before_it_was_heard_of_is_a_touch(path: Path):
    """The two events come as one: a machine that was too busy, or one that was frozen."""
    made = Made(path, ("wl_seat", 7), ("ext_idle_notifier_v1", 1))
    heard = Watched(made)
    (order,) = until(lambda: made.orders(1))
    made.say(order[0], IDLED)
    heard.idles()
    made._client.sendall(struct.pack("=IHHIHH", order[0], RESUMED, 8, order[0], IDLED, 8))
    heard.idles(2)
    assert [type(seen) for seen in heard.said] == [Idled, Touched, Idled]
    heard.source.stop()
    made.close()


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (struct.pack("=IHHIII", 1, 0, 20, 4, 0, 0), "protocol_error"),  # wl_display.error
        (struct.pack("=IHH", 4, 0, 3), "protocol_error"),  # a length that can't be
        (struct.pack("=IHH", 2, 0, 8), "protocol_error"),  # a global without a name
    ],
)
def test_a_compositor_that_speaks_of_an_error_or_nonsense_is_lost(path: Path, says: bytes, why: str):
    made = Made(path, ("wl_seat", 7), ("ext_idle_notifier_v1", 1))
    heard = Watched(made)
    made._client.sendall(says)
    lost: list[Seen] = [Lost("ext_idle_notify", why)]
    until(lambda: heard.said == lost, what=f"{heard.said}")
    heard.source.stop()
    made.close()
