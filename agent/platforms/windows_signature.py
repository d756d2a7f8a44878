"""Who signed a program's file, by Windows' own word for it: Authenticode, its chain included, read offline.

Nothing is fetched and no revocation is asked. What Windows signs in a catalogue beside, as its own tools, has no
signature in the file and counts as unsigned here. Seen under Wine with files that osslsigncode signed: Wine lets a
chain that ends at nobody known pass, and judges a certificate at the time of its file; Windows does neither.
"""

import ctypes
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes
from pathlib import Path
from stat import S_ISREG
from typing import Literal, NamedTuple
from uuid import UUID

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

GENERIC_VERIFY_V2 = UUID("00aac56b-cd44-11d0-8cc2-00c04fc295ee")
NO_SCREEN, NO_REVOCATION, A_FILE, VERIFY, CLOSE = 2, 0, 1, 1, 2
OFFLINE = 0x1000 | 0x10  # WTD_CACHE_ONLY_URL_RETRIEVAL | WTD_REVOCATION_CHECK_NONE
UNSIGNED = {0x800B0100, 0x800B0003, 0x800B0001}  # no signature; a form, or a subject, that can't have one
TAMPERED = 0x80096010
CANT_OPEN = {0x80092003, 0x80070002, 0x80070003, 0x80070005, 0x80070020}
NOT_ASKED = 0x40 | 0x1000000  # of a chain's errors: that no revocation list was seen
SIMPLE_NAME = 4
LARGEST = 1 << 30  # bytes: all of a file is read
MOST = 2_000  # files that are remembered
READ, SHARED_BY_ALL, THERE, NO_HANDLE = 0x80000000, 1 | 2 | 4, 3, -1


class Signature(NamedTuple):
    """What a file's signature is worth.

    good: it holds, and its chain ends at a root that this machine trusts. untrusted: it holds, its chain does not.
    tampered: the file is another than was signed. signer: the name in the certificate; "" where there is none.
    """

    state: Literal["good", "untrusted", "tampered", "none", "unreadable"]
    signer: str = ""


class Signatures:
    """Reads each file once: again only when it is another, by inode, size and time of change. Of any thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int, int, int], Signature] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, file: Path) -> Signature:
        """Never raises."""
        try:
            found = file.stat()
        except (OSError, ValueError):
            return Signature("unreadable")
        if not S_ISREG(found.st_mode) or found.st_size > LARGEST:
            return Signature("unreadable")
        which = found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
        with self._lock:
            if which in self._known:
                self._known.move_to_end(which)
                return self._known[which]
        signature = verify(file)
        if signature.state != "unreadable":
            with self._lock:
                self._known[which] = signature
                if len(self._known) > MOST:
                    self._known.popitem(last=False)
        return signature


class _File(ctypes.Structure):
    _fields_ = (
        ("size", wintypes.DWORD),
        ("path", wintypes.LPCWSTR),
        ("handle", wintypes.HANDLE),
        ("guid", wintypes.LPVOID),
    )


class _Trust(ctypes.Structure):
    """WINTRUST_DATA."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("policy", wintypes.LPVOID),
        ("sip", wintypes.LPVOID),
        ("screen", wintypes.DWORD),
        ("revocation", wintypes.DWORD),
        ("choice", wintypes.DWORD),
        ("file", ctypes.POINTER(_File)),
        ("action", wintypes.DWORD),
        ("state", wintypes.HANDLE),
        ("url", wintypes.LPCWSTR),
        ("flags", wintypes.DWORD),
        ("context", wintypes.DWORD),
        ("settings", wintypes.LPVOID),
    )


class _Chain(ctypes.Structure):
    """The beginning of CERT_CHAIN_CONTEXT."""

    _fields_ = (("size", wintypes.DWORD), ("error", wintypes.DWORD), ("info", wintypes.DWORD))


class _Signer(ctypes.Structure):
    """CRYPT_PROVIDER_SGNR."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("as_of", wintypes.FILETIME),
        ("certificates", wintypes.DWORD),
        ("chain_of_certificates", wintypes.LPVOID),
        ("kind", wintypes.DWORD),
        ("signer", wintypes.LPVOID),
        ("error", wintypes.DWORD),
        ("counter_signers", wintypes.DWORD),
        ("counter_signer", wintypes.LPVOID),
        ("chain", ctypes.POINTER(_Chain)),
    )


class _Certificate(ctypes.Structure):
    """The beginning of CRYPT_PROVIDER_CERT."""

    _fields_ = (("size", wintypes.DWORD), ("context", wintypes.LPVOID))


@contextmanager
def opened(file: Path) -> Iterator[int]:
    """A handle to read with, while others may still rename the file and take it away: Python's own forbids that.

    Raises:
        OSError: It can't be opened.

    """
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateFileW.restype = wintypes.HANDLE
    handle = kernel.CreateFileW(
        wintypes.LPCWSTR(str(file)), wintypes.DWORD(READ), SHARED_BY_ALL, None, THERE, wintypes.DWORD(0), None
    )
    if handle is None or handle == wintypes.HANDLE(NO_HANDLE).value:
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        yield int(handle)
    finally:
        kernel.CloseHandle(wintypes.HANDLE(handle))


def verify(file: Path) -> Signature:
    """Read the file and its signature now."""
    try:
        with opened(file) as handle:
            return _verify(file, handle)
    except (OSError, ValueError):
        return Signature("unreadable")


def _verify(file: Path, handle: int) -> Signature:
    path = _File(ctypes.sizeof(_File), str(file), handle, None)
    trust = _Trust(
        size=ctypes.sizeof(_Trust),
        screen=NO_SCREEN,
        revocation=NO_REVOCATION,
        choice=A_FILE,
        file=ctypes.pointer(path),
        action=VERIFY,
        flags=OFFLINE,
    )
    said = _ask(trust)
    try:
        chain, signer = _signer(trust)
    finally:
        trust.action = CLOSE
        _ask(trust)
    if said in CANT_OPEN:
        return Signature("unreadable")
    if said == TAMPERED:
        return Signature("tampered", signer)
    if said in UNSIGNED or not signer:
        return Signature("none")
    # A chain that ends nowhere is told by some systems in the chain alone.
    return Signature("untrusted" if said or chain is None or chain & ~NOT_ASKED else "good", signer)


def _ask(trust: _Trust) -> int:
    call = ctypes.WinDLL("wintrust").WinVerifyTrust
    call.restype = wintypes.DWORD
    kind = (ctypes.c_byte * 16).from_buffer_copy(GENERIC_VERIFY_V2.bytes_le)
    return int(call(wintypes.HANDLE(-1), ctypes.byref(kind), ctypes.byref(trust)))


def _signer(trust: _Trust) -> tuple[int | None, str]:
    """The errors of the signer's chain, None where there is no chain; and the signer's name."""
    wintrust = ctypes.WinDLL("wintrust")
    for name in ("WTHelperProvDataFromStateData", "WTHelperGetProvSignerFromChain", "WTHelperGetProvCertFromChain"):
        getattr(wintrust, name).restype = ctypes.c_void_p
    data = wintrust.WTHelperProvDataFromStateData(wintypes.HANDLE(trust.state))
    found = wintrust.WTHelperGetProvSignerFromChain(ctypes.c_void_p(data), 0, 0, 0) if data else None
    if not found:
        return None, ""
    signer = _Signer.from_address(found)
    chain = signer.chain.contents.error if signer.chain else None
    first = wintrust.WTHelperGetProvCertFromChain(ctypes.c_void_p(found), 0)
    return chain, _name(_Certificate.from_address(first).context) if first else ""


def _name(certificate: int | None) -> str:
    buffer = ctypes.create_unicode_buffer(256)
    if certificate:
        ctypes.WinDLL("crypt32").CertGetNameStringW(
            ctypes.c_void_p(certificate), wintypes.DWORD(SIMPLE_NAME), wintypes.DWORD(0), None, buffer, len(buffer)
        )
    return buffer.value
