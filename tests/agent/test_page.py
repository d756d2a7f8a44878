"""The page "My Deskwarden", without a browser."""

import os
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agent.desktop import page
from agent.ipc import FeedState, View, Watched
from policy.model import Contact, Text
from tests.support.made import NOW, notice, view

EVIL = '<script>alert("x")</script>&\'"'


def same(text: str) -> str:
    return text


def made(shown: View, **more: object) -> str:
    return page.page(shown, "en", same, NOW, **more)  # type: ignore[arg-type]


class Reader(HTMLParser):
    """Checks that every element is closed, and keeps names and attributes."""

    VOID = frozenset({"meta", "link", "img", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.attrs: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attrs += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def words(text: str) -> str:
    """What is read, in order."""
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL))


def test_the_first_line_says_what_is_never_seen():
    """Before anything else in the body."""
    body = made(view()).partition("<main>")[2]
    assert words(body).strip().startswith("Deskwarden never sees what you type")


def test_it_tells_what_is_open_and_how_to_put_it_right():
    """With the clause, its words and the reference."""
    one = notice("cmatrix")
    text = words(made(view(one)))
    for part in (
        "cmatrix is not on the list yet",
        "sudo apt-get remove cmatrix",
        "Code 3: Software",
        "I install only what is approved.",
        one.reference,
    ):
        assert part in text


def test_the_finding_that_was_asked_about_comes_first():
    """Whatever its place otherwise."""
    one, other = notice("one"), notice("other", phase="reported")
    text = made(view(one, other))
    assert text.index(str(one.uid)) < text.index(str(other.uid))
    text = made(view(one, other), about=other.uid)
    assert text.index(str(other.uid)) < text.index(str(one.uid))


def test_it_tells_what_is_looked_at_who_helps_and_where_reports_go():
    """And that what can't be looked at is not."""
    blind = Watched("r", "4.2", Text("Schijf", "Disk"), "disk", works=False, why_not="no disk")
    text = words(made(view(watched=(blind,), feed=FeedState(url="https://feed.nl", waiting=3))))
    for part in (
        "4.2 Disk not here: no disk",
        "IT helpdesk",
        "088 660 12 34",
        "https://feed.nl",
        "sent: 3",
        "deskwarden sent",
    ):
        assert part in text


def test_without_a_server_it_says_that_nothing_leaves():
    """All stays here."""
    assert "Nothing leaves this laptop" in made(view(feed=FeedState()))


def test_what_ended_is_listed_apart():
    """And nowhere among what is open."""
    gone = notice("gone", phase="ended", ending="put_right")
    text = made(view(gone))
    assert "<article" not in text
    assert "gone 2.0" in text


def test_nothing_from_outside_is_markup():
    """Names, policies, contacts and addresses are text, whatever they hold."""
    shown = view(
        notice(EVIL, clause_quote=Text(EVIL, EVIL), clause=EVIL),
        notice(f"gone{EVIL}", phase="ended"),
        company=EVIL,
        asset_tag=EVIL,
        policy=EVIL,
        contacts=(Contact("x", Text(EVIL, EVIL), phone=EVIL, mail=f'{EVIL}" onclick="x', note=Text(EVIL, EVIL)),),
        watched=(Watched("r", EVIL, Text(EVIL, EVIL), "k", works=False, why_not=EVIL),),
        feed=FeedState(url=f"javascript:{EVIL}"),
    )
    reader = read(made(shown))
    assert "script" not in reader.names
    assert not [name for name, _ in reader.attrs if name.startswith("on")]
    assert not [value for name, value in reader.attrs if name == "href" and str(value).startswith("javascript")]


def test_it_loads_nothing_and_runs_nothing():
    """Every address in it is data, a phone or a mail; the policy for its content forbids the rest."""
    text = made(view(notice()))
    reader = read(text)
    assert "default-src 'none'" in text
    for name, value in reader.attrs:
        if name in {"src", "href"}:
            assert str(value).startswith(("data:image/png", "tel:", "mailto:"))


def test_it_is_said_in_the_reader_s_language():
    """The policy's own words too."""
    text = page.page(view(notice()), "nl", same, NOW)
    assert '<html lang="nl">' in text
    assert "Ik installeer alleen wat is goedgekeurd." in text


def test_it_is_for_one_pair_of_eyes(tmp_path: Path):
    """0600 in a folder of 0700, whatever the umask; the old page is replaced whole."""
    old = os.umask(0)
    try:
        where = page.folder(tmp_path / "state")
        path = page.write(where, "one")
        page.write(where, "two")
    finally:
        os.umask(old)
    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(where.stat().st_mode) == 0o700
    assert [p.name for p in where.iterdir()] == [page.NAME]


def test_a_link_in_its_place_is_not_followed(tmp_path: Path):
    """It is replaced; what it pointed to is untouched."""
    other = tmp_path / "other"
    other.write_text("mine")
    for name in (page.NAME, f".{page.NAME}.new"):
        (tmp_path / name).symlink_to(other)
    page.write(tmp_path, "page")
    assert other.read_text() == "mine"
    assert not (tmp_path / page.NAME).is_symlink()


def test_without_a_screen_nothing_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The caller then says where the page lies."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not page.show(tmp_path / page.NAME)
