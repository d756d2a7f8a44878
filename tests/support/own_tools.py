"""A user's own tools in a home without the user: the real pip with tiny wheels, and what others write down."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pip

ELF = b"\x7fELF\x02\x01\x01\x00" + bytes(8) + b"\x03\x00" + bytes(46)  # of 64 bits, ET_DYN
APPIMAGE = ELF[:8] + b"AI\x02" + ELF[11:]


def executable(file: Path, start: bytes, mode: int = 0o755) -> Path:
    """A file that can be started."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_bytes(start)
    file.chmod(mode)
    return file


def wheel(folder: Path, name: str, version: str, *needs: str) -> Path:
    """A distribution with one command of its name."""
    module = name.lower().replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {need}" for need in needs)]
    files = {
        f"{module}/__init__.py": "def main():\n    print('here')\n",
        f"{info}/METADATA": "\n".join(("Metadata-Version: 2.1", *metadata, "")),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name.lower()} = {module}:main\n",
    }
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(out, "w") as packed:
        for path, text in files.items():
            packed.writestr(path, text)
        packed.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD")))
    return out


def pip_user(home: Path, *words: str) -> None:
    """The real pip of this environment, run by the Python below it, since one of an environment has no --user."""
    below = str(getattr(sys, "_base_executable", sys.executable))
    command = (below, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", *words)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(Path(pip.__file__).parents[1]),
        "PIP_BREAK_SYSTEM_PACKAGES": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 0, done.stderr


def pipx_record(home: Path, name: str, version: str) -> Path:
    """An environment as pipx 1.18.4 left it: its record (what is read of it), its command, the link to that."""
    venv = home / ".local/share/pipx/venvs" / name.lower()
    executable(venv / "bin" / name.lower(), b"#!" + bytes(venv / "bin/python") + b" -E\n")
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
    main: dict[str, Any] = {"apps": [name.lower()], "include_apps": True, "package": name, "package_version": version}
    said = {"backend": "pip", "injected_packages": {}, "main_package": main, "pipx_metadata_version": "0.12"}
    (venv / "pipx_metadata.json").write_text(json.dumps(said))
    link = home / ".local/bin" / name.lower()
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(venv / "bin" / name.lower())
    return venv


def uv_tool(home: Path, name: str, version: str) -> Path:
    """An environment as uv 0.13.9 left it: its receipt, what it installed, and the link to its command."""
    tool = home / ".local/share/uv/tools" / name
    executable(tool / "bin" / name, b"#!" + bytes(tool / "bin/python") + b"\n")
    (tool / "pyvenv.cfg").write_text("home = /usr/bin\n")
    shutil.rmtree(tool / "lib", ignore_errors=True)
    info = tool / f"lib/python3.11/site-packages/{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    entry = f'{{ name = "{name}", install-path = "{home}/.local/bin/{name}", from = "{name}" }}'
    (tool / "uv-receipt.toml").write_text(
        f'[tool]\nrequirements = [{{ name = "{name}" }}]\nentrypoints = [\n    {entry},\n]\n'
    )
    link = home / ".local/bin" / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(tool / "bin" / name)
    return tool


def npm_module(prefix: Path, name: str, version: str) -> Path:
    """A module as npm 11 left it, with its command: a relative link, made last."""
    folder = prefix / "lib/node_modules" / name
    cli = executable(folder / "cli.js", b"#!/usr/bin/env node\n")
    (folder / "package.json").write_text(json.dumps({"name": name, "version": version, "bin": {"toy": "cli.js"}}))
    link = prefix / "bin" / Path(name).name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(cli, link.parent))
    return folder
