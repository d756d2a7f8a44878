"""Idle as a Wayland compositor tells it: ext_idle_notifier_v1 (KDE, sway and its like), or org_kde_kwin_idle before it.

Each seat gets one short notification, and the spans are counted here from when it fired. A notification a span would be
less true: its time runs from when it was made and not from the last input, so a span that was passed when it came to be
watched could not be told; and KWin's timers are coarse, a twentieth of the span early or late. At rest nothing runs; at
work the compositor speaks twice in each pause of over a second, and while input goes on it is silent.
"""

import math
import os
import select
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from agent.platforms.base import Blind, Hear
from agent.platforms.wayland_absence import Absence
from agent.platforms.wayland_wire import Ended, Wire, text, word
from policy.seen import Lost

assert sys.platform != "win32"  # noqa: S101 - so that a type check for Windows passes this file by

NOTIFIER, OLDER, SEAT = "ext_idle_notifier_v1", "org_kde_kwin_idle", "wl_seat"
PROBE = 1.0  # seconds without input after which the compositor speaks
SURE = PROBE * 0.95  # how long input had certainly stopped by then: Qt's coarse timers may be that early


@dataclass
class Seat:
    """A seat as it was announced. since: when its input stopped."""

    notification: int
    since: float | None = None


class Seats:
    """The seats of a compositor, each with its notification."""

    def __init__(self, wire: Wire) -> None:
        """Find the notifier, and have all seats watched.

        Raises:
            Blind: no_extension.
            Ended: By the compositor.

        """
        self._wire = wire
        self._globals: dict[int, tuple[str, int]] = {}
        self._seats: dict[int, Seat] = {}
        self._notifier = 0
        self._registry = wire.registry(self._announced)
        wire.roundtrip()
        offered = {interface: (name, version) for name, (interface, version) in self._globals.items()}
        kind = next((one for one in (NOTIFIER, OLDER) if one in offered), None)
        if kind is None:
            raise Blind("no_extension")
        name, version = offered[kind]
        version = min(version, 2) if kind == NOTIFIER else 1
        self.honours_inhibitors = version < 2
        # In the second version 2 asks for what input alone ends; 1 is in the first version, 0 is KDE's only request.
        self._request = 0 if kind == OLDER else version
        self._notifier = wire.bind(self._registry, name, kind, version)
        for one, (interface, _) in self._globals.items():
            self._add(one, interface)

    def since(self) -> float | None:
        """When the last input on any seat was; None while there is some."""
        times = [seat.since for seat in self._seats.values()]
        if not times or None in times:
            return None
        return max(time for time in times if time is not None)

    def _announced(self, opcode: int, body: bytes) -> None:
        name = word(body)
        if opcode == 0:
            interface, end = text(body, 4)
            self._globals[name] = (interface, word(body, end))
            if self._notifier:
                self._add(name, interface)
        else:
            self._globals.pop(name, None)
            if seat := self._seats.pop(name, None):
                self._wire.forget(seat.notification)

    def _add(self, name: int, interface: str) -> None:
        if interface != SEAT:
            return
        bound = self._wire.bind(self._registry, name, SEAT, 1)
        seat = Seat(self._wire.new(lambda opcode, _body: self._spoke(seat, opcode)))
        self._seats[name] = seat
        self._wire.ask(self._notifier, self._request, seat.notification, *self._order(bound))

    def _order(self, seat: int) -> tuple[int, int]:
        milliseconds = int(PROBE * 1000)
        return (seat, milliseconds) if self._request == 0 else (milliseconds, seat)

    @staticmethod
    def _spoke(seat: Seat, opcode: int) -> None:
        seat.since = time.monotonic() - SURE if opcode == 0 else None


class WaylandIdle:
    """IdleSource. honours_inhibitors: a film counts as input here (known once started)."""

    name = "ext_idle_notify"

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.honours_inhibitors = True
        self._environ = environ
        self._spans: tuple[float, ...] = ()
        self._ending = False
        self._bell: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self, hear: Hear) -> None:
        wire = Wire(self._environ)
        try:
            seats = Seats(wire)
        except Ended as ended:
            wire.close()
            raise Blind("no_server" if ended.why == "server_ended" else ended.why) from None
        except Blind:
            wire.close()
            raise
        self.honours_inhibitors = seats.honours_inhibitors
        heard, self._bell = socket.socketpair()
        self._bell.settimeout(0)
        run = (wire, seats, heard, hear)
        self._thread = threading.Thread(target=self._run, args=run, name="idle-wayland", daemon=True)
        self._thread.start()

    def watch(self, seconds: tuple[float, ...]) -> None:
        self._spans = seconds
        self._ring()

    def stop(self) -> None:
        self._ending = True
        self._ring()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
            self._thread = None
        if self._bell is not None:
            self._bell.close()
            self._bell = None

    def _ring(self) -> None:
        if self._bell is not None:
            with suppress(OSError):  # full: it rings already
                self._bell.send(b".")

    def _run(self, wire: Wire, seats: Seats, heard: socket.socket, hear: Hear) -> None:
        try:
            self._listen(wire, seats, heard, hear)
        except Ended as ended:
            hear(Lost(self.name, ended.why))
        finally:
            wire.close()
            heard.close()

    def _listen(self, wire: Wire, seats: Seats, heard: socket.socket, hear: Hear) -> None:
        absence, poll = Absence(), select.poll()
        poll.register(wire, select.POLLIN)
        poll.register(heard, select.POLLIN)
        watched: tuple[float, ...] | None = None
        while not self._ending:
            if watched is not (spans := self._spans):
                watched = spans
                absence.watch(spans)
            if idled := absence.due(time.monotonic()):
                hear(idled)
            wait = absence.wait(time.monotonic())
            ready = {fd for fd, _ in poll.poll(None if wait is None else math.ceil(wait * 1000))}
            if heard.fileno() in ready:
                heard.recv(4096)
            if wire.fileno() in ready:
                wire.hear()
                since = seats.since()
                # Later than before: input came and stopped again before we were given the time to hear of either.
                if since is None or absence.since is None or since > absence.since:
                    if touched := absence.ended():
                        hear(touched)
                    absence.since = since
