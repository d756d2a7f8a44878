"""Has this Windows trust one of the two authorities that signed the tests' programs."""

import ctypes
import os
import sys
from ctypes import wintypes
from functools import cache
from pathlib import Path

assert sys.platform == "win32"

MADE = Path(os.environ["DESKWARDEN_MADE"])
REPLACE, X509 = 3, 1


@cache
def trust() -> None:
    """Once for all: a process of Wine's reads the roots when it first builds a chain, and never again."""
    crypt = ctypes.WinDLL("crypt32", use_last_error=True)
    crypt.CertOpenSystemStoreW.restype = ctypes.c_void_p
    store = ctypes.c_void_p(crypt.CertOpenSystemStoreW(None, wintypes.LPCWSTR("ROOT")))
    der = (MADE / "trusted.der").read_bytes()
    added = crypt.CertAddEncodedCertificateToStore(store, X509, der, len(der), REPLACE, None)
    closed = crypt.CertCloseStore(store, 0)  # this writes it
    assert added, ctypes.WinError(ctypes.get_last_error())
    assert closed
