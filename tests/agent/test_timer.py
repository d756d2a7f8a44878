"""An alarm rings once, at the time that was set last, and costs no wake-up before."""

import queue
import threading

from agent.desktop.timer import Timer
from tests.support.until import until


def test_it_rings_once_at_what_was_set_last():
    rung: queue.SimpleQueue[int] = queue.SimpleQueue()
    timer = Timer(lambda: rung.put(1))
    timer.set(3600)
    timer.set(0.01)
    rung.get(timeout=30)
    timer.set(3600)
    timer.set(None)
    timer.set(0.01)
    rung.get(timeout=30)
    timer.stop()
    assert rung.empty()


def test_one_that_was_never_set_has_no_thread():
    before = threading.active_count()
    timer = Timer(lambda: None)
    assert threading.active_count() == before
    timer.set(None)
    assert threading.active_count() == before
    timer.stop()


def test_it_ends_with_its_thread():
    before = threading.active_count()
    timer = Timer(lambda: None)
    timer.set(3600)
    until(lambda: threading.active_count() == before + 1)
    timer.stop()
    assert threading.active_count() == before
