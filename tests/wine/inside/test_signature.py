"""Who signed a program, as Windows tells it."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.wine.recipe import MAKER, NAME, OLD, STRANGER

assert sys.platform == "win32"
from agent.platforms import windows_signature  # noqa: E402
from agent.platforms.windows_signature import Signature, Signatures, verify  # noqa: E402
from agent.sensors.windows_publisher import Makers, about  # noqa: E402
from tests.wine.trust import MADE, trust  # noqa: E402


@pytest.fixture(autouse=True)
def _trusted() -> None:
    trust()


@pytest.mark.wine
def test_a_signature_whose_chain_is_trusted_is_good_and_names_its_signer():
    assert verify(MADE / "trusted.exe") == Signature("good", MAKER)


@pytest.mark.wine
def test_a_signature_whose_chain_ends_at_nobody_known_is_not_trusted():
    """Wine's WinVerifyTrust says that all is well; its chain tells otherwise, as Windows' does."""
    assert verify(MADE / "strange.exe") == Signature("untrusted", STRANGER)


@pytest.mark.wine
def test_a_file_without_a_signature_has_none():
    assert verify(MADE / "unsigned.exe") == Signature("none")


@pytest.mark.wine
def test_a_file_that_was_changed_after_it_was_signed_is_told():
    assert verify(MADE / "tampered.exe").state == "tampered"


@pytest.mark.wine
@pytest.mark.parametrize("body", [b"", b"MZ", b"MZ" + b"\xff" * 4000, os.urandom(5000)])
def test_what_is_no_program_has_no_signature(tmp_path: Path, body: bytes):
    (tmp_path / "a.exe").write_bytes(body)
    assert verify(tmp_path / "a.exe").state in {"none", "unreadable"}


@pytest.mark.wine
def test_what_is_not_there_is_unreadable(tmp_path: Path):
    for there in (tmp_path / "gone.exe", tmp_path, tmp_path / ("x" * 300)):
        assert Signatures().of(there).state == "unreadable"


@pytest.mark.wine
def test_a_file_is_read_once_and_again_only_when_it_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    read: list[Path] = []

    def once(file: Path) -> Signature:
        read.append(file)
        return verify(file)

    monkeypatch.setattr(windows_signature, "verify", once)
    file, signatures = tmp_path / "a.exe", Signatures()
    shutil.copyfile(MADE / "unsigned.exe", file)
    assert [signatures.of(file).state for _ in range(3)] == ["none"] * 3
    assert len(read) == 1
    shutil.copyfile(MADE / "strange.exe", file)
    assert signatures.of(file).state == "untrusted"
    assert len(read) == 2


@pytest.mark.wine
def test_a_publisher_is_proven_by_a_trusted_signature_alone():
    """What the file says of itself, and what the installer says, is a claim."""
    makers = Makers()
    said = {file: makers.of(MADE / f"{file}.exe", "Somebody Else") for file in ("trusted", "strange", "unsigned")}
    assert said["trusted"] == (MAKER, True)
    assert said["strange"] == said["unsigned"] == ("Somebody Else", False)
    assert makers.of(MADE / "tampered.exe") == (MAKER, False), "by its resources"
    assert makers.of(None, "Somebody Else") == ("Somebody Else", False)


@pytest.mark.wine
def test_a_file_says_in_its_resources_what_it_is():
    assert about(MADE / "unsigned.exe") == (MAKER, NAME, OLD, NAME)
    assert about(MADE / "trusted.der") == ("", "", "", "")


@pytest.mark.fake("A program with an expired certificate and a time stamp (an old 7-Zip, PuTTY) is proven, offline.")
def test_no_list_of_revoked_certificates_is_asked_for(monkeypatch: pytest.MonkeyPatch):
    """That none was seen is no error of a chain: a laptop on a train has none."""
    monkeypatch.setattr(windows_signature, "_ask", lambda _trust: 0)
    monkeypatch.setattr(windows_signature, "_signer", lambda _trust: (0x40 | 0x1000000, MAKER))
    assert verify(MADE / "strange.exe") == Signature("good", MAKER)
    monkeypatch.setattr(windows_signature, "_signer", lambda _trust: (0x40 | 0x20, MAKER))
    assert verify(MADE / "strange.exe").state == "untrusted"
