"""The Dutch catalogue: every word that is said has its Dutch, and nothing stands there that nobody says."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = ROOT / "packaging" / "words.py"
HEAD = 'msgid ""\nmsgstr ""\n"Language: nl\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'


def check(script: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-I", str(script), "--check"), capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house of two modules, a template and a catalogue."""
    (tmp_path / "packaging").mkdir()
    (tmp_path / "packaging" / "words.py").write_bytes(WORDS.read_bytes())
    for folder in ("agent", "feed", "installer", "policy/locale/nl/LC_MESSAGES"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "agent" / "one.py").write_text("def f(_):\n    return f'<b>{_(\"Inside {x}\")}</b>' + g._('Late')\n")
    (tmp_path / "feed" / "two.html").write_text('<p>{{ _("On a page") }}</p>')
    return tmp_path


def catalogue(house: Path, **dutch: str) -> str:
    """What the check says of a catalogue."""
    lines = [f'\nmsgid "{said}"\nmsgstr "{word}"\n' for said, word in dutch.items()]
    (house / "policy/locale/nl/LC_MESSAGES/deskwarden.po").write_text(HEAD + "".join(lines))
    return check(house / "packaging" / "words.py").stdout


def test_this_house_speaks_dutch_throughout():
    """Where this fails: packaging/words.sh, then write the Dutch that it asks for."""
    done = check(WORDS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_words_are_found_wherever_they_stand(house: Path):
    """In f-strings, behind an attribute, in templates."""
    said = catalogue(house)
    for words in ("Inside {x}", "Late", "On a page"):
        assert f"no Dutch yet: {words}\n" in said


def test_dutch_must_fill_in_the_same(house: Path):
    """A name that is misspelt would fail when it is said."""
    assert "the Dutch fills in something else: Inside {x}" in catalogue(house, **{"Inside {x}": "Binnen {y}"})


def test_words_that_nobody_says_are_told(house: Path):
    """So that the catalogue does not grow old."""
    whole = {"Inside {x}": "Binnen {x}", "Late": "Laat", "On a page": "Op een pagina", "Never": "Nooit"}
    assert "not up to date" in catalogue(house, **whole)
