"""A program's name from its file: names as the projects themselves publish them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sensors.naming import clean, named


@pytest.mark.parametrize(
    ("file", "key", "version"),
    [
        ("Obsidian-1.5.3.AppImage", "obsidian", "1.5.3"),
        ("Obsidian-1.5.3 (1).AppImage", "obsidian", "1.5.3"),
        ("Obsidian-1.5.3.AppImage (2)", "obsidian", "1.5.3"),
        ("nvim (1).appimage", "nvim", ""),
        ("nvim-linux-x86_64.appimage", "nvim", ""),
        ("balenaEtcher-1.18.11-x64.AppImage", "balenaetcher", "1.18.11"),
        ("FreeCAD_0.21.2-Linux-x86_64.AppImage", "freecad", "0.21.2"),
        ("digiKam-8.2.0-x86-64.appimage", "digikam", "8.2.0"),
        ("UltiMaker-Cura-5.6.0-linux-X64.AppImage", "ultimaker-cura", "5.6.0"),
        ("Standard Notes-3.181.23.AppImage", "standard notes", "3.181.23"),
        ("OpenShot-v3.1.1-x86_64.AppImage", "openshot", "3.1.1"),
        ("krita-5.2.2-x86_64.appimage.zs-old", "krita", "5.2.2"),
        ("rclone-v1.65.0-linux-amd64", "rclone", "1.65.0"),
        ("ripgrep-14.1.0-x86_64-unknown-linux-musl", "ripgrep", "14.1.0"),
        ("yt-dlp_linux", "yt-dlp", ""),
        ("python3.11", "python", "3.11"),
        ("kubectl", "kubectl", ""),
        ("7zz", "7zz", ""),
        ("linux.AppImage", "linux", ""),
    ],
)
def test_name_and_version(file: str, key: str, version: str):
    found = named(file)
    assert (found.key, found.version) == (key, version)


@given(st.text(st.characters(exclude_characters="/\0"), min_size=1))
def test_any_name_can_be_shown_and_sent(file: str):
    """Surrogates stand for bytes that are no text."""
    for text in named(file):
        assert text.encode().decode().isprintable()
        assert len(text) <= 80
    assert named(file).key
    assert clean(file) == clean(clean(file))
