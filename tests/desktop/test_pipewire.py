"""Calls and shared screens as PipeWire knows them: on a real server with a made microphone, and with mutter's cast."""

import json
import os
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.platforms.base import Blind
from agent.platforms.pipewire import LIMIT, Nodes, PipeWire
from policy.seen import Lost, Quiet, QuietIs, Seen
from tests.contracts.quiet import QuietContract
from tests.support.compositors import Desk
from tests.support.until import until

CALL: frozenset[Quiet] = frozenset({"call"})
SHARING: frozenset[Quiet] = frozenset({"sharing"})
NOTHING: frozenset[Quiet] = frozenset()
LIVES = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from agent.platforms.pipewire import PipeWire
source = PipeWire()
source.start(lambda seen: None)
print(source._child.pid, flush=True)
sys.stdin.read()
"""
ROOT = Path(__file__).resolve().parents[2]


class Heard:
    """A source that runs in a desk, and what it said."""

    def __init__(self, desk: Desk) -> None:
        self.said: list[Seen] = []
        self.source = PipeWire(desk.env)
        self.source.start(self.said.append)

    def words(self) -> list[frozenset[Quiet]]:
        return [seen.words for seen in self.said if isinstance(seen, QuietIs)]

    def says(self, *words: frozenset[Quiet]) -> None:
        """Wait until it said these, one after the other, and nothing else."""
        until(lambda: self.words() == list(words), what=f"not {words} but {self.said}")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as made:
        made.bus()
        made.pipewire()
        yield made


@pytest.fixture
def heard(desk: Desk) -> Iterator[Heard]:
    made = Heard(desk)
    yield made
    made.source.stop()
    assert not [seen for seen in made.said if isinstance(seen, Lost)]


# --- calls -----------------------------------------------------------------------------------------------------------


class OnDesk:
    """What the two reasons have in common. See tests/contracts/quiet.py."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def source(self) -> PipeWire:
        return PipeWire(self._desk.env)

    def end_all(self) -> None:
        """The server; its socket is gone with it."""
        for process in [one for one in self._desk._running if "pipewire" in one.args]:  # type: ignore[operator]
            self._desk.end(process)

    take_away = end_all


class Call(OnDesk):
    """Somebody takes sound from a microphone."""

    word: Quiet = "call"

    def begin(self) -> None:
        self._talking = self._desk.start("pw-record", "/dev/null")
        until(lambda: "pw-record" in running(self._desk), what="nothing is recorded")

    def cease(self) -> None:
        self._desk.end(self._talking)


class TestCall(QuietContract):
    @pytest.fixture
    def reason(self, desk: Desk) -> Call:
        desk.microphone()
        return Call(desk)


class Cast(OnDesk):
    """Mutter casts its screen, as a portal has it do; nobody looks yet."""

    word: Quiet = "sharing"

    def begin(self) -> None:
        self._desk.cast()

    def cease(self) -> None:
        self._desk.uncast()


class TestCast(QuietContract):
    @pytest.fixture
    def reason(self, desk: Desk) -> Cast:
        desk.mutter()
        return Cast(desk)


def test_music_a_meter_and_a_recorder_of_what_is_played_are_no_call(desk: Desk, heard: Heard):
    desk.microphone()
    desk.ask("pw-cli", "create-node", "adapter", SPEAKER)
    for command in (
        ("pw-cat", "--playback", silence(desk.folder / "silence.wav")),
        ("pw-record", "-P", "{ stream.monitor=true }", "/dev/null"),
        ("pw-record", "-P", "{ stream.capture.sink=true }", "/dev/null"),
    ):
        desk.start(*command)
    until(lambda: len(running(desk)) >= 5, what="the microphone, the speaker and three programs do not run")
    talking = desk.start("pw-record", "/dev/null")
    heard.says(NOTHING, CALL)  # so all before it were seen and said nothing
    desk.end(talking)
    heard.says(NOTHING, CALL, NOTHING)


SPEAKER = (
    "{ factory.name=support.null-audio-sink node.name=speaker media.class=Audio/Sink"
    " object.linger=true audio.position=FL,FR }"
)


def silence(path: Path) -> str:
    """A minute of it."""
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(bytes(2 * 8000 * 60))
    return str(path)


def running(desk: Desk) -> list[str]:
    """The nodes that run."""
    things = json.loads(desk.ask("pw-dump", "--no-colors"))
    nodes = [thing["info"] for thing in things if thing["type"].endswith(":Node")]
    return [node["props"]["node.name"] for node in nodes if node["state"] == "running"]


# --- sharing ----------------------------------------------------------------------------------------------------------


def test_on_x11_it_does_not_claim_that_nothing_is_shared():
    assert PipeWire({"DISPLAY": ":0"}).sees == CALL
    assert PipeWire({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}).sees == CALL | SHARING


@pytest.mark.parametrize(
    ("props", "state", "words"),
    [
        ({"media.class": "Video/Source", "device.api": "v4l2"}, "running", CALL),
        ({"media.class": "Video/Source", "device.api": "v4l2"}, "suspended", NOTHING),
        ({"media.class": "Video/Source", "media.role": "Camera"}, "running", CALL),
        ({"media.class": "Video/Source", "media.role": "Camera"}, "idle", NOTHING),
        ({"media.class": "Video/Source"}, "suspended", SHARING),
        ({"media.class": "Stream/Input/Audio", "node.link-group": "echo-cancel-7"}, "running", NOTHING),
        ({"media.class": "Stream/Input/Audio"}, "idle", NOTHING),
        ({"media.class": "Stream/Input/Video"}, "running", NOTHING),
        ({}, "running", NOTHING),
    ],
)
def test_what_no_machine_of_the_suite_has_is_told_from_its_properties(
    props: dict[str, str], state: str, words: frozenset[Quiet]
):
    """A camera, the portals of wlroots, a filter: as their documentation writes them."""
    thing = {"id": 7, "type": "PipeWire:Interface:Node", "info": {"state": state, "props": props}}
    nodes = Nodes()
    assert nodes.take(json.dumps([thing]).encode()) == words
    assert nodes.take(b'[{"id": 7, "info": null}]') == NOTHING


# --- what it keeps ----------------------------------------------------------------------------------------------------


def test_it_keeps_no_name_of_a_program_or_of_what_it_plays(desk: Desk):
    desk.microphone()
    heard = Heard(desk)
    desk.start("pw-record", "-P", '{ media.name="a name of music" }', "/dev/null")
    heard.says(NOTHING, CALL)
    heard.source.stop()
    nodes = Nodes()
    nodes.take(desk.ask("pw-dump", "--no-colors").encode())
    ((number, word),) = nodes._words.items()
    assert isinstance(number, int)
    assert word == "call"
    assert vars(nodes) == {"_words": {number: "call"}}


# --- ends -------------------------------------------------------------------------------------------------------------


def test_without_pipewire_it_is_blind(tmp_path: Path):
    for environ in ({"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(tmp_path)}, {"PATH": str(tmp_path)}):
        source = PipeWire(environ)
        with pytest.raises(Blind, match="no_pipewire"):
            source.start(lambda seen: pytest.fail(f"{seen}"))
        source.stop()
        source.stop()


def test_the_child_ends_with_the_agent_however_that_ends(desk: Desk):
    command = (sys.executable, "-I", "-c", LIVES, str(ROOT))
    with subprocess.Popen(command, env=desk.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as agent:
        assert agent.stdout
        child = int(agent.stdout.readline())
        assert "pw-dump" in Path(f"/proc/{child}/cmdline").read_text()
        agent.send_signal(signal.SIGKILL)
    until(lambda: not Path(f"/proc/{child}").exists() or zombie(child), what="pw-dump lives on")


def zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("echo '[{ media.class'; echo ']'", "not_understood"),
        (f"head -c {LIMIT + 2} /dev/zero | tr '\\0' '\\n'", "too_much"),
    ],
)
def test_a_dump_that_is_none_or_has_no_end_ends_the_source(tmp_path: Path, says: str, why: str):
    fake = tmp_path / "pw-dump"
    fake.write_text(f"#!/bin/sh\necho '[\n]'\n{says}\nexec sleep 60\n")
    fake.chmod(0o755)
    said: list[Seen] = []
    source = PipeWire({"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    source.start(said.append)
    until(lambda: len(said) == 2)
    assert said == [QuietIs("pipewire", NOTHING), Lost("pipewire", why)]
    source.stop()
