"""Windows under the agent."""

import ctypes
import msvcrt
import os
import sys
import winreg
from ctypes import wintypes
from pathlib import Path
from uuid import UUID

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

LOCAL_SYSTEM = "S-1-5-18"
LOCAL_APP_DATA = UUID("f1b32785-6fba-4fcf-9d55-7b8e7f157091")
PROGRAM_DATA = UUID("62ab5d82-fdc1-4dc3-a9dd-070d1d495d97")
ZONE = r"SYSTEM\CurrentControlSet\Control\TimeZoneInformation"
TOKEN_QUERY, TOKEN_USER = 8, 1
TIME_OF_DAY = 3  # of NtQuerySystemInformation
LOCKED_BYTE = 1 << 30  # far behind the pid: others may not even read a byte that is locked


class TimeOfDay(ctypes.Structure):
    """SYSTEM_TIMEOFDAY_INFORMATION: 100 ns since 1601. boot moves when the clock is set; by how much in all is bias."""

    _fields_ = (
        ("boot", ctypes.c_longlong),
        ("now", ctypes.c_longlong),
        ("zone", ctypes.c_longlong),
        ("zone_id", wintypes.ULONG),
        ("reserved", wintypes.ULONG),
        ("bias", ctypes.c_ulonglong),
        ("slept", ctypes.c_ulonglong),
    )


class Windows:
    """The Protocol `System` on Windows."""

    def boot_id(self) -> str:
        return boot_name(_time_of_day())

    def awake(self) -> float:
        ticks = ctypes.c_ulonglong()
        ctypes.windll.kernel32.QueryUnbiasedInterruptTime(ctypes.byref(ticks))  # stands still in sleep
        return ticks.value / 10_000_000

    def user_scope(self) -> str:
        return f"user:{_sid()}"

    def slept(self) -> float:
        now = ctypes.WinDLL("kernel32").GetTickCount64
        now.restype = ctypes.c_ulonglong
        return max(float(now()) / 1000 - self.awake(), 0.0)

    def zone(self) -> str:
        from tzlocal.windows_tz import win_tz  # noqa: PLC0415 - what Windows calls a zone, as IANA does

        try:  # each time: a laptop travels
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, ZONE) as key:
                name = str(winreg.QueryValueEx(key, "TimeZoneKeyName")[0])
        except OSError:
            return "UTC"
        return str(win_tz.get(name.partition("\0")[0], "UTC"))

    def hold(self, state: Path) -> int:
        state.mkdir(parents=True, exist_ok=True)
        handle = os.open(state / "run.lock", os.O_RDWR | os.O_CREAT)
        try:
            _lock(handle)
        except OSError:
            os.lseek(handle, 0, os.SEEK_SET)
            pid = os.read(handle, 20).decode(errors="replace").strip()
            os.close(handle)
            raise BlockingIOError(pid) from None
        os.lseek(handle, 0, os.SEEK_SET)
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        return handle

    def default_state(self) -> Path:
        place = PROGRAM_DATA if _sid() == LOCAL_SYSTEM else LOCAL_APP_DATA
        return _known_folder(place) / "Deskwarden"


def boot_name(time: TimeOfDay) -> str:
    """When the machine began, as its clock then said: no later correction of the clock changes it."""
    return f"boot-{time.boot - time.bias}"


def booted() -> int:
    """When the machine began: 100 ns since 1601, on the clock as it is set now."""
    return int(_time_of_day().boot)


def _time_of_day() -> TimeOfDay:
    time = TimeOfDay()
    ctypes.WinDLL("ntdll").NtQuerySystemInformation(
        TIME_OF_DAY, ctypes.byref(time), wintypes.ULONG(ctypes.sizeof(time)), None
    )
    return time


def _lock(handle: int) -> None:
    os.lseek(handle, LOCKED_BYTE, os.SEEK_SET)
    msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)


def _sid() -> str:
    """Who this process runs as."""
    advapi, kernel = ctypes.WinDLL("advapi32", use_last_error=True), ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.GetCurrentProcess.restype = wintypes.HANDLE
    token = wintypes.HANDLE()
    mine = wintypes.HANDLE(kernel.GetCurrentProcess())
    _true(advapi.OpenProcessToken(mine, wintypes.DWORD(TOKEN_QUERY), ctypes.byref(token)))
    try:
        size = wintypes.DWORD(256)  # a pointer, a word and a SID of 68 bytes at most
        user = ctypes.create_string_buffer(size.value)
        _true(advapi.GetTokenInformation(token, TOKEN_USER, user, size, ctypes.byref(size)))
    finally:
        kernel.CloseHandle(token)
    text = wintypes.LPWSTR()
    _true(advapi.ConvertSidToStringSidW(ctypes.c_void_p.from_buffer(user), ctypes.byref(text)))
    try:
        return str(text.value)
    finally:
        kernel.LocalFree(text)


def _known_folder(folder: UUID) -> Path:
    """Where Windows keeps a folder; what the environment says can be another user's."""
    shell, ole = ctypes.WinDLL("shell32"), ctypes.WinDLL("ole32")
    found = wintypes.LPWSTR()
    name = (ctypes.c_byte * 16).from_buffer_copy(folder.bytes_le)
    status = shell.SHGetKnownFolderPath(ctypes.byref(name), wintypes.DWORD(0), None, ctypes.byref(found))
    if status or not found.value:
        raise FileNotFoundError(str(folder))
    try:
        return Path(found.value)
    finally:
        ole.CoTaskMemFree(found)


def _true(done: int) -> None:
    if not done:
        raise ctypes.WinError(ctypes.get_last_error())
