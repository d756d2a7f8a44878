"""A laptop in a VM: a disk that set-up built, two shells in it, a person's hands on it, and snapshots.

Emulated (TCG): /dev/kvm can be there and still not work. The disk is never written to; what a boot writes is gone
with it.
"""

import contextlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.guest import Shell
from tests.support.qmp import Hands, Monitor
from tests.support.until import until

MEMORY = "1536M"
KERNEL = "root=/dev/vda rw quiet console=ttyS0 console=tty0 mitigations=off audit=0 apparmor=0 no_timer_check"
SHELLS = ("root", "desk")
PORTS = (*SHELLS, "senses")  # the last: see senses.py


def _for_all(file: tarfile.TarInfo) -> tarfile.TarInfo | None:
    file.uid = file.gid = 0
    file.uname = file.gname = ""
    file.mode |= 0o755 if file.isdir() else 0o644
    return None if file.name.endswith("__pycache__") else file


class Machine:
    """Boots when entered; ends when left."""

    def __init__(self, disk: Path) -> None:
        self._disk = disk
        self._temporary = tempfile.TemporaryDirectory(prefix="dw-vm-", dir="/tmp")
        self.folder = Path(self._temporary.name)
        self._open = contextlib.ExitStack()
        self._sticks = set[str]()

    def __enter__(self) -> Self:
        with (self.folder / "qemu.log").open("wb") as log:
            command = ("setpriv", "--pdeathsig", "KILL", *self._command())
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._open.callback(self._end)
        until(self._stands, what="QEMU did not start")
        self.monitor = Monitor(self.folder / "qmp")
        self._open.callback(self.monitor.close)
        self.hands = Hands(self.monitor)
        self.root, self.desk = (Shell(self.folder / port) for port in SHELLS)
        for shell in (self.root, self.desk):
            self._open.callback(shell.close)
        self.monitor.ask("cont")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        self._temporary.cleanup()

    def _command(self) -> tuple[str, ...]:
        disk, here = self._disk, self.folder
        # Not started (-S) until the shells are listened to: a guest that opens a port too early is told of its end.
        base = ("qemu-system-x86_64", "-S", "-nodefaults", "-accel", "tcg", "-cpu", "max", "-smp", "2", "-m", MEMORY)
        boot = ("-machine", "q35,i8042=off", "-kernel", f"{disk}/vmlinuz", "-initrd", f"{disk}/initrd")
        screen = ("-append", KERNEL, "-vga", "std", "-display", "none", "-nic", "none", "-no-reboot")
        drive = ("-drive", f"file={disk}/disk.img,if=virtio,format=raw,snapshot=on", "-device", "virtio-rng-pci")
        usb = ("-device", "qemu-xhci,id=xhci", "-device", "usb-tablet,id=tablet", "-device", "usb-kbd,id=keyboard")
        lines = ["-serial", f"file:{here}/serial.log", "-qmp", f"unix:{here}/qmp,server=on,wait=off"]
        lines += ["-device", "virtio-serial-pci"]
        for port in PORTS:
            lines += ["-chardev", f"socket,id={port},path={here}/{port},server=on,wait=off"]
            lines += ["-device", f"virtserialport,chardev={port},name={port}"]
        return (*base, *boot, *screen, *drive, *usb, *lines)

    def _stands(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError((self.folder / "qemu.log").read_text())
        return all((self.folder / name).exists() for name in ("qmp", *PORTS))

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()

    # --- what is done with it ----------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Wait until anna's desktop stands."""
        self.root.ask("true", seconds=120)
        self.desk.ask("true", seconds=120)

    def put(self, folder: Path, names: Iterable[str], to: str) -> None:
        """Copy files and folders into the guest, for all to read."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
            for name in names:
                tar.add(folder / name, name, filter=_for_all)
        self.root.ask("mkdir", "-p", to)
        self.root.ask("tar", "-xz", "-C", to, given=packed.getvalue())

    def keep(self, name: str) -> None:
        """Remember this moment: memory, devices and disk."""
        self._quietly(f"savevm {name}")

    def back(self, name: str) -> None:
        """Go back to a moment that was kept, without sticks; what happened since did not."""
        for serial in tuple(self._sticks):
            self.unplug(serial)
        self._quietly(f"loadvm {name}")

    def _quietly(self, line: str) -> None:
        if said := self.monitor.human(line):
            raise RuntimeError(f"{line}: {said}")

    def sleeps(self) -> None:
        """Wait until it sleeps, as it was asked to by somebody."""
        until(lambda: self.monitor.ask("query-status")["status"] == "suspended", what="it does not sleep")

    def wake(self) -> None:
        """Press a key of a sleeping laptop, so to say; it is awake when this returns."""
        self.monitor.ask("system_wakeup")
        self.root.ask("true")

    def picture(self, path: Path) -> Path:
        """What its monitor shows."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.monitor.ask("screendump", filename=str(path), format="png")
        return path

    def plug(self, image: Path, serial: str) -> None:
        """Put a USB stick in; its name is its serial number."""
        self.monitor.ask(
            "blockdev-add", driver="raw", node_name=serial, file={"driver": "file", "filename": str(image)}
        )
        self.monitor.ask(
            "device_add", driver="usb-storage", bus="xhci.0", drive=serial, id=serial, serial=serial, removable=True
        )
        self._sticks.add(serial)

    def unplug(self, serial: str) -> None:
        """Pull it out; nobody is asked first."""
        self.monitor.ask("device_del", id=serial)
        until(lambda: self.monitor.ask("blockdev-del", node_name=serial) == {})  # QEMU lets go of it a moment later
        self._sticks.remove(serial)
