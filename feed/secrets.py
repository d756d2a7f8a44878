"""Tokens: 256 random bits for the one who holds it, and a hash for the store."""

import secrets
from hashlib import sha256


def token() -> str:
    """A new one."""
    return secrets.token_urlsafe(32)


def hashed(value: str) -> str:
    """What is stored of it. Random bits need no salt and no slow hash."""
    return sha256(value.encode()).hexdigest()
