"""In the guest: a lid that closes, as the kernel tells of one; it stays closed until this is ended."""

import fcntl
import os
import struct
import threading
from pathlib import Path

UI_SET_EVBIT, UI_SET_SWBIT, UI_DEV_CREATE = 0x40045564, 0x4004556D, 0x5501
CLOSE = Path("/tmp/close-lid")  # whoever writes to it closes it
EV_SYN, EV_SW, SW_LID = 0, 5, 0


def event(kind: int, code: int, value: int) -> bytes:
    return struct.pack("llHHi", 0, 0, kind, code, value)


def main() -> None:
    os.mkfifo(CLOSE)
    lid = os.open("/dev/uinput", os.O_WRONLY)
    fcntl.ioctl(lid, UI_SET_EVBIT, EV_SW)
    fcntl.ioctl(lid, UI_SET_SWBIT, SW_LID)
    os.write(lid, struct.pack("80sHHHHI1024x", b"Lid", 0x19, 0, 5, 1, 0))
    fcntl.ioctl(lid, UI_DEV_CREATE)
    CLOSE.read_text()  # logind has to have found the lid first, and says so in its journal alone
    os.write(lid, event(EV_SW, SW_LID, 1) + event(EV_SYN, 0, 0))
    threading.Event().wait()


if __name__ == "__main__":
    main()
