"""The vault in which Windows keeps a user's secrets, as keyring reaches it."""

import sys

import keyring
import pytest
from keyring.backends.Windows import WinVaultKeyring

pytestmark = pytest.mark.wine
assert sys.platform == "win32"


def test_a_secret_comes_back_until_it_is_deleted():
    """By the backend that is Windows' own; two entries of one service are kept apart."""
    assert isinstance(keyring.get_keyring(), WinVaultKeyring)
    for name, secret in (("one", "geheim-é"), ("two", "other")):
        keyring.set_password("Deskwarden.test", name, secret)
    assert keyring.get_password("Deskwarden.test", "one") == "geheim-é"
    assert keyring.get_password("Deskwarden.test", "two") == "other"
    for name in ("one", "two"):
        keyring.delete_password("Deskwarden.test", name)
        assert keyring.get_password("Deskwarden.test", name) is None
