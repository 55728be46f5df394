"""Publishing: revisions of a bank and parameter sets, in force from one moment on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from itembank.guessing import number_of_responses
from itembank.item import item_from_native
from itembank.scoring import maximum_score
from models import provisional_parameters
from quizengine import audit
from quizengine.banks.service.store import blueprint_of, get_bank
from quizengine.banks.tables import (
    Bank,
    BankRevision,
    Item,
    ItemVersion,
    Parameter,
    ParameterSet,
    Publication,
    RevisionItem,
)
from quizengine.errors import Conflict, NotFound

# Before data say otherwise: abilities in different competencies go together moderately. Too high a
# value would promise precision that the answers do not carry.
PROVISIONAL_CORRELATION = 0.5


@dataclass(frozen=True, slots=True)
class Published:
    """What holds for new sittings of a bank."""

    publication_id: int
    bank_id: int
    revision_id: int
    parameter_set_id: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class FittedItem:
    """The estimates of one item version, as a calibration hands them in."""

    a: float
    b: float
    c: float
    d: float
    se_a: float | None
    se_b: float | None
    n_responses: int
    model: str
    thresholds: list[float] | None = None


def find_published(session: Session, bank_id: int) -> Published | None:
    """What is in force for a bank; None while nothing was published."""
    row = session.scalar(
        select(Publication).where(Publication.bank_id == bank_id).order_by(Publication.id.desc())
    )
    if row is None:
        return None
    return Published(row.id, bank_id, row.revision_id, row.parameter_set_id, row.published_at)


def publish_revision(
    session: Session,
    *,
    bank_id: int,
    account_id: int | None,
    now: datetime,
    organisation_id: int | None = None,
) -> Published:
    """Publish the newest version of every item that is not retired.

    Parameters of unchanged versions are carried over from the set in force; new and changed items
    get provisional ones. Running sittings keep what they froze.

    Raises
    ------
    NotFound
        "bank": there is none, or it is not of `organisation_id` where one is named.
    Conflict
        "nothing-to-publish": the bank is empty, or nothing changed since the last revision;
        "competency-empty": a competency of the blueprint has no item.
    """
    bank = get_bank(session, bank_id, organisation_id=organisation_id)
    versions = session.scalars(
        select(ItemVersion)
        .join(Item, (Item.id == ItemVersion.item_id) & (Item.latest_number == ItemVersion.number))
        .where(Item.bank_id == bank_id, Item.retired_at.is_(None))
        .order_by(ItemVersion.id)
    ).all()
    before = find_published(session, bank_id)
    _check_publishable(session, bank, versions, before)
    number = session.scalar(
        select(func.coalesce(func.max(BankRevision.number), 0)).where(
            BankRevision.bank_id == bank_id
        )
    )
    revision = BankRevision(
        bank_id=bank_id, number=int(number or 0) + 1, created_at=now, created_by=account_id
    )
    session.add(revision)
    session.flush()
    session.execute(
        insert(RevisionItem),
        [{"revision_id": revision.id, "item_version_id": version.id} for version in versions],
    )
    set_id = _carry_parameters(session, bank, revision.id, versions, before, account_id, now)
    return publish_parameter_set(session, parameter_set_id=set_id, account_id=account_id, now=now)


def _check_publishable(
    session: Session, bank: Bank, versions: Sequence[ItemVersion], before: Published | None
) -> None:
    if not versions:
        raise Conflict("nothing-to-publish")
    covered = {version.competency for version in versions}
    for competency in blueprint_of(bank).competencies:
        if competency.code not in covered:
            raise Conflict("competency-empty", competency=competency.code)
    if before is None:
        return
    present = set(
        session.scalars(
            select(RevisionItem.item_version_id).where(
                RevisionItem.revision_id == before.revision_id
            )
        )
    )
    if present == {version.id for version in versions}:
        raise Conflict("nothing-to-publish")


def _carry_parameters(
    session: Session,
    bank: Bank,
    revision_id: int,
    versions: Sequence[ItemVersion],
    before: Published | None,
    account_id: int | None,
    now: datetime,
) -> int:
    """A set for the new revision: estimates of unchanged versions, stated priors for the rest."""
    old_set = session.get(ParameterSet, before.parameter_set_id) if before else None
    old_rows = _parameters_by_hash(session, old_set.id) if old_set else {}
    codes = list(blueprint_of(bank).competency_codes)
    carried = old_set is not None and old_set.competencies == codes
    new_set = ParameterSet(
        bank_id=bank.id,
        revision_id=revision_id,
        kind=old_set.kind if old_set and carried else "provisional",
        model=old_set.model if old_set and carried else "3PL",
        simulated=bool(old_set and old_set.simulated),
        n_persons=old_set.n_persons if old_set else 0,
        n_responses=old_set.n_responses if old_set else 0,
        competencies=codes,
        covariance=(
            old_set.covariance if old_set and carried else provisional_covariance(len(codes))
        ),
        summary={"carried_from": old_set.id} if old_set else {},
        created_at=now,
        created_by=account_id,
    )
    session.add(new_set)
    session.flush()
    rows = [
        old_rows.get((version.item_id, version.content_hash)) or _provisional_row(version)
        for version in versions
    ]
    session.execute(
        insert(Parameter),
        [
            {**row, "parameter_set_id": new_set.id, "item_version_id": version.id}
            for row, version in zip(rows, versions, strict=True)
        ],
    )
    return new_set.id


def provisional_covariance(n_competencies: int) -> list[list[float]]:
    """Unit variances and one moderate correlation, until it is estimated."""
    return [
        [1.0 if row == column else PROVISIONAL_CORRELATION for column in range(n_competencies)]
        for row in range(n_competencies)
    ]


_CARRIED = (
    *("a", "b", "c", "d", "se_a", "se_b", "model", "thresholds"),
    *("n_responses", "provisional", "calibrated_at"),
)


def _parameters_by_hash(session: Session, set_id: int) -> dict[tuple[int, str], dict[str, Any]]:
    """Parameters by item and content: a version that only relabels keeps its estimates."""
    rows = session.execute(
        select(Parameter, ItemVersion.item_id, ItemVersion.content_hash)
        .join(ItemVersion, ItemVersion.id == Parameter.item_version_id)
        .where(Parameter.parameter_set_id == set_id)
    )
    return {
        (item_id, content): {name: getattr(parameter, name) for name in _CARRIED}
        for parameter, item_id, content in rows
    }


def _provisional_row(version: ItemVersion) -> dict[str, Any]:
    item = item_from_native(version.content)
    prior = provisional_parameters(
        [item.cognitive_level or "A"],
        [item.difficulty or "medium"],
        [number_of_responses(item)],
        [maximum_score(item)],
    )
    return {
        "a": float(prior.a[0]),
        "b": float(prior.b[0]),
        "c": float(prior.c[0]),
        "d": float(prior.d[0]),
        "se_a": None,
        "se_b": None,
        "model": prior.item_models[0],
        "thresholds": None if prior.thresholds is None else prior.thresholds[0].tolist(),
        "n_responses": 0,
        "provisional": True,
        "calibrated_at": None,
    }


def create_calibrated_set(
    session: Session,
    *,
    revision_id: int,
    fitted: Mapping[int, FittedItem],
    base_set_id: int,
    covariance: Sequence[Sequence[float]],
    model: str,
    simulated: bool,
    n_persons: int,
    n_responses: int,
    summary: Mapping[str, Any],
    account_id: int | None,
    now: datetime,
) -> int:
    """Store a calibration's estimates as a new, unpublished set; returns its id.

    Parameters
    ----------
    fitted : estimates by item version; versions of the revision without one keep the parameters
        they have in `base_set_id`.
    """
    base = session.get(ParameterSet, base_set_id)
    if base is None or base.revision_id != revision_id:
        raise NotFound("parameter-set")
    new_set = ParameterSet(
        bank_id=base.bank_id,
        revision_id=revision_id,
        kind="calibrated",
        model=model,
        simulated=simulated,
        n_persons=n_persons,
        n_responses=n_responses,
        competencies=list(base.competencies),
        covariance=[[float(value) for value in row] for row in covariance],
        summary=dict(summary),
        created_at=now,
        created_by=account_id,
    )
    session.add(new_set)
    session.flush()
    old = session.scalars(select(Parameter).where(Parameter.parameter_set_id == base_set_id)).all()
    session.execute(
        insert(Parameter),
        [
            {
                **_calibrated_row(row, fitted.get(row.item_version_id), now),
                "parameter_set_id": new_set.id,
                "item_version_id": row.item_version_id,
            }
            for row in old
        ],
    )
    return new_set.id


def _calibrated_row(old: Parameter, new: FittedItem | None, now: datetime) -> dict[str, Any]:
    if new is None:
        return {name: getattr(old, name) for name in _CARRIED}
    return {
        "a": new.a,
        "b": new.b,
        "c": new.c,
        "d": new.d,
        "se_a": new.se_a,
        "se_b": new.se_b,
        "model": new.model,
        "thresholds": new.thresholds,
        "n_responses": new.n_responses,
        "provisional": False,
        "calibrated_at": now,
    }


def publish_parameter_set(
    session: Session, *, parameter_set_id: int, account_id: int | None, now: datetime
) -> Published:
    """Let new sittings use a parameter set (and the revision it belongs to).

    Publishing an older set again is how a publication is undone.

    Raises
    ------
    NotFound
        "parameter-set".
    """
    chosen = session.get(ParameterSet, parameter_set_id)
    if chosen is None:
        raise NotFound("parameter-set")
    before = find_published(session, chosen.bank_id)
    row = Publication(
        bank_id=chosen.bank_id,
        revision_id=chosen.revision_id,
        parameter_set_id=chosen.id,
        published_at=now,
        published_by=account_id,
    )
    session.add(row)
    session.flush()
    published = Published(row.id, row.bank_id, row.revision_id, row.parameter_set_id, now)
    _log_publication(session, before, published, account_id)
    return published


def _log_publication(
    session: Session, before: Published | None, after: Published, account_id: int | None
) -> None:
    """What results rest on from now on is a decision about everybody who sits the exam."""
    same_items = before is not None and before.revision_id == after.revision_id
    audit.record(
        session,
        action="parameters-published" if same_items else "revision-published",
        subject="bank",
        subject_id=after.bank_id,
        organisation_id=get_bank(session, after.bank_id).organisation_id,
        account_id=account_id,
        before=_as_keys(before) if before else {},
        after=_as_keys(after),
        now=after.published_at,
    )


def _as_keys(published: Published) -> dict[str, int]:
    return {"revision": published.revision_id, "parameter_set": published.parameter_set_id}
