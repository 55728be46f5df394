"""Reviewing items: comments in threads, and a person's word on the review status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.errors import ItemBankError
from itembank.item import check_readable, clean_text, content_hash
from quizengine import audit
from quizengine.accounts.tables import Account, Organisation
from quizengine.banks.service import store
from quizengine.banks.tables import Bank, ItemComment, ItemReview
from quizengine.errors import Conflict, InvalidInput, NotFound, NotPermitted

MAX_COMMENT = 4000
VERDICTS = ("reviewed", "draft")  # read and right, or back to the author


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: an account with its organisation."""

    account_id: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said, and about which version."""

    id: int
    by: str
    organisation: Mapping[str, str]
    number: int
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with its answers."""

    first: Comment
    answers: tuple[Comment, ...]
    resolved_at: datetime | None
    resolved_by: str
    may_settle: bool  # the reader may resolve it or open it again


@dataclass(frozen=True, slots=True)
class Review:
    """What a person said about an item's review status."""

    by: str
    organisation: Mapping[str, str]
    status: str
    note: str
    number: int
    created_at: datetime
    stale: bool  # the question says something else since


def list_threads(session: Session, item_id: int, reader: Reader) -> list[Thread]:
    """The threads about an item: open ones first, each in the order it was written."""
    rows = session.execute(
        select(ItemComment, Account.display_name, Organisation)
        .join(Account, Account.id == ItemComment.account_id)
        .join(Organisation, Organisation.id == Account.organisation_id)
        .where(ItemComment.item_id == item_id)
        .order_by(ItemComment.id)
    ).all()
    owner = store.get_bank(session, store.get_item_row(session, item_id).bank_id)
    resolvers = {row.resolved_by for row, _, _ in rows if row.resolved_by}
    query = select(Account.id, Account.display_name).where(Account.id.in_(resolvers))
    names = dict(session.execute(query).all())
    said = {row.id: _comment(row, name, place) for row, name, place in rows}
    threads = [
        Thread(
            first=said[row.id],
            answers=tuple(said[one.id] for one, _, _ in rows if one.thread_id == row.id),
            resolved_at=row.resolved_at,
            resolved_by=names.get(row.resolved_by or 0, ""),
            may_settle=_may_settle(row, owner, reader),
        )
        for row, _, _ in rows
        if row.thread_id is None
    ]
    return sorted(threads, key=lambda thread: thread.resolved_at is not None)


def _comment(row: ItemComment, name: str, organisation: Organisation) -> Comment:
    names = {"en": organisation.name_en, "zh": organisation.name_zh}
    return Comment(row.id, name, names, row.number, row.text, row.created_at)


def _may_settle(row: ItemComment, owner: Bank, reader: Reader) -> bool:
    return reader.organisation_id == owner.organisation_id or reader.account_id == row.account_id


def add_comment(
    session: Session,
    *,
    item_id: int,
    reader: Reader,
    text: str,
    thread_id: int | None = None,
    now: datetime,
) -> int:
    """Say something about an item, in a thread or as the first of one; returns its key.

    An answer to a settled thread opens it again.

    Raises
    ------
    NotFound
        "item", "comment".
    InvalidInput
        "comment-empty", "comment-too-long", "comment-unreadable".
    """
    row = store.get_item_row(
        session, item_id, organisation_id=reader.organisation_id, as_reviewer=True
    )
    text = _checked(text)
    if thread_id is not None:
        thread = _get_thread(session, item_id, thread_id)
        thread.resolved_at = thread.resolved_by = None
    comment = ItemComment(
        item_id=item_id,
        thread_id=thread_id,
        number=row.latest_number,
        account_id=reader.account_id,
        text=text,
        created_at=now,
    )
    session.add(comment)
    session.flush()
    return comment.id


def _checked(text: str) -> str:
    text = clean_text(text)
    if not text:
        raise InvalidInput("comment-empty")
    if len(text) > MAX_COMMENT:
        raise InvalidInput("comment-too-long", length=len(text), limit=MAX_COMMENT)
    try:
        check_readable(text, "comment")
    except ItemBankError as error:
        raise InvalidInput("comment-unreadable") from error
    return text


def _get_thread(session: Session, item_id: int, thread_id: int) -> ItemComment:
    thread = session.get(ItemComment, thread_id, with_for_update=True)
    if thread is None or thread.item_id != item_id or thread.thread_id is not None:
        raise NotFound("comment")
    return thread


def settle_thread(
    session: Session,
    *,
    item_id: int,
    thread_id: int,
    reader: Reader,
    resolved: bool,
    now: datetime,
) -> None:
    """Mark a thread as dealt with, or open it again.

    Raises
    ------
    NotFound
        "item", "comment".
    NotPermitted
        "comment-not-yours": the bank is another organisation's, and so is the comment.
    """
    row = store.get_item_row(
        session, item_id, organisation_id=reader.organisation_id, as_reviewer=True
    )
    thread = _get_thread(session, item_id, thread_id)
    if not _may_settle(thread, store.get_bank(session, row.bank_id), reader):
        raise NotPermitted("comment-not-yours")
    if resolved == (thread.resolved_at is not None):
        return
    thread.resolved_at = now if resolved else None
    thread.resolved_by = reader.account_id if resolved else None


def list_reviews(session: Session, item_id: int, present_hash: str) -> list[Review]:
    """Who said what about the review status, the newest first."""
    rows = session.execute(
        select(ItemReview, Account.display_name, Organisation)
        .join(Account, Account.id == ItemReview.account_id)
        .join(Organisation, Organisation.id == Account.organisation_id)
        .where(ItemReview.item_id == item_id)
        .order_by(ItemReview.id.desc())
    )
    return [
        Review(
            by=name,
            organisation={"en": place.name_en, "zh": place.name_zh},
            status=row.status,
            note=row.note,
            number=row.number,
            created_at=row.created_at,
            stale=row.content_hash != present_hash,
        )
        for row, name, place in rows
    ]


def review_item(
    session: Session,
    *,
    item_id: int,
    reader: Reader,
    status: str,
    note: str,
    based_on: int,
    now: datetime,
) -> int:
    """Say by name that an item is reviewed, or that it goes back to its author.

    The status is part of the item, so a change of it is a new version; saying again what holds
    adds the person's word alone.

    Parameters
    ----------
    based_on : the number of the version that was read.

    Returns
    -------
    int
        The number of the version that carries the status.

    Raises
    ------
    NotFound
        "item".
    InvalidInput
        "review-status", "comment-too-long", "comment-unreadable".
    Conflict
        "item-changed-meanwhile": somebody stored a version after `based_on`.
    """
    if status not in VERDICTS:
        raise InvalidInput("review-status")
    note = _checked(note) if note.strip() else ""
    stored = store.get_item(
        session, item_id, organisation_id=reader.organisation_id, as_reviewer=True
    )
    if stored.number != based_on:
        raise Conflict("item-changed-meanwhile", number=stored.number)
    number = stored.number
    if stored.item.status != status:
        number = store.revise_item(
            session,
            item_id=item_id,
            item=replace(stored.item, status=status),
            assets=stored.assets,
            based_on=based_on,
            account_id=reader.account_id,
            now=now,
            origin="reviewed",
        )
    session.add(
        ItemReview(
            item_id=item_id,
            number=number,
            content_hash=content_hash(stored.item),
            status=status,
            note=note,
            account_id=reader.account_id,
            created_at=now,
        )
    )
    audit.record(
        session,
        action="item-reviewed",
        subject="item",
        subject_id=item_id,
        organisation_id=store.get_bank(session, stored.bank_id).organisation_id,
        account_id=reader.account_id,
        before={"version": stored.number, "status": stored.item.status},
        after={"version": number, "status": status},
        now=now,
    )
    return number


def newest_review(reviews: Sequence[Review], status: str) -> Review | None:
    """Who last gave an item the status that it has."""
    return next((review for review in reviews if review.status == status), None)
