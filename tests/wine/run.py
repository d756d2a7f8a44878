"""Runs Python for Windows under Wine, on a screen and a prefix of its own.

.venv/bin/python -I tests/wine/run.py -m pytest tests/wine/inside
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.support.wine import Windows  # noqa: E402  -I left the folder out
from tests.wine import recipe  # noqa: E402


def main() -> int:
    with Windows() as windows:
        windows.screen()
        made = recipe.make(windows.folder)
        return windows.python(*sys.argv[1:], DESKWARDEN_MADE=f"Z:{made}").echo().ends(seconds=900)


if __name__ == "__main__":
    sys.exit(main())
