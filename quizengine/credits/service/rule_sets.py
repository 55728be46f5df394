"""Versions of an organisation's credit rules."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Organisation
from quizengine.audit import record
from quizengine.credits.rules import CreditRules
from quizengine.credits.tables import RuleSet
from quizengine.errors import Conflict, InvalidInput, NotFound

DEFAULT_RULES = Path(__file__).parents[1] / "data" / "default_rules.json"
LARGEST_FILE = 1_000_000  # bytes


def read_rules(data: bytes) -> CreditRules:
    """The rules of a file.

    Raises
    ------
    InvalidInput
        "credit-rules-json", or what `CreditRules.from_json` finds.
    """
    if len(data) > LARGEST_FILE:
        raise InvalidInput("credit-rules-json", problem=f"> {LARGEST_FILE} bytes")
    try:
        values = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise InvalidInput("credit-rules-json", problem=str(problem)) from None
    return CreditRules.from_json(values)


def load_rules(
    session: Session,
    *,
    organisation_id: int,
    rules: CreditRules | None = None,
    account_id: int | None = None,
    now: datetime,
) -> int:
    """Store rules as an organisation's next version; returns the number of the one in force.

    The same rules again make no new version. Without rules, those the program comes with.

    Raises
    ------
    NotFound
        "organisation".
    """
    if session.get(Organisation, organisation_id, with_for_update=True) is None:
        raise NotFound("organisation")
    content = (rules or read_rules(DEFAULT_RULES.read_bytes())).to_json()
    last = _newest(session, organisation_id)
    if last is not None and last.content == content:
        return last.number
    row = RuleSet(
        organisation_id=organisation_id,
        number=last.number + 1 if last else 1,
        content=content,
        loaded_by=account_id,
        loaded_at=now,
    )
    session.add(row)
    session.flush()
    record(
        session,
        action="credit-rules-loaded",
        subject="credit-rules",
        subject_id=row.id,
        organisation_id=organisation_id,
        account_id=account_id,
        before={"number": last.number if last else None},
        after={"number": row.number, "rules": len(content["rules"])},
        now=now,
    )
    return row.number


def _newest(session: Session, organisation_id: int) -> RuleSet | None:
    return session.scalar(
        select(RuleSet)
        .where(RuleSet.organisation_id == organisation_id)
        .order_by(RuleSet.number.desc())
        .limit(1)
    )


def find_rule_set(session: Session, organisation_id: int) -> RuleSet | None:
    """The rules in force; None before any were loaded."""
    return _newest(session, organisation_id)


def get_rule_set(session: Session, organisation_id: int) -> RuleSet:
    """The rules in force, or `Conflict("no-credit-rules")`."""
    found = _newest(session, organisation_id)
    if found is None:
        raise Conflict("no-credit-rules")
    return found
