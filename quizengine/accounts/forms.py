"""What a browser may send about accounts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import Field, PasswordField, StringField
from wtforms.validators import AnyOf, DataRequired, Length, ValidationError

from quizengine.accounts.service.directory import STATES, AccountFilter
from quizengine.permissions import Role


def one_line(text: str | None) -> str | None:
    """A text without control characters: no database keeps a NUL, no name has a line end."""
    if text is None:
        return None
    return "".join(c if unicodedata.category(c) not in {"Cc", "Cs"} else " " for c in text).strip()


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Name and password."""

    username = StringField(
        _("Name"),
        [DataRequired(_("Enter your name.")), Length(max=64)],
        filters=[one_line],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _("Password"),
        [DataRequired(_("Enter your password.")), Length(max=256)],
        render_kw={"autocomplete": "current-password"},
    )


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password for oneself."""

    present = PasswordField(
        _("Present password"),
        [DataRequired(_("Enter your present password."))],
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        _("New password"),
        [DataRequired(_("Enter a new password."))],
        render_kw={"autocomplete": "new-password", "minlength": "10"},
    )


class WelcomeForm(FlaskForm):  # type: ignore[misc]
    """The password set with a one-time link."""

    new = PasswordField(_("New password"), [DataRequired(_("Enter a new password."))])


ROLE_NAMES = {
    Role.STUDENT: _("Student"),
    Role.INSTRUCTOR: _("Instructor"),
    Role.EXPERT: _("Expert"),
    Role.REGISTRAR: _("Registrar"),
    Role.ADMINISTRATOR: _("Administrator"),
}
ROLE_HELP = {
    Role.STUDENT: _("practises and sits exams"),
    Role.INSTRUCTOR: _("writes and publishes questions, teaches classes"),
    Role.EXPERT: _("looks at questions for correctness"),
    Role.REGISTRAR: _("approves credit"),
    Role.ADMINISTRATOR: _("manages accounts and organisations"),
}
CLASS_ROLES = (Role.STUDENT, Role.INSTRUCTOR)
LANGUAGE_NAMES = {"en": "English", "zh": "中文"}
KIND_NAMES = {"school": _("School"), "hospital": _("Hospital")}
STATE_NAMES = dict(
    zip(
        STATES,
        (_("Can sign in"), _("Waits for a password"), _("Disabled"), _("Simulated")),
        strict=True,
    )
)


class RolesField(Field):  # type: ignore[misc]
    """Ticked roles."""

    data: list[str]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what was ticked."""
        self.data = valuelist

    def pre_validate(self, form: Any) -> None:
        """Only roles there are, and at least one."""
        if not self.data or not set(self.data) <= set(Role):
            raise ValidationError(
                _("Choose at least one role; without one the account has no pages.")
            )


def _choice_field(label: Any, values: Iterable[str]) -> Any:
    return StringField(label, [AnyOf(list(values), _("Choose one of the list."))])


def _name_field(label: Any, missing: Any, limit: int = 120) -> Any:
    too_long = _("Use at most %(limit)s characters.", limit=limit)
    return StringField(
        label, [DataRequired(missing), Length(max=limit, message=too_long)], filters=[one_line]
    )


class InvitationForm(FlaskForm):  # type: ignore[misc]
    """A new account."""

    display_name = _name_field(_("Name shown"), _("Enter the person's name."))
    username = _name_field(_("User name"), _("Enter a user name."), 64)
    organisation_id = StringField(_("Organisation"))
    roles = RolesField(_("Roles"))
    language = _choice_field(_("Language"), LANGUAGE_NAMES)

    def __init__(self, choices: Iterable[int], **values: Any) -> None:
        super().__init__(**values)
        self._organisations = {str(key) for key in choices}

    def validate_organisation_id(self, field: StringField) -> None:
        """One of the organisations there are."""
        if str(field.data) not in self._organisations:
            raise ValidationError(_("Choose one of the list."))


class AccountForm(FlaskForm):  # type: ignore[misc]
    """What of an account can be changed."""

    display_name = _name_field(_("Name shown"), _("Enter the person's name."))
    roles = RolesField(_("Roles"))


class OrganisationForm(FlaskForm):  # type: ignore[misc]
    """The names of a school or a hospital."""

    name_en = _name_field(_("Name in English"), _("Enter the name in English."))
    name_zh = _name_field(_("Name in Chinese"), _("Enter the name in Chinese."))


class NewOrganisationForm(OrganisationForm):
    """A school or a hospital; which of the two it is stays."""

    kind = _choice_field(_("Kind"), KIND_NAMES)


class ClassForm(FlaskForm):  # type: ignore[misc]
    """A new class."""

    name = _name_field(_("Name of the class"), _("Enter the name of the class."))
    code = _name_field(_("Code"), _("Enter a short code, as it stands on the timetable."), 40)


class MemberForm(FlaskForm):  # type: ignore[misc]
    """Somebody to put into a class."""

    username = _name_field(_("User name"), _("Enter a user name."), 64)
    role = _choice_field(_("As"), CLASS_ROLES)


class RosterForm(FlaskForm):  # type: ignore[misc]
    """A file of students."""

    file = FileField(_("File with the students"))


class RosterCommitForm(FlaskForm):  # type: ignore[misc]
    """How many students the page had shown as new and as joining."""

    new = StringField()
    joins = StringField()

    @property
    def expected(self) -> tuple[int, int]:
        """(new, joining); -1 where no number was sent, which fits no file."""
        texts = (self.new.data or "", self.joins.data or "")
        numbers = [int(t) if t.isascii() and t.isdigit() and len(t) < 7 else -1 for t in texts]
        return numbers[0], numbers[1]


def read_filter(sent: MultiDict[str, str]) -> AccountFilter:
    """What the list of accounts is asked for; what makes no sense is left out."""
    organisation = sent.get("organisation", "")
    page = sent.get("page", "")
    role, state = sent.get("role", ""), sent.get("state", "")
    return AccountFilter(
        search=(one_line(sent.get("search", "")) or "")[:100],
        organisation_id=_whole(organisation),
        role=role if role in set(Role) else "",
        state=state if state in STATES else "",
        with_simulated=sent.get("simulated") == "1",
        page=min(_whole(page) or 1, 1_000_000),
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
