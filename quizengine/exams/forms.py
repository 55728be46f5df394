"""What a browser may send about exams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import Optional

from quizengine.errors import InvalidInput

MAX_POSITION = 10_000


class StartForm(FlaskForm):  # type: ignore[misc]
    """How long a practice sitting shall be; both may be left out."""

    length = IntegerField(validators=[Optional()])
    minutes = IntegerField(validators=[Optional()])


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """One answer. `shown` is the server's own signed note of when it showed the question.

    A plain class: the fields of WTForms cost this request a tenth of its time, and nobody sees
    them, since a page never shows this form again.
    """

    position: int
    choice: str
    retry_key: str
    shown: str

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> Self:
        """Check what was sent.

        Raises
        ------
        InvalidInput
            "choice-missing": no option was chosen; "bad-request": no page of ours sends this.
        """
        choice = sent.get("choice", "")
        if not choice:
            raise InvalidInput("choice-missing")
        position, retry_key = sent.get("position", ""), sent.get("retry_key", "")
        shown = sent.get("shown", "")
        is_number = position.isascii() and position.isdigit() and len(position) <= 5
        if not is_number or not 1 <= int(position) <= MAX_POSITION:
            raise InvalidInput("bad-request")
        if len(choice) > 20 or not 8 <= len(retry_key) <= 64 or len(shown) > 200:
            raise InvalidInput("bad-request")
        if "\0" in choice or "\0" in retry_key:
            raise InvalidInput("bad-request")  # PostgreSQL cannot store it
        return cls(int(position), choice, retry_key, shown)
