"""Events of few folders: what is heard, what is not, and that nobody waits for another for ever."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from watchdog.events import FileClosedEvent, FileSystemEvent
from watchdog.observers import inotify_c

from agent.sensors.spots import APPEARS, Spot, Spots, each
from tests.support.until import until


def touched(file: Path) -> bool:
    file.touch()
    return True


def made(*folders: Path) -> Spots:
    return Spots(lambda: each(folders), 0.0)


@contextmanager
def heard_by(spots: Spots) -> Iterator[list[float]]:
    heard: list[float] = []
    spots.start(heard.append)
    try:
        yield heard
    finally:
        spots.stop()


def test_an_event_and_a_look_that_arm_at_once_do_not_wait_for_each_other(tmp_path: Path):
    """A look is about to watch a new folder, for which it needs a lock that watchdog's thread has while it tells."""
    told, arming = threading.Event(), threading.Event()
    folder, later = tmp_path / "folder", tmp_path / "later"
    folder.mkdir()
    spots = made(folder, later)
    spots.start(lambda _seconds: None)  # not stopped where this fails: that would wait too
    assert spots._observer
    schedule, arm = spots._observer.schedule, spots.arm

    def slow(*given: Any, **named: Any) -> Any:
        arming.set()
        told.wait()
        return schedule(*given, **named)

    def tell() -> None:
        told.set()
        arm()

    spots._observer.schedule = slow  # type: ignore[method-assign]
    spots._watches.pop(tmp_path)  # so that there is something to watch
    look = threading.Thread(target=arm, daemon=True)
    look.start()
    assert arming.wait(30)
    spots.arm = tell  # type: ignore[method-assign]
    (folder / "new").touch()
    until(lambda: not look.is_alive(), what="the look waits for ever")
    spots.stop()


def test_while_a_folder_is_missing_the_one_above_it_tells_of_that_name_alone(tmp_path: Path):
    """The kernel's events of files there are not even read; other folders are, and wake nobody."""
    spots, dispatched = made(tmp_path / "bin"), list[FileSystemEvent]()
    dispatch = spots.dispatch

    def counted(event: FileSystemEvent) -> None:
        dispatched.append(event)
        dispatch(event)

    spots.dispatch = counted  # type: ignore[method-assign]
    with heard_by(spots) as heard:
        for number in range(20):
            (tmp_path / f"file{number}").write_text("x")
            (tmp_path / f"file{number}").unlink()
        (tmp_path / "other").mkdir()
        (tmp_path / "bin").mkdir()
        until(lambda: heard, what="the folder came")
        assert [Path(str(event.src_path)).name for event in dispatched[:2]] == ["other", "bin"]
        until(lambda: tmp_path not in spots._watches, what="the one above is let go")
        heard.clear()
        (tmp_path / "bin/tool").touch()
        until(lambda: heard, what="no event")


def test_a_folder_that_goes_and_comes_is_heard_again(tmp_path: Path):
    """Also where the new one got the number of the old one, as many file systems do."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with heard_by(made(folder)) as heard:
        for _ in range(5):
            heard.clear()
            shutil.rmtree(folder)
            folder.mkdir()
            until(lambda: heard, what="it went")
            heard.clear()
            until(lambda: touched(folder / "file") and heard, what="deaf")


def test_several_steps_are_waited_for_one_by_one(tmp_path: Path):
    with heard_by(made(tmp_path / "one/two/three")) as heard:
        (tmp_path / "one/two/three").mkdir(parents=True)
        until(lambda: heard)
        heard.clear()
        until(lambda: touched(tmp_path / "one/two/three/file") and heard, what="deaf")


def test_two_wishes_of_one_folder_are_both_heard_and_no_more(tmp_path: Path):
    """By a link to it too. One wants folders of a name, the other files that are closed."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    closed = Spot(tmp_path / "link", (FileClosedEvent,), wants=lambda _event, name: name == "list")
    spots = Spots(lambda: [Spot(tmp_path / "real", APPEARS, frozenset({"inner"})), closed], 0.0)
    with heard_by(spots) as heard:
        assert len(spots._watches) == 1
        (tmp_path / "real/list.part").write_text("x")
        (tmp_path / "real/outer").mkdir()
        (tmp_path / "real/inner").mkdir()
        until(lambda: len(heard) == 1)
        (tmp_path / "real/list").write_text("x")
        until(lambda: len(heard) == 2)


def test_when_the_kernel_lost_events_all_that_listen_look_again(tmp_path: Path):
    """What the library does with the kernel's word of it; nothing is heard after the end."""
    (tmp_path / "one").mkdir()
    lost = inotify_c.InotifyEvent(-1, inotify_c.InotifyConstants.IN_Q_OVERFLOW, 0, b"")  # type: ignore[arg-type]
    library: Any = SimpleNamespace(_lock=threading.Lock(), _watch_for_wd={})
    with heard_by(made(tmp_path / "one")) as heard:
        inotify_c.InotifyFD.handle_event(library, lost)
        assert heard == [0.0]
    inotify_c.InotifyFD.handle_event(library, lost)
    assert heard == [0.0]


def test_links_in_a_circle_and_files_are_no_folders(tmp_path: Path):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    with heard_by(made(tmp_path / "loop", tmp_path / "file", tmp_path / "loop/below")) as heard:
        assert not heard


def test_where_the_machine_has_no_more_to_give_it_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "one").mkdir()
    spots = made(tmp_path / "one")
    with heard_by(spots):
        assert spots._observer

        def none_left(*_given: Any, **_named: Any) -> Any:
            raise OSError(28, "no watch left")

        spots._observer.schedule = none_left  # type: ignore[method-assign]
        spots._watches.clear()
        spots.arm()
        spots.arm()
    assert caplog.text.count("no watch left") == 1
    assert str(tmp_path) not in caplog.text
