"""The page in a real browser: light, dark, and as wide as a phone. The pictures are for eyes and for the docs."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from agent import words
from agent.desktop import page
from policy.model import Texts
from policy.words import Language
from tests.support.desktop import Room
from tests.support.made import NOW, notice, view

SHOWN = view(
    notice("cmatrix", fix=Texts(nl=("Of vraag de helpdesk.",), en=("Or ask the helpdesk.",))),
    notice("nmap", phase="reported", opened=NOW - timedelta(days=4)),
    notice("htop", phase="ended", ending="put_right"),
)
DARK = ("--blink-settings=preferredColorScheme=0",)


def chromium(room: Room, *options: str) -> None:
    """Run Debian's chromium once. As root it has no sandbox of its own to build."""
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    room.ask(
        "chromium",
        "--headless",
        *root,
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        f"--user-data-dir={room.folder}/chromium",
        *options,
    )


@pytest.mark.parametrize(
    ("name", "language", "size", "more"),
    [
        ("page-nl", "nl", "820,1500", ()),
        ("page-en-dark", "en", "820,1500", DARK),
        ("page-phone", "nl", "390,1900", ()),
    ],
)
def test_the_page_is_drawn(name: str, language: Language, size: str, more: tuple[str, ...], room: Room, evidence: Path):
    """It is drawn whole: the picture has text and colour all the way down."""
    text = page.page(SHOWN, language, words.load(language), NOW)
    path = page.write(page.folder(room.folder), text)
    picture = evidence / f"{name}.png"
    picture.unlink(missing_ok=True)
    chromium(room, f"--window-size={size}", f"--screenshot={picture}", *more, path.as_uri())
    assert int(room.ask("identify", "-format", "%k", str(picture))) > 100
