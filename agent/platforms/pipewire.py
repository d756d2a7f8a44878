"""Calls and shared screens, as the session's sound and video server knows them.

`pw-dump --monitor`, which comes with PipeWire, says each change; at rest it waits as we do. Of what it says, the kind
and the state of a node are read, and kept is the node's number with one word: names of programs, windows and devices
are skipped while parsing and never become values here. On X11 a program grabs the screen without PipeWire: what is seen
there is said, but that nothing is shared can't be told.
"""

import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO

import msgspec

from agent.platforms.base import Blind, Hear
from policy.seen import Lost, Quiet, QuietIs

assert sys.platform != "win32"  # noqa: S101 - so that a type check for Windows passes this file by

PATIENCE = 5.0  # seconds for the first dump
LIMIT = 16 * 1024 * 1024  # bytes in one dump; a laptop's first has half a megabyte
Flag = bool | str | int | float | None


class Props(msgspec.Struct, frozen=True, rename=lambda name: name.replace("_", ".")):
    """What tells a microphone's user from a meter, a camera from a screen."""

    media_class: Flag = None
    media_role: Flag = None
    device_api: Flag = None
    stream_monitor: Flag = None
    stream_capture_sink: Flag = None
    node_link_group: Flag = msgspec.field(default=None, name="node.link-group")


class Info(msgspec.Struct, frozen=True):
    """Of any object."""

    state: str | None = None
    props: Props | None = None


class Thing(msgspec.Struct, frozen=True):
    """An object that is there or changed; without `info` it is gone."""

    id: int
    type: str = ""
    info: Info | None = None


_dump = msgspec.json.Decoder(list[Thing])


def means(info: Info) -> Quiet | None:
    """What a node says of its user.

    A program that listens is in a call; not one that shows a level, records what is played, or is half of a filter (the
    program behind the filter counts). The node of a cast is there for as long as a screen is shared: with mutter and
    KWin a stream of output, with the portals of wlroots and its like a source of video that, unlike a camera, is no
    device.
    """
    props = info.props or Props()
    running = info.state == "running"
    match props.media_class:
        case "Stream/Input/Audio":
            aside = (_true(props.stream_monitor), _true(props.stream_capture_sink), bool(props.node_link_group))
            return "call" if running and not any(aside) else None
        case "Video/Source" if props.device_api or props.media_role == "Camera":
            return "call" if running else None
        case "Video/Source" | "Stream/Output/Video":
            return "sharing"
    return None


def _true(flag: Flag) -> bool:
    return flag in {True, "true", "1"}


class Nodes:
    """The nodes that mean something, by number."""

    def __init__(self) -> None:
        self._words: dict[int, Quiet] = {}

    def take(self, dump: bytes) -> frozenset[Quiet]:
        """One dump, all or what changed; all that is seen now.

        Raises:
            msgspec.MsgspecError: It is no dump.

        """
        for thing in _dump.decode(dump):
            word = means(thing.info) if thing.info and thing.type.endswith(":Node") else None
            if word:
                self._words[thing.id] = word
            else:
                self._words.pop(thing.id, None)
        return frozenset(self._words.values())


class NoDump(Exception):
    """What was read is none: too_much, or not_understood."""


def words(out: IO[bytes]) -> Iterator[frozenset[Quiet]]:
    """What is seen after each dump that may have changed it.

    Raises:
        NoDump: The source is of no use any more.

    """
    nodes, first, dump = Nodes(), True, bytearray()
    for line in out:
        dump += line
        if len(dump) > LIMIT:
            raise NoDump("too_much")
        if line != b"]\n":
            continue
        # Ports, links and clients change more than nodes do, and are not so much as parsed.
        if first or b"media.class" in dump or b"null" in dump:
            try:
                yield nodes.take(bytes(dump))
            except msgspec.MsgspecError:
                raise NoDump("not_understood") from None
        first = False
        dump.clear()


class PipeWire:
    """QuietSource."""

    name = "pipewire"

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = dict(environ)
        wayland = bool(environ.get("WAYLAND_DISPLAY"))
        self.sees: frozenset[Quiet] = frozenset({"call", "sharing"} if wayland else {"call"})
        self._child: subprocess.Popen[bytes] | None = None
        self._ending = False
        self._thread: threading.Thread | None = None

    def start(self, hear: Hear) -> None:
        path = self._environ.get("PATH")
        dump, setpriv = shutil.which("pw-dump", path=path), shutil.which("setpriv", path=path)
        if not (dump and setpriv):
            raise Blind("no_pipewire")
        # setpriv, of util-linux, has the child end with the thread that started it, and it runs no code of ours between
        # fork and exec.
        command = (setpriv, "--pdeathsig", "TERM", dump, "--monitor")
        began: queue.SimpleQueue[str] = queue.SimpleQueue()
        run = (command, hear, began)
        self._thread = threading.Thread(target=self._run, args=run, name="quiet-pipewire", daemon=True)
        self._thread.start()
        try:
            why = began.get(timeout=PATIENCE)
        except queue.Empty:
            why = "no_answer"
        if why:
            self.stop()
            raise Blind(why)

    def stop(self) -> None:
        self._ending = True
        if self._child is not None:
            with suppress(ProcessLookupError):
                self._child.terminate()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
            self._thread = None

    def _run(self, command: Sequence[str], hear: Hear, began: "queue.SimpleQueue[str]") -> None:
        env, pipe, null = self._environ, subprocess.PIPE, subprocess.DEVNULL
        child = subprocess.Popen(command, env=env, stdin=null, stdout=pipe, stderr=null, start_new_session=True)
        assert child.stdout is not None  # noqa: S101 - a pipe was asked for
        seen: frozenset[Quiet] | None = None
        why = "server_ended"
        with child:
            self._child = child
            if self._ending:  # `stop` came before there was a child to end
                child.terminate()
            try:
                for now in words(child.stdout):
                    if now != seen:
                        hear(QuietIs(self.name, now))
                        began.put("")
                    seen = now
            except NoDump as error:
                why = str(error)
            child.terminate()
        if seen is None:
            began.put("no_pipewire" if why == "server_ended" else why)
        elif not self._ending:
            hear(Lost(self.name, why))
