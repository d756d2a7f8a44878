"""One absence, told in the spans that are watched: from a source that says when input stopped and when it came back."""

from policy.seen import Idled, Touched


class Absence:
    """Pure; time is given. since: when input stopped, None while there is some."""

    def __init__(self) -> None:
        self.since: float | None = None
        self._spans: tuple[float, ...] = ()
        self._said = 0  # how many of the spans
        self._touch = False  # whether an Idled waits for its Touched

    def watch(self, spans: tuple[float, ...]) -> None:
        """These from now on; those passed already are due at once."""
        self._spans, self._said = spans, 0

    def ended(self) -> Touched | None:
        """Input came back."""
        self.since, self._said = None, 0
        touch, self._touch = self._touch, False
        return Touched() if touch else None

    def due(self, now: float) -> Idled | None:
        """What is to be said now: where more than one span is passed, the longest speaks for all."""
        if self.since is None:
            return None
        idle = now - self.since
        passed = sum(span <= idle for span in self._spans)
        if passed <= self._said:
            return None
        self._said, self._touch = passed, True
        return Idled(idle)

    def wait(self, now: float) -> float | None:
        """Seconds until something will be due; None where only an event can bring it."""
        if self.since is None or self._said >= len(self._spans):
            return None
        return max(0.0, self._spans[self._said] - (now - self.since))
