"""Where a newcomer sits: this machine, or a bare chroot; with the shell they type in."""

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.benching.footprint import family
from tests.shows import bare_chroot
from tests.support.until import until

PROMPT = "newcomer$ "
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")


class Shell:
    """An interactive bash on a terminal of its own: Ctrl-C reaches what runs in it, as it does in life."""

    def __init__(self, argv: list[str], env: Mapping[str, str]) -> None:
        ours, theirs = pty.openpty()
        shell = ("bash", "--noprofile", "--norc", "--noediting", "-i")
        self.process = subprocess.Popen(
            (*argv, *shell),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**env, "PS1": PROMPT, "TERM": "dumb", "HISTFILE": ""},
            cwd="/",
            preexec_fn=lambda: os.login_tty(os.dup(theirs)),  # noqa: PLW1509 - one call; the terminal becomes its own
        )
        os.close(theirs)
        self._fd, self._raw = ours, b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.sees(re.escape(PROMPT))

    def types(self, text: str) -> int:
        """Type a line; where in the text what follows begins."""
        at = len(self.text())
        os.write(self._fd, text.encode() + b"\n")
        return at

    def press_ctrl_c(self) -> int:
        at = len(self.text())
        os.write(self._fd, b"\x03")
        return at

    def text(self) -> str:
        """All that stands there, as an eye sees it: a line that was written over shows its last words."""
        whole = ESCAPES.sub("", self._raw.decode(errors="replace")).replace("\r\n", "\n")
        return "\n".join(line.rpartition("\r")[2] for line in whole.split("\n"))

    def sees(self, words: str, after: int = 0, seconds: float = 60) -> str:
        """Wait for words (a regular expression); what stands there from `after` on."""
        seen = until(lambda: re.search(words, self.text()[after:]) and self.text(), seconds, f"no {words!r}")
        return str(seen)[after:]

    def code(self) -> int:
        """The exit code of what ended last, once the shell asks for the next."""
        until(lambda: self.text().endswith(PROMPT), what="what was typed last goes on")
        found = re.findall(r"(?m)^code=(\d+)$", self.sees(r"(?m)^code=\d+$", self.types("echo code=$?")))
        return int(found[-1])

    def close(self) -> None:
        """End the shell and all that it started."""
        for pid in reversed(family(self.process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(5)
        os.close(self._fd)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._fd, 65536):
                self._raw += data


class Place:
    """A machine, its newcomer and their checkout.

    root: where its files are. prefix: a command that runs another there, as that person. sudo: before apt and dpkg.
    """

    def __init__(self, root: Path, checkout: str, prefix: list[str], env: Mapping[str, str], *, sudo: bool) -> None:
        self.root, self.checkout, self.prefix, self.env = root, checkout, prefix, dict(env)
        self.sudo = ["sudo"] if sudo else []

    def host(self, inside: str) -> Path:
        """A path of the place as it is reached from here."""
        return self.root / inside.lstrip("/")

    @property
    def state(self) -> Path:
        return self.host(f"{self.checkout}/.run")

    def shell(self) -> Shell:
        # The folder is entered inside: it has another name out here.
        opened = Shell(self.prefix, self.env)
        opened.types(f"cd {self.checkout}")
        return opened

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in the checkout to its end."""
        inside = ("sh", "-c", f'cd {self.checkout} && exec "$@"', "sh", *command)
        return subprocess.run(
            (*self.prefix, *inside), env=self.env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    def apt(self, *arguments: str) -> str:
        """What apt-get says; it must succeed."""
        return self._root_does("apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments)

    def dpkg(self, *arguments: str, fails: bool = False) -> str:
        return self._root_does("dpkg", *arguments, fails=fails)

    def _root_does(self, *command: str, fails: bool = False) -> str:
        done = self.run(*self.sudo, "env", "DEBIAN_FRONTEND=noninteractive", *command)
        if (done.returncode != 0) is not fails:
            raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def would_come(self, *names: str) -> list[str]:
        """What apt would install for these, what it brings along included."""
        return re.findall(r"(?m)^Inst (\S+)", self.apt("-s", "install", *names))

    def absent(self, *names: str) -> list[str]:
        """Those of these packages that are not installed, so that they may be removed afterwards."""
        query = self.run("dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *names).stdout
        return [name for name in names if f"{name} installed" not in query]


@contextlib.contextmanager
def this_machine(folder: Path, env: Mapping[str, str]) -> Iterator[Place]:
    """A fresh clone on this machine. env: what the newcomer's session has, beside what pip and apt need."""
    checkout = folder / "deskwarden"
    if not (checkout / ".git").exists():
        bare_chroot.sh("git", "clone", "--quiet", "--no-local", bare_chroot.ROOT, checkout)
    bare_chroot.sh("git", "-C", checkout, "fetch", "--quiet", bare_chroot.ROOT, "HEAD")
    bare_chroot.sh("git", "-C", checkout, "reset", "--quiet", "--hard", "FETCH_HEAD")
    carried = bare_chroot.environment() | {"HOME": os.environ["HOME"], "USER": "root"}
    pip = Path.home() / ".config/pip/pip.conf"
    if pip.exists():
        carried["PIP_CONFIG_FILE"] = str(pip)
    yield Place(Path("/"), str(checkout), [], {**carried, **env}, sudo=False)


@contextlib.contextmanager
def bare_debian(room: Path, user: str, env: Mapping[str, str]) -> Iterator[Place]:
    """A bare chroot with a fresh clone in it, held open while it is used."""
    script = Path(bare_chroot.__file__)
    home = "/root" if user == "root" else f"/home/{user}"
    hold = ("--room", str(room), "--user", user, "--", "sh", "-c", "echo held >~/held; exec sleep infinity")
    (room / home.lstrip("/") / "held").unlink(missing_ok=True)
    holder = subprocess.Popen((sys.executable, "-I", str(script), *hold), stdin=subprocess.DEVNULL)
    try:
        until((room / home.lstrip("/") / "held").exists, 600, "the room did not open")
        inside = family(holder.pid)[-1]
        uid = (room / home.lstrip("/")).stat().st_uid
        enter = ["nsenter", f"--target={inside}", "--mount", "--pid", "--root", "--", "env", "-C", "/"]
        become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--init-groups"]
        carried = bare_chroot.environment() | {"HOME": home, "USER": user, "LOGNAME": user}
        yield Place(room, f"{home}/deskwarden", enter + become, {**carried, **env}, sudo=user != "root")
    finally:
        for pid in reversed(family(holder.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        holder.wait()
