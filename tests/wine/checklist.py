"""Makes docs/windows-checklist.md from the `fake` marks: what no test can see, to be looked at on a real laptop.

.venv/bin/python -I tests/wine/checklist.py
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INSIDE = Path(__file__).with_name("inside")
LIST = ROOT / "docs" / "windows-checklist.md"
HEAD = """\
# On a real Windows laptop

The tests make Windows' calls for real under Wine. What Wine can't answer is answered by a fake there, and looked at on
a real laptop before a release: one line a test, made from the tests' marks by tests/wine/checklist.py.
"""


def text() -> str:
    """The whole list."""
    lines = [HEAD]
    for path in sorted(INSIDE.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if items := list(_items(tree)):
            lines.append(f"\n## {(ast.get_docstring(tree) or path.stem).splitlines()[0].rstrip('.')}\n")
            lines += [f"\n- [ ] {item}" for item in items]
            lines.append("\n")
    return "".join(lines)


def _items(tree: ast.Module) -> Iterator[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: node.lineno):
        if ast.unparse(call.func) == "pytest.mark.fake":
            yield str(ast.literal_eval(call.args[0]))


if __name__ == "__main__":
    LIST.write_text(text(), encoding="utf-8")
