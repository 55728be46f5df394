"""Sets of questions under one case: which a bank has, and a case changed in all its questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from itembank.item import Item, Stimulus, assets_of, item_from_native
from quizengine.banks.service import store
from quizengine.banks.service.browse import newest_version
from quizengine.banks.tables import Item as ItemRow
from quizengine.banks.tables import ItemVersion
from quizengine.errors import Conflict, InvalidInput

ORIGIN = "case"  # of versions that carry a changed case only


@dataclass(frozen=True, slots=True)
class SetMember:
    """A question of a set, in its newest version."""

    item_id: int
    number: int
    item: Item
    assets: Mapping[str, str]
    case: Stimulus


@dataclass(frozen=True, slots=True)
class CaseSet:
    """A set: the questions that share a case, in their order."""

    id: str
    members: tuple[SetMember, ...]

    @property
    def first(self) -> SetMember:
        """The question whose case stands for the set's."""
        return self.members[0]

    @property
    def free_position(self) -> int:
        """The place after the last question."""
        return max(member.case.position for member in self.members) + 1

    def without(self, item_id: int | None) -> tuple[SetMember, ...]:
        """The questions besides one."""
        return tuple(member for member in self.members if member.item_id != item_id)


def list_sets(session: Session, bank_id: int) -> dict[str, CaseSet]:
    """The sets of a bank by their ids, retired questions included."""
    found: dict[str, list[SetMember]] = {}
    # JSON is searched as text: only questions of sets are parsed, few in a large bank.
    in_a_set = cast(ItemVersion.content, Text).like('%"stimulus":%')
    rows = session.execute(
        select(ItemRow.id, ItemVersion)
        .join(ItemVersion, newest_version())
        .where(ItemRow.bank_id == bank_id, in_a_set)
        .order_by(ItemRow.id)
    )
    for item_id, version in rows:
        item = item_from_native(version.content)
        if item.stimulus is not None:
            member = SetMember(item_id, version.number, item, version.assets, item.stimulus)
            found.setdefault(item.stimulus.id, []).append(member)
    return {
        name: CaseSet(name, tuple(sorted(found[name], key=lambda member: member.case.position)))
        for name in sorted(found)
    }


def case_assets(session: Session, bank_id: int, item: Item) -> dict[str, str]:
    """Pictures that the questions of an item's set know: its case may show them in its text."""
    if item.stimulus is None:
        return {}
    found = list_sets(session, bank_id).get(item.stimulus.id)
    known: dict[str, str] = {}
    for member in found.members if found is not None else ():
        known = dict(member.assets) | known
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSave:
    """An item that is being saved, and what is to happen to the others of its set."""

    bank_id: int
    item_id: int | None  # None for a new one
    item: Item
    present: Item | None  # what is stored of it
    assets: Mapping[str, str]
    change_all: bool
    account_id: int
    now: datetime


def settle_case(session: Session, save: CaseSave) -> tuple[str, ...]:
    """Make the other questions of a set carry the case of the one that is saved.

    Call it before the item itself is stored. A set that differed before is left alone unless the
    case is changed now.

    Returns
    -------
    The codes of the questions that have a new version.

    Raises
    ------
    Conflict
        "case-position-taken": another question of the set stands there. "case-others-differ":
        others carry another case, and `change_all` is not set.
    InvalidInput
        "figure-name-taken": a picture of the case has the name of another picture of a question.
    """
    case = save.item.stimulus
    found = list_sets(session, save.bank_id).get(case.id) if case is not None else None
    others = found.without(save.item_id) if found is not None else ()
    if case is None or not others:
        return ()
    before = save.present.stimulus if save.present is not None else None
    if before is None or (before.id, before.position) != (case.id, case.position):
        _check_position(case, others)
    differing = [member for member in others if _differs(member, case, save.assets)]
    if not save.change_all:
        is_changed = before is None or replace(before, position=case.position) != case
        if differing and is_changed:
            codes = ", ".join(member.item.id for member in differing)
            raise Conflict("case-others-differ", id=case.id, codes=codes)
        return ()
    _lock(session, [member.item_id for member in others] + [save.item_id or 0])
    for member in differing:
        _change_case(session, member, case, save)
    return tuple(member.item.id for member in differing)


def _check_position(case: Stimulus, others: Sequence[SetMember]) -> None:
    for member in others:
        if member.case.position == case.position:
            raise Conflict("case-position-taken", position=case.position, code=member.item.id)


def _differs(member: SetMember, case: Stimulus, assets: Mapping[str, str]) -> bool:
    if replace(member.case, position=case.position) != case:
        return True
    names = [figure.asset for figure in case.figures]
    return any(member.assets.get(name) != assets.get(name) for name in names)


def _lock(session: Session, item_ids: list[int]) -> None:
    """Two editors of one set wait for each other in one order, so that neither waits for ever."""
    query = select(ItemRow.id).where(ItemRow.id.in_(item_ids)).order_by(ItemRow.id)
    session.execute(query.with_for_update()).all()


def _change_case(session: Session, member: SetMember, case: Stimulus, save: CaseSave) -> None:
    item = replace(member.item, stimulus=replace(case, position=member.case.position))
    own = set(assets_of(replace(member.item, stimulus=None)))
    for name, sha256 in save.assets.items():
        if name in own and member.assets.get(name, sha256) != sha256:
            raise InvalidInput("figure-name-taken", name=name)
    store.revise_item(
        session,
        item_id=member.item_id,
        item=item,
        assets={**member.assets, **save.assets},
        based_on=member.number,
        account_id=save.account_id,
        now=save.now,
        origin=ORIGIN,
    )
