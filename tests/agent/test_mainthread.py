"""The main thread's jobs, with and without a toolkit's loop."""

import queue
import signal
import threading

import pytest

from agent.desktop.mainthread import Job, MainThread


class Loop:
    """A toolkit's loop: it has the thread until `quit`, and does what it is woken for."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.running = threading.Event()

    def run(self, started: Job) -> None:
        started()
        self.running.set()
        while (job := self._jobs.get()) is not None:
            job()

    def wake(self, job: Job) -> None:
        self._jobs.put(job)

    def quit(self) -> None:
        self._jobs.put(None)


def test_jobs_run_in_order_until_the_end():
    """Those posted before `stop` still run, those after it don't."""
    main, done = MainThread(), list[int]()
    for number in range(3):
        main.post(lambda number=number: done.append(number))  # type: ignore[misc]
    main.stop()
    main.post(lambda: done.append(9))
    main.run()
    assert done == [0, 1, 2]


def test_jobs_run_inside_a_loop_that_has_the_thread():
    """What was posted before it began, and from another thread while it runs."""
    main, loop, done = MainThread(), Loop(), list[str]()
    main.post(lambda: main.lend(loop))
    main.post(lambda: done.append(f"before {threading.current_thread().name}"))

    def other() -> None:
        loop.running.wait(10)
        main.post(lambda: done.append(f"within {threading.current_thread().name}"))
        main.stop()

    thread = threading.Thread(target=other, daemon=True)
    thread.start()
    main.run()
    thread.join()
    here = threading.current_thread().name
    assert done == [f"before {here}", f"within {here}"]


def test_a_loop_that_ends_by_itself_gives_the_thread_back():
    """The session goes on without it."""
    main, loop, done = MainThread(), Loop(), list[str]()
    main.post(lambda: main.lend(loop))
    main.post(loop.quit)
    main.post(lambda: done.append("after"))
    main.post(lambda: main.post(main.stop))
    main.run()
    assert done == ["after"]


def test_a_job_that_fails_inside_a_loop_is_not_swallowed():
    """It ends the loop and is raised where `run` was called, as without a loop."""

    def fail() -> None:
        raise LookupError("a job")

    main = MainThread()
    main.post(lambda: main.lend(Loop()))
    main.post(fail)
    with pytest.raises(LookupError, match="a job"):
        main.run()


def test_stopping_inside_a_job_ends_at_once():
    """As "Quit" in the menu does."""
    main, loop = MainThread(), Loop()
    main.post(lambda: main.lend(loop))
    main.post(main.stop)
    main.run()


def test_a_signal_that_does_not_interrupt_the_wait_ends_it():
    """One that another thread received, or that came just before the wait, rings the bell all the same."""
    main, waiting = MainThread(), threading.Event()
    main.post(waiting.set)

    def receive() -> None:
        waiting.wait(10)
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)

    thread = threading.Thread(target=receive, daemon=True)
    before = signal.signal(signal.SIGUSR1, lambda *_: main.stop())
    thread.start()
    try:
        main.run()
    finally:
        thread.join()
        signal.signal(signal.SIGUSR1, before)
