"""What a browser may send about exams."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional


class StartForm(FlaskForm):  # type: ignore[misc]
    """How long a practice sitting shall be; both may be left out."""

    length = IntegerField(validators=[Optional()])
    minutes = IntegerField(validators=[Optional()])


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """One answer. `shown` is the server's own signed note of when it showed the question."""

    position = IntegerField(validators=[InputRequired(), NumberRange(1, 10_000)])
    choice = StringField(validators=[InputRequired(), Length(max=20)])
    retry_key = StringField(validators=[InputRequired(), Length(min=8, max=64)])
    shown = StringField(validators=[Optional(), Length(max=200)])
