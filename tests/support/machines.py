"""What the agent stands on, moved by hand: a clock, and an ear for what it says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from policy.events import Tell


@dataclass
class Machine:
    """`System` whose awake clock a test moves."""

    boot: str = "boot-1"
    seconds: float = 100.0

    def boot_id(self) -> str:
        return self.boot

    def awake(self) -> float:
        return self.seconds

    def slept(self) -> float:
        return 0.0

    def user_scope(self) -> str:
        return "user:1000"

    def zone(self) -> str:
        return "Europe/Amsterdam"

    def hold(self, state: Path) -> int:
        raise NotImplementedError

    def default_state(self) -> Path:
        raise NotImplementedError


@dataclass
class Ear:
    """An audience that writes down what it hears, in order. on: what is done at each word, on the loop's thread."""

    heard: list[tuple[str, Any]] = field(default_factory=list)
    on: Callable[[str], None] = lambda _: None

    def tell(self, tell: Tell) -> None:
        self._hear("tell", tell)

    def retract(self, uids: tuple[UUID, ...]) -> None:
        for uid in uids:
            self._hear("retract", uid)

    def changed(self) -> None:
        self._hear("changed", None)

    def leaves(self) -> None:
        self._hear("leaves", None)

    def _hear(self, word: str, what: Any) -> None:
        self.heard.append((word, what))
        self.on(word)

    def words(self, *without: str) -> list[str]:
        return [word for word, _ in self.heard if word not in without]
