"""Roles, and what each may do. One table: a route names its permission, a role holds some."""

from __future__ import annotations

from enum import StrEnum
from functools import cache


class Role(StrEnum):
    """What a person is in an organisation; one person may hold several."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"
    EXPERT = "expert"
    REGISTRAR = "registrar"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a route asks for."""

    USE_ACCOUNT = "use-account"
    SIT_EXAMS = "sit-exams"
    SEE_BANKS = "see-banks"
    EDIT_BANKS = "edit-banks"
    REVIEW_BANKS = "review-banks"
    PUBLISH_BANKS = "publish-banks"
    CALIBRATE = "calibrate"
    INVIGILATE = "invigilate"
    SEE_STANDARDS = "see-standards"
    ADOPT_STANDARDS = "adopt-standards"
    CLAIM_CREDITS = "claim-credits"
    DECIDE_CREDITS = "decide-credits"
    SEE_AUDIT = "see-audit"
    SEE_CLASSES = "see-classes"
    ADMINISTER = "administer"


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.STUDENT: frozenset(
        {Permission.USE_ACCOUNT, Permission.SIT_EXAMS, Permission.CLAIM_CREDITS}
    ),
    Role.INSTRUCTOR: frozenset(
        {
            Permission.USE_ACCOUNT,
            Permission.SEE_BANKS,
            Permission.EDIT_BANKS,
            Permission.REVIEW_BANKS,
            Permission.PUBLISH_BANKS,
            Permission.CALIBRATE,
            Permission.INVIGILATE,
            Permission.SEE_CLASSES,
            Permission.SEE_STANDARDS,
        }
    ),
    Role.EXPERT: frozenset(
        {
            Permission.USE_ACCOUNT,
            Permission.SEE_BANKS,
            Permission.REVIEW_BANKS,
            Permission.SEE_STANDARDS,
        }
    ),
    Role.REGISTRAR: frozenset(
        {
            Permission.USE_ACCOUNT,
            Permission.SEE_STANDARDS,
            Permission.ADOPT_STANDARDS,
            Permission.DECIDE_CREDITS,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {Permission.USE_ACCOUNT, Permission.ADMINISTER, Permission.SEE_AUDIT}
    ),
}


@cache
def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that these roles may do together."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))
