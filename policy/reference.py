"""The speakable reference `DW-7K4M-M2Q9` of a finding or report: fixed for ever by a test vector.

The first 35 bits of the uid as seven characters of Crockford's base32, and a Luhn mod 32 check character in the same
alphabet. It names, it does not authenticate: two of the same are possible, and whoever looks one up must cope.
"""

from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})


def reference(uid: UUID) -> str:
    """The reference of a uid."""
    bits = uid.int >> (128 - 35)
    digits = [(bits >> shift) & 31 for shift in range(30, -1, -5)]
    text = "".join(ALPHABET[d] for d in [*digits, _check(digits)])
    return f"DW-{text[:4]}-{text[4:]}"


def parse(spoken: str) -> str | None:
    """The reference as a person typed or said it, put in its one form; None where the check character is wrong."""
    text = spoken.upper().replace("-", "").replace(" ", "")
    if len(text) > 8:  # a code may begin with DW itself
        text = text.removeprefix("DW")
    text = text.translate(LOOKALIKES)
    if len(text) != 8 or any(c not in ALPHABET for c in text):
        return None
    digits = [ALPHABET.index(c) for c in text]
    return f"DW-{text[:4]}-{text[4:]}" if _check(digits[:-1]) == digits[-1] else None


def _check(digits: list[int]) -> int:
    """Luhn mod N with N = 32: every second digit from the right doubled, its two base-32 digits added."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if place % 2 == 0 else digit
        total += doubled // 32 + doubled % 32
    return -total % 32
