"""The first hour, word for word: real runs in both languages, and docs/first-hour.md compared with what they said.

.venv/bin/python -I tests/shows/first_hour.py [--write]

Each language has two runs of the try-out, beside each other, each on a package database of its own: one on a screen
with a long grace, so that all is put right in time; one without a screen and with next to no grace, so that it is
reported, mailed and on the page. What differs from run to run stands in the doc as <reference>, <time> and the like.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from difflib import unified_diff
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import IO, Any, Self

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.shows.hour_machine import Debs  # noqa: E402  -I left the folder out
from tests.shows.hour_page import Visitor, text  # noqa: E402
from tests.support.desktop import Room  # noqa: E402
from tests.support.until import until  # noqa: E402

DOC = ROOT / "docs/first-hour.md"
LOCALES = {"nl": "nl_NL.UTF-8", "en": "en_GB.UTF-8"}
REMOVE = "apt-get remove {}"
Said = dict[str, str]

# What differs from run to run, in the order in which it is looked for.
VARIABLE = (
    (r"DW-[0-9A-Z]{4}-[0-9A-Z]{4}", "<reference>"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uid>"),
    (r"\b[0-9a-f]{64}\b", "<sha256>"),
    (r"(127\.0\.0\.1):\d+", r"\1:<port>"),
    (r"/signin/[\w-]+", "/signin/<token>"),
    (r"\b(kpn) 20\d\d\.\d+(\.\d+)?\b", r"\1 <version>"),
    (r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<moment>"),
    (r"\b20\d\d-\d\d-\d\d\b", "<date>"),
    (r"\b\d\d-\d\d\b(?!-)", "<day>"),
    (r"\b\d\d:\d\d\b", "<time>"),
    (r"\b(Proces|Process) \d+", r"\1 <pid>"),
    (r"\bsudo apt-get\b", "apt-get"),  # said to whom is not root
)


def plain(words: str, more: Mapping[str, str]) -> str:
    """The same with placeholders for what differs from run to run. more: what this run alone knows."""
    for found, name in more.items():
        words = words.replace(found, name)
    for pattern, name in VARIABLE:
        words = re.sub(pattern, name, words)
    return "\n".join(line.rstrip() for line in words.strip("\n").splitlines())


def zone() -> str:
    """A zone in which it is about noon, so that no deadline of the run is on another day."""
    hours = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


class Hour:
    """One run of `make run` in a folder of its own, and what it says. environ: of a newcomer's terminals."""

    def __init__(self, folder: Path, environ: Mapping[str, str], grace: str, *arguments: str) -> None:
        self.folder, self.grace = folder, grace
        folder.mkdir(parents=True)
        self.debs = Debs(folder / "machine")
        (folder / ".venv").symlink_to(ROOT / ".venv")  # the commands that the screen names are true here
        self.environ = {**environ, "TZ": zone()}
        self.state = folder / ".run"
        self._out = (folder / "terminal").open("wb")
        self.process = self._start(self._out, "--grace", grace, "--root", str(self.debs.root), *arguments)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._out.close()

    def stop(self) -> None:
        """Ctrl-C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def printed(self) -> str:
        """All that the terminal shows so far, in whole lines."""
        shown = (self.folder / "terminal").read_text(encoding="utf-8")
        return shown[: shown.rfind("\n") + 1]

    def screen(self) -> tuple[str, str]:
        """The screen, which ends with how to stop, and what is printed after it."""
        stop = "Ctrl-C.\n\n"
        until(lambda: stop in self.printed(), what="no screen")
        above, stop, below = self.printed().partition(stop)
        return above + stop, below

    def until_printed(self, *wanted: str) -> None:
        """Wait until all of these are printed after the screen."""
        until(lambda: all(want in self.screen()[1] for want in wanted), what=f"not printed: {wanted}")

    def command(self, *words: str, **environ: str) -> str:
        """What a command of ours prints, on either stream."""
        name = str(ROOT / ".venv/bin" / words[0])
        done = subprocess.run(
            (name, *words[1:]),
            cwd=self.folder,
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        return done.stdout.decode()

    def second(self) -> str:
        """What a second `make run` says."""
        with (self.folder / "second").open("w+b") as out:
            self._start(out).wait(30)
            out.seek(0)
            return out.read().decode()

    def mails(self, count: int) -> list[EmailMessage]:
        """The helpdesk's mails once there are so many, the oldest first."""

        def found() -> list[Path]:
            files = list((self.state / "helpdesk/new").glob("*"))
            return files if len(files) == count else []

        until(found, what="not so many mails")
        files = sorted(found(), key=lambda file: file.stat().st_mtime_ns)
        return [message_from_bytes(file.read_bytes(), policy=default) for file in files]

    def device(self) -> str:
        """The first letters of the laptop's random uid."""
        said = (self.state / "device.json").read_text(encoding="ascii")
        found = re.search(r'"device":"([0-9a-f]{8})', said)
        return found[1] if found else "?"

    def _start(self, out: IO[bytes], *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            (str(ROOT / ".venv/bin/python"), "-I", "-m", "installer.tryout", *arguments),
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def put_right(hour: Hour, room: Room) -> Iterator[tuple[str, str]]:
    """On a screen without a panel: told, put right in time, nobody else is told."""
    hour.until_printed(".\n")
    screen, lines = hour.screen()
    yield (
        "screen",
        screen[screen.index("Deskwarden ") :].replace(f" {hour.grace}.", " <grace>."),
    )  # before it: a spinner, where it took over a second
    yield "no-panel", lines
    yield "status", hour.command("deskwarden", "status")
    hour.debs.install("cmatrix 2.0-6", pulls="libcmatrix 1.1")
    yield "told", finished(hour, "cmatrix", "autoremove")
    yield "notice", notice(room, 0)
    yield "findings-noticed", hour.command("deskwarden", "findings")
    yield "mine", page_text(Path(hour.command("deskwarden", "mine", DISPLAY="").strip()).read_text(encoding="utf-8"))
    hour.debs.install("figlet 2.2.5-3", "sl 5.02-1")
    yield "told-many", finished(hour, "figlet", REMOVE.format("sl"))
    yield "notice-many", notice(room, 1)
    hour.debs.remove("cmatrix")
    yield "ended-in-time", told(hour, "cmatrix 2.0-6: ")[0]
    yield "findings-ended", hour.command("deskwarden", "findings").splitlines()[-1]
    hour.stop()
    yield "stop", hour.printed().rpartition("\n\n")[2]


def reported(hour: Hour, language: str) -> Iterator[tuple[str, str]]:
    """Without a screen: told, reported, mailed, on the page; and its end."""
    screen, _ = hour.screen()
    visitor = Visitor(language)
    link = re.search(r"http://\S+/signin/\S+", screen)
    assert link, screen
    yield "page-signin", page_text(visitor.get(link[0]))
    yield "page-empty", page_text(visitor.post(link[0]), whole=True)
    base = link[0].partition("/signin/")[0]
    yield "sent-nothing", hour.command("deskwarden", "sent")
    hour.debs.install("cmatrix 2.0-6")
    reference = until(lambda: re.findall(r"DW-\S{4}-\S{4}", hour.printed()), what="not reported")
    yield "no-screen", hour.screen()[1].partition(told(hour, "cmatrix")[0])[0]
    yield "reported", told(hour, reference[0])[0]
    (mail,) = hour.mails(1)
    yield "mail", mail_text(mail)
    yield "findings-reported", hour.command("deskwarden", "findings")
    yield "sent", hour.command("deskwarden", "sent")
    yield "incidents", hour.command("deskwarden-feed", "incidents")
    assert not untold(hour), untold(hour)
    yield "page-list", page_text(visitor.get(f"{base}/"))
    yield "page-incident", page_text(visitor.get(f"{base}/r/{reference[0]}"))
    yield "page-laptops", page_text(visitor.get(f"{base}/devices"))
    yield "second", hour.second()
    hour.debs.install("anydesk 6.3.2")
    yield "told-denied", finished(hour, "anydesk", REMOVE.format("anydesk"))
    (_, denied) = hour.mails(2)
    yield "mail-denied", mail_text(denied)
    yield "ticket", told(hour, reference[0], 2)[1]
    yield "may", "\n".join(hour.command("deskwarden", "may", name).strip() for name in ("git", "cmatrix", "anydesk"))
    hour.debs.remove("cmatrix")
    yield "ended", told(hour, reference[0], 3)[2]
    yield "mail-reply", mail_text(hour.mails(3)[-1])
    yield "incidents-ended", hour.command("deskwarden-feed", "incidents")
    told(hour, "anydesk 6.3.2: ")
    yield "killed", killed(hour)
    hour.stop()
    yield "status-stopped", hour.command("deskwarden", "status")
    yield "nothing-here", hour.command("deskwarden", "findings", "--state", "elsewhere")
    yield "no-feed-here", hour.command("deskwarden-feed", "incidents", "--state", "elsewhere")
    (hour.folder / "policy.toml").write_text('format = 1\nid = "kpn"\nversion = 2\ncompany = "KPN"\nlangauge = "nl"\n')
    yield "policy-check", hour.command("deskwarden", "policy", "check", "policy.toml")


def untold(hour: Hour) -> set[str]:
    """The fields that --json gives and that no doc tells of."""
    commands = ("status", "findings", "sent", "may cmatrix")
    answers = [json.loads(hour.command("deskwarden", *command.split(), "--json")) for command in commands]
    answers.append(json.loads(hour.command("deskwarden-feed", "incidents", "--json")))
    answers += [
        one for answer in answers if isinstance(answer, dict) for part in answer.values() for one in tables(part)
    ]
    given = {name for answer in answers for one in tables(answer) for name in one}
    docs = "".join((DOC.parent / name).read_text(encoding="utf-8") for name in ("administrator.md", "security-team.md"))
    return given - set(re.findall(r"`(\w+)`", docs))


def tables(value: Any) -> list[dict[str, Any]]:
    """The objects in a JSON value: itself, or a list's."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def told(hour: Hour, about: str, count: int = 1) -> list[str]:
    """What was said about something, each with its time and what is indented under it, once it is so many things."""

    def found() -> list[str]:
        entries = re.findall(r"^\d\d:\d\d  .*\n(?: {7}.*\n)*", hour.screen()[1], re.MULTILINE)
        ours = [entry for entry in entries if about in entry]
        return ours if len(ours) >= count else []

    return until(found, what=f"not {count} things said about {about}")


def finished(hour: Hour, about: str, last: str) -> str:
    """One notice on the terminal, from its title to its last line."""
    hour.until_printed(last)
    return next(entry for entry in told(hour, about) if last in entry)


def killed(hour: Hour) -> str:
    """What is said when the agent is killed: it is started again."""
    lines = len(hour.printed().splitlines())
    os.kill(int((hour.state / "run.lock").read_text(encoding="ascii")), signal.SIGKILL)
    return until(lambda: hour.printed().splitlines()[lines:], what="nothing said of the kill")[0]


def notice(room: Room, number: int) -> str:
    """The words of a notice and of its buttons, as the server on the screen got them."""
    log = room.folder / "dunst.log"

    def found() -> list[str]:
        shown = re.findall(r"^\{\n(.*?)^\}", log.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        return shown if len(shown) > number else []

    shown = until(found, what="no notice was drawn")[number]
    title, body = (re.search(rf"\t{name}: '(.*?)'\n\t", shown, re.DOTALL) for name in ("summary", "body"))
    assert title, shown
    assert body, shown
    buttons = sorted(re.findall(r'^\t\t"\w+": "(.*)"$', shown, re.MULTILINE))
    return "\n".join((title[1], body[1], " ".join(f"[{label}]" for label in buttons if label)))


def mail_text(mail: EmailMessage) -> str:
    """What a person sees of a mail."""
    heads = [f"{name}: {str(mail[name]).strip()}" for name in ("From", "To", "Subject", "In-Reply-To") if mail[name]]
    return "\n".join((*heads, "", str(mail.get_content())))


def page_text(html: str, *, whole: bool = False) -> str:
    """What a person reads on a page, a line a block. whole: with what stands around every page."""
    return text(html if whole else html[html.index("<main") : html.index("</main>")])


@contextlib.contextmanager
def screen_with_notices() -> Iterator[Room]:
    """A screen and a notification server that writes down what it got, and no panel."""
    with Room() as room:
        room.screen()
        room.bus()
        room.start("dunst", "-print")
        until(lambda: room.owned("org.freedesktop.Notifications"), what="no dunst")
        yield room


def on_a_screen(language: str, folder: Path) -> Said:
    with screen_with_notices() as room:
        environ = room.env | {"LANG": LOCALES[language]}
        with Hour(folder, environ, "1h") as hour:
            return said(hour, lambda: put_right(hour, room))


def without_one(language: str, folder: Path) -> Said:
    """In Dutch the terminal has no locale at all: the policy's language is spoken."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": LOCALES[language]}
    if language == "nl":
        environ["LANG"] = "C"
    with Hour(folder, environ, "1s") as hour:
        return said(hour, lambda: reported(hour, language))


def said(hour: Hour, run: Callable[[], Iterator[tuple[str, str]]]) -> Said:
    """All that was said in one run."""
    texts = dict(run())
    more = {hour.device(): "<laptop>", str(hour.folder.absolute()): "<folder>"}
    return {name: plain(words, more) for name, words in texts.items()}


def hours() -> Said:
    """All that is said in the first hour, under `language name`."""
    with tempfile.TemporaryDirectory(prefix="dw-") as folder, ThreadPoolExecutor(4) as pool:
        runs = [
            (language, pool.submit(run, language, Path(folder) / f"{run.__name__}-{language}"))
            for language in LOCALES
            for run in (on_a_screen, without_one)
        ]
        return {f"{language} {name}": words for language, run in runs for name, words in run.result().items()}


BLOCK = re.compile(r"(<!-- (?P<name>\w\w [\w-]+) -->\n+```text\n)(?P<text>.*?)(```\n)", re.DOTALL)


def written(doc: str) -> Said:
    """The blocks of the doc."""
    return {found["name"]: found["text"].rstrip("\n") for found in BLOCK.finditer(doc)}


def refreshed(doc: str, texts: Said) -> str:
    """The doc with its blocks as the run said them."""

    def fresh(found: re.Match[str]) -> str:
        return f"{found[1]}{texts.get(found['name'], '')}\n{found[4]}"

    return BLOCK.sub(fresh, doc)


def difference(doc: str, texts: Said) -> str:
    """What differs, as a diff; nothing where the doc is true."""
    there = written(doc)
    lines = [f"not in the doc: {name}" for name in texts.keys() - there.keys()]
    lines += [f"not said in the run: {name}" for name in there.keys() - texts.keys()]
    lines += unified_diff(doc.splitlines(), refreshed(doc, texts).splitlines(), "the doc", "the run", lineterm="")
    return "\n".join(lines)


def main() -> int:
    texts, doc = hours(), DOC.read_text(encoding="utf-8")
    if "--write" in sys.argv:
        doc = refreshed(doc, texts)
        DOC.write_text(doc, encoding="utf-8")
    print(difference(doc, texts))
    return 1 if difference(doc, texts) else 0


if __name__ == "__main__":
    sys.exit(main())
