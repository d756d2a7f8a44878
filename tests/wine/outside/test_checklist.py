"""The list for a real Windows laptop says what the tests' marks say."""

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "checklist.py"


def test_the_checklist_is_up_to_date():
    """Else: .venv/bin/python -I tests/wine/checklist.py."""
    spec = importlib.util.spec_from_file_location("checklist", SCRIPT)
    assert spec
    assert spec.loader
    checklist = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checklist)
    assert checklist.LIST.read_text(encoding="utf-8") == checklist.text()
