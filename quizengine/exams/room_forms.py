"""What a browser may send about rooms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from quizengine.exams.service.rooms import EXTRA_MINUTES, LONGEST_NOTE, MINUTES, QUESTIONS

LONGEST_TITLE = 120


class RoomForm(FlaskForm):  # type: ignore[misc]
    """A new room. `offer` is "bank:profile", one choice for both."""

    title = StringField(
        filters=[lambda typed: _one_line(typed or "")],
        validators=[
            InputRequired(_("Give the room a title.")),
            Length(max=LONGEST_TITLE, message=_("A title has at most 120 characters.")),
        ],
    )
    offer = SelectField(validate_choice=False)
    class_id = SelectField(validate_choice=False)
    minutes = IntegerField(
        default=60,
        validators=[
            InputRequired(_("Enter a number of minutes.")),
            NumberRange(
                MINUTES[0], MINUTES[-1], _("The time limit is between 20 and 180 minutes.")
            ),
        ],
    )
    n_questions = IntegerField(
        default=40,
        validators=[
            InputRequired(_("Enter a number of questions.")),
            NumberRange(QUESTIONS[0], QUESTIONS[-1], _("An exam has 20 to 60 questions.")),
        ],
    )
    stops_when_precise = BooleanField()

    def validate_offer(self, field: SelectField) -> None:
        """One of those on the page."""
        if field.data not in dict(field.choices):
            raise ValidationError(_("Choose an item bank."))

    def validate_class_id(self, field: SelectField) -> None:
        """One of the organisation's classes, or none."""
        if field.data and field.data not in dict(field.choices):
            raise ValidationError(_("Choose a class from the list, or none."))


class ExtraTimeForm(FlaskForm):  # type: ignore[misc]
    """Minutes that one student has more than the others."""

    minutes = IntegerField(
        validators=[
            InputRequired(_("Enter a number of minutes; 0 for no extra time.")),
            NumberRange(
                EXTRA_MINUTES[0], EXTRA_MINUTES[-1], _("Extra time is between 0 and 240 minutes.")
            ),
        ]
    )


class NoteForm(FlaskForm):  # type: ignore[misc]
    """What the invigilator saw."""

    note = StringField(
        validators=[
            InputRequired(_("Write what happened.")),
            Length(max=LONGEST_NOTE, message=_("A note has at most 500 characters.")),
        ]
    )


def _one_line(typed: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in typed).strip()
