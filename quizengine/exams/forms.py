"""What a browser may send about exams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField
from wtforms.validators import Optional

from quizengine.errors import InvalidInput
from quizengine.question_parts import with_shares

MAX_POSITION = 10_000


class StartForm(FlaskForm):  # type: ignore[misc]
    """How long a practice sitting shall be; both may be left out."""

    length = IntegerField(validators=[Optional()])
    minutes = IntegerField(validators=[Optional()])


# Fields of the page that are no part of the answer.
_OTHER = frozenset({"position", "retry_key", "shown", "csrf_token"})
MAX_FIELDS, MAX_VALUES, MAX_VALUE = 80, 40, 500


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """One answer. `shown` is the server's own signed note of when it showed the question.

    `values` holds what was filled in, by the name of the field; what they mean depends on the item.
    A plain class: the fields of WTForms cost this request a tenth of its time, and nobody sees
    them, since a page never shows this form again.
    """

    position: int
    values: Mapping[str, Sequence[str]]
    retry_key: str
    shown: str

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> Self:
        """Check what was sent.

        Raises
        ------
        InvalidInput
            "choice-missing": nothing was filled in; "bad-request": no page of ours sends this.
        """
        values = {name: found for name, found in sent.lists() if name not in _OTHER}
        if not any(value for found in values.values() for value in found):
            raise InvalidInput("choice-missing")
        position, retry_key = sent.get("position", ""), sent.get("retry_key", "")
        shown = sent.get("shown", "")
        is_number = position.isascii() and position.isdigit() and len(position) <= 5
        if not is_number or not 1 <= int(position) <= MAX_POSITION:
            raise InvalidInput("bad-request")
        if not 8 <= len(retry_key) <= 64 or len(shown) > 200 or "\0" in retry_key:
            raise InvalidInput("bad-request")  # PostgreSQL cannot store a NUL
        _check_values(values)
        return cls(int(position), with_shares(values), retry_key, shown)


def _check_values(values: Mapping[str, Sequence[str]]) -> None:
    """No page of ours sends more or longer fields, or a NUL."""
    if len(values) > MAX_FIELDS:
        raise InvalidInput("bad-request")
    for name, found in values.items():
        texts = (name, *found)
        if len(found) > MAX_VALUES or any(len(t) > MAX_VALUE or "\0" in t for t in texts):
            raise InvalidInput("bad-request")
