"""What is started on Linux, told by the kernel at once: the netlink process connector, for root outside containers.

By the kernel's own header (linux/cn_proc.h); of its events only exec comes through, so that a machine that only forks
wakes nobody.
"""

import array
import errno
import logging
import os
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

assert sys.platform != "win32"  # noqa: S101 - so that a type check for Windows passes this file by

_CONNECTOR = 11  # NETLINK_CONNECTOR
_GROUP = _VALUE = 1  # CN_IDX_PROC, CN_VAL_PROC
_LISTEN, _IGNORE = 1, 2  # PROC_CN_MCAST_LISTEN, PROC_CN_MCAST_IGNORE
_ANSWER, _EXEC = 0, 2  # PROC_EVENT_NONE, which answers a request, and PROC_EVENT_EXEC
_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
_MESSAGE = struct.Struct("=IIIIHH")  # cn_msg: group, value, sequence, acknowledged, length, flags
_EVENT = struct.Struct("=IIQII")  # proc_event: what, cpu, time; of exec: thread, process; of an answer: error
_WHAT = _HEADER.size + _MESSAGE.size  # where an event begins
_DONE = 3  # NLMSG_DONE
_ATTACH_FILTER, _RCVBUFFORCE = 26, 33  # SO_ATTACH_FILTER, SO_RCVBUFFORCE
_ROOM = 1024 * 1024  # bytes of events that wait
_ANSWERS_IN = 2.0  # seconds; the kernel answers while it is asked
_DATAGRAM = 4096

log = logging.getLogger(__name__)


class Executions:
    """Calls `on_exec` with the pid of each process that runs something new; `on_lost` where some were not told.

    Both from a thread of its own, which must not be held up for long.
    """

    def __init__(self, on_exec: Callable[[int], None], on_lost: Callable[[], None]) -> None:
        self._on_exec, self._on_lost = on_exec, on_lost
        self._socket: socket.socket | None = None
        self._wake = -1
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Raises OSError where the kernel does not tell: without root's rights, or in a container."""
        told = _listening()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._socket = told
        self._thread = threading.Thread(target=self._run, args=(told,), name="clouds-exec", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No event comes after this."""
        if self._thread is None or self._socket is None:
            return
        os.eventfd_write(self._wake, 1)
        self._thread.join(5)
        with suppress(OSError):
            self._socket.send(_request(_IGNORE))  # an older kernel would go on composing events for nobody
        self._socket.close()
        os.close(self._wake)
        self._thread = self._socket = None

    def _run(self, told: socket.socket) -> None:
        poll = select.poll()
        poll.register(told, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            ready = {handle for handle, _ in poll.poll()}
            if self._wake in ready:
                return
            try:
                self._hear(told)
            except OSError as error:  # it would say so for ever; the list of pids is compared without it
                log.warning("the kernel no longer tells of executions (%s)", error.strerror)
                return

    def _hear(self, told: socket.socket) -> None:
        """All that waits; a process that ran several things is told once."""
        pids, lost = dict[int, None](), False
        while len(pids) < _DATAGRAM:
            try:
                data, (sender, _) = told.recvfrom(_DATAGRAM, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                lost = True
                continue
            event = _event(data)
            if sender == 0 and event and event[0] == _EXEC:
                pids[event[4]] = None
        if lost:
            _guarded(self._on_lost)
        for pid in pids:
            _guarded(partial(self._on_exec, pid))


def _guarded(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:  # a bug behind one event must not end the others
        log.exception("an execution was not looked at")


def _listening() -> socket.socket:
    told = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, _CONNECTOR)
    try:
        _filter(told)
        told.bind((0, _GROUP))
        told.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, _ROOM)
        number = int.from_bytes(os.urandom(3), "big")  # the kernel adds one
        told.send(_request(_LISTEN, number))
        _answered(told, number)
    except BaseException:
        told.close()
        raise
    return told


def _filter(told: socket.socket) -> None:
    """Classic BPF: let through what answers and what tells of an exec, nothing else."""
    wanted = (_big(_ANSWER), _big(_EXEC))
    program = struct.pack("=HBBI", 0x20, 0, 0, _WHAT)  # load the word
    program += struct.pack("=HBBI", 0x15, 1, 0, wanted[0])  # equal: over the next
    program += struct.pack("=HBBI", 0x15, 0, 1, wanted[1])  # equal: to the next; else over it
    program += struct.pack("=HBBI", 0x06, 0, 0, 0xFFFFFFFF)  # all of it
    program += struct.pack("=HBBI", 0x06, 0, 0, 0)  # nothing
    kept = array.array("B", program)
    address, size = kept.buffer_info()
    told.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("@HP", size // 8, address))


def _big(word: int) -> int:
    """As a filter sees a word that this machine wrote in its own order."""
    return socket.htonl(word)


def _request(what: int, number: int = 0) -> bytes:
    body = struct.pack("=I", what)
    message = _MESSAGE.pack(_GROUP, _VALUE, 0, number, len(body), 0) + body
    return _HEADER.pack(_HEADER.size + len(message), _DONE, 0, 0, 0) + message


def _answered(told: socket.socket, number: int) -> None:
    """Wait for the kernel's answer: where it is silent, it does not tell here. Everybody hears everybody's answers."""
    poll = select.poll()
    poll.register(told, select.POLLIN)
    end = time.monotonic() + _ANSWERS_IN
    while poll.poll(max(0.0, end - time.monotonic()) * 1000):  # events that another listener asked for come too
        try:
            data, (sender, _) = told.recvfrom(_DATAGRAM)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            continue
        event = _event(data)
        if sender == 0 and event and event[0] == _ANSWER and _acknowledged(data) == number + 1:
            if event[3]:
                raise OSError(event[3], os.strerror(event[3]))
            return
    raise OSError(errno.EOPNOTSUPP, "the kernel does not tell of executions here")


def _acknowledged(data: bytes) -> int:
    return int(_MESSAGE.unpack_from(data, _HEADER.size)[3])


def _event(data: bytes) -> tuple[int, ...] | None:
    """What, cpu, time, and its two first words."""
    if len(data) < _WHAT + _EVENT.size:
        return None
    group, value = _MESSAGE.unpack_from(data, _HEADER.size)[:2]
    return _EVENT.unpack_from(data, _WHAT) if (group, value) == (_GROUP, _VALUE) else None
