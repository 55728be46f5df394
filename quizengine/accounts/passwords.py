"""Passwords: what is accepted, how they are kept and compared."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from quizengine.errors import InvalidInput

# 19 MiB, two passes: the OWASP setting that needs least memory
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# at most two at once, so that a wave of sign-ins cannot starve the answers of processor time
_turn = threading.Semaphore(2)
_nobody = _hasher.hash("nobody has this password")

_COMMON = frozenset(
    [
        *("1234567890", "0123456789", "9876543210", "123456789a", "a123456789", "qwertyuiop"),
        *("1q2w3e4r5t", "passw0rd123", "password12", "password123", "password1234"),
        *("administrator", "iloveyou123", "letmein123", "welcome123", "qwerty1234", "qwerty12345"),
        *("1qaz2wsx3edc", "woaini1314", "woaini520", "5201314520", "abcd123456", "123456abcd"),
        *("aa123456789", "abc1234567", "a1b2c3d4e5", "asdfghjkl1", "asdfghjklz", "zxcvbnm123"),
        *("changeme123", "radiographer", "sonographer"),
    ]
)


def check_new_password(password: str, username: str) -> None:
    """Refuse what is easy to guess; no rules about kinds of characters."""
    if len(password) < 10:
        raise InvalidInput("password-short")
    if len(password) > 256:
        raise InvalidInput("password-long")
    lowered = password.lower()
    if lowered == username.lower():
        raise InvalidInput("password-same-as-name")
    if lowered in _COMMON or len(set(lowered)) < 4:
        raise InvalidInput("password-common")


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _turn:
        return _hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Compare; an unknown account costs the same time as a wrong password."""
    with _turn:
        try:
            _hasher.verify(stored or _nobody, password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(stored)
