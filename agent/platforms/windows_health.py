"""What Windows says of its own protection: the Security Center's word, and whether a drive is encrypted.

WscGetSecurityProviderHealth (wscapi.h) answers any user and knows scanners and firewalls of other makers; Windows
Server has no Security Center. The shell's property System.Volume.BitLockerProtection answers without an administrator's
rights, as Explorer's padlock shows it.
"""

import ctypes
import sys
from ctypes import wintypes
from typing import Any, Literal

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

State = Literal["on", "off", "unknown"]
FIREWALL, ANTIVIRUS = 1, 4  # WSC_SECURITY_PROVIDER
HEALTH: dict[int, State] = {0: "on", 2: "off", 3: "off"}  # good, poor, snoozed; 1: it is not monitored
# 1 on, 2 off, 3 being encrypted, 4 being decrypted, 5 suspended, 6 locked, 8 not yet active; 0: it can't be.
BITLOCKER: dict[int, State] = {1: "on", 2: "off", 3: "on", 4: "off", 5: "off", 6: "on", 8: "off"}
PROPERTY = "System.Volume.BitLockerProtection"
SHELL_ITEM_2 = "{7E9FB0D3-919F-4307-AB2E-9B1860310C93}"
RELEASE, GET_INT32 = 2, 16  # where they stand in IShellItem2's table (shobjidl_core.h)
MULTITHREADED = 0


class _Key(ctypes.Structure):
    """PROPERTYKEY: a GUID and a number."""

    _fields_ = (("format", ctypes.c_byte * 16), ("number", wintypes.DWORD))


def health(provider: int) -> State:
    """The Security Center's word; unknown where it does not run, or does not watch that."""
    value = ctypes.c_int(1)
    try:
        failed = ctypes.WinDLL("wscapi").WscGetSecurityProviderHealth(wintypes.DWORD(provider), ctypes.byref(value))
    except (OSError, AttributeError):
        return "unknown"
    return "unknown" if failed else HEALTH.get(value.value, "unknown")


def bitlocker(drive: str) -> State:
    """Whether a drive ("C:") is protected; unknown where nothing says so."""
    ole = ctypes.WinDLL("ole32")
    begun = ole.CoInitializeEx(None, MULTITHREADED)
    try:
        return _protection(ole, drive)
    except (OSError, AttributeError):
        return "unknown"
    finally:
        if begun >= 0:
            ole.CoUninitialize()


def _protection(ole: Any, drive: str) -> State:
    key, item, value = _Key(), ctypes.c_void_p(), ctypes.c_int(0)
    name = (ctypes.c_byte * 16)()
    failed = (
        ole.CLSIDFromString(wintypes.LPCWSTR(SHELL_ITEM_2), name)
        or ctypes.WinDLL("propsys").PSGetPropertyKeyFromName(wintypes.LPCWSTR(PROPERTY), ctypes.byref(key))
        or ctypes.WinDLL("shell32").SHCreateItemFromParsingName(
            wintypes.LPCWSTR(f"{drive}\\"), None, name, ctypes.byref(item)
        )
    )
    if failed or item.value is None:
        return "unknown"
    try:
        failed = _method(item, GET_INT32, ctypes.c_void_p, ctypes.c_void_p)(
            item, ctypes.byref(key), ctypes.byref(value)
        )
    finally:
        _method(item, RELEASE)(item)
    return "unknown" if failed else BITLOCKER.get(value.value, "unknown")


def _method(item: ctypes.c_void_p, number: int, *arguments: Any) -> Any:
    """One of an object's functions, by its place in the table."""
    table = ctypes.cast(item, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
    return ctypes.WINFUNCTYPE(ctypes.c_long, ctypes.c_void_p, *arguments)(table[number])
