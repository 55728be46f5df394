"""The kinds of refusal. Each carries a stable code; `messages.py` has its sentence."""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """A use case says no. `code` names the reason, `details` fill the sentence's placeholders."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, /, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class NotFound(Refusal):
    """There is no such thing, or it is not this account's to see."""

    status = 404


class NotPermitted(Refusal):
    """The account may not do this."""

    status = 403


class Conflict(Refusal):
    """It was possible once, or would contradict what is stored."""

    status = 409


class InvalidInput(Refusal):
    """What was sent cannot be used."""

    status = 422


class TooManyTries(Refusal):
    """Tried too often; `seconds` among the details says when trying again helps."""

    status = 429


class Unavailable(Refusal):
    """A part the program needs is away for now; trying again helps."""

    status = 503
