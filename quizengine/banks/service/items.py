"""The list of a bank's items: filters, search, order, pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select
from sqlalchemy.orm import Session

from quizengine.banks.service.browse import BankHead, newest_version
from quizengine.banks.service.search import Excerpt, find_excerpt, terms_of
from quizengine.banks.tables import Item, ItemComment, ItemVersion, Parameter

PAGE_SIZE = 50
MAX_PAGE = 10_000
_DIFFICULTIES = {"easy": 0, "medium": 1, "hard": 2}
_LEVELS = {"K": 0, "A": 1, "E": 2}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of items is narrowed to; empty means everything in use."""

    competency: str = ""
    sub_topic: str = ""
    level: str = ""
    difficulty: str = ""
    status: str = ""
    type: str = ""
    jurisdiction: str = ""
    post: str = ""
    figure: str = ""  # "yes" or "no"
    state: str = ""  # "provisional", "calibrated", "changed", "retired"
    apart: str = ""  # "yes" or "no": in a set of enemies
    set: str = ""  # the name of a set of enemies
    comments: str = ""  # "open" or "any"
    text: str = ""
    sort: str = ""  # a key of ORDERS, with "-" before it from the greatest; "" as the blueprint


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in a list, in its newest version."""

    id: int
    code: str
    stem: dict[str, str]
    type: str
    status: str
    competency: str
    sub_topic: str
    level: str
    difficulty: str
    number: int
    saved_at: datetime
    retired: bool
    changed: bool  # the newest version is not the published one
    parameter: Parameter | None  # in force for this version
    n_comments: int  # threads that are open
    excerpt: Excerpt | None  # where a search found it, unless that is the stem


@dataclass(frozen=True, slots=True)
class ItemList:
    """One page of a list."""

    lines: tuple[ItemLine, ...]
    total: int
    page: int
    n_pages: int

    @property
    def first(self) -> int:
        """Place of the first line in the whole list, from 1."""
        return (self.page - 1) * PAGE_SIZE + 1


def list_items(session: Session, bank: BankHead, filters: Filters, page: int) -> ItemList:
    """The items of a bank that match, in the order asked for; two statements."""
    total = int(
        session.scalar(_matching(select(func.count()).select_from(Item), bank, filters)) or 0
    )
    n_pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), n_pages)
    query = _matching(
        select(Item, ItemVersion, Parameter, _open_threads().label("n")), bank, filters, joined=True
    )
    rows = session.execute(
        query.order_by(*_order(bank, filters.sort)).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    )
    terms = terms_of(filters.text)
    lines = tuple(
        _line(item, version, parameter, n or 0, terms) for item, version, parameter, n in rows
    )
    return ItemList(lines, total, page, n_pages)


def list_ids(session: Session, bank: BankHead, filters: Filters) -> list[int]:
    """The keys of all items that match."""
    return list(session.scalars(_matching(select(Item.id), bank, filters).order_by(Item.id)))


def posts_of(session: Session, bank_id: int) -> list[str]:
    """The posts that the items of a bank name."""
    rows = session.scalars(
        select(ItemVersion.posts)
        .join(Item, newest_version())
        .where(Item.bank_id == bank_id, ItemVersion.posts != "")
        .distinct()
    )
    return sorted({post for row in rows for post in row.split("\n") if post})


def _matching(
    query: Select[Any], bank: BankHead, filters: Filters, *, joined: bool = False
) -> Select[Any]:
    """The query over items of the bank that match; with the parameters where they are needed."""
    query = query.join(ItemVersion, newest_version())
    if joined or filters.state in {"provisional", "calibrated", "changed"}:
        # The set in force has a row for exactly the versions that are published.
        in_force = bank.force.parameter_set_id if bank.force else 0
        query = query.outerjoin(
            Parameter,
            and_(
                Parameter.item_version_id == ItemVersion.id, Parameter.parameter_set_id == in_force
            ),
        )
    return query.where(Item.bank_id == bank.id, *_conditions(filters))


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    for wanted, column in (
        (filters.competency, ItemVersion.competency),
        (filters.sub_topic, ItemVersion.sub_topic),
        (filters.level, ItemVersion.cognitive_level),
        (filters.difficulty, ItemVersion.difficulty),
        (filters.status, ItemVersion.status),
        (filters.type, ItemVersion.type),
        (filters.jurisdiction, ItemVersion.jurisdiction),
    ):
        if wanted:
            yield column == wanted
    for wanted, column in ((filters.post, ItemVersion.posts), (filters.set, ItemVersion.enemies)):
        if wanted:
            yield column.contains(f"\n{wanted}\n", autoescape=True)
    if filters.figure:
        yield ItemVersion.has_figure.is_(filters.figure == "yes")
    if filters.apart:
        yield ItemVersion.enemies != "" if filters.apart == "yes" else ItemVersion.enemies == ""
    if filters.comments:
        yield exists().where(*_threads(only_open=filters.comments == "open"))
    for term in terms_of(filters.text):
        yield ItemVersion.search_text.contains(term, autoescape=True)
    yield from _state(filters.state)


def _state(state: str) -> Iterator[ColumnElement[bool]]:
    if state == "provisional":
        yield Parameter.provisional.is_(True)
    elif state == "calibrated":
        yield Parameter.provisional.is_(False)
    elif state == "changed":
        yield Parameter.item_version_id.is_(None)
    yield Item.retired_at.is_not(None) if state == "retired" else Item.retired_at.is_(None)


def _threads(*, only_open: bool) -> list[ColumnElement[bool]]:
    found = [ItemComment.item_id == Item.id, ItemComment.thread_id.is_(None)]
    return [*found, ItemComment.resolved_at.is_(None)] if only_open else found


def _open_threads() -> Any:
    return (
        select(func.count())
        .select_from(ItemComment)
        .where(*_threads(only_open=True))
        .correlate(Item)
        .scalar_subquery()
    )


# An estimate, or nothing: stated values are not compared with estimated ones.
_ESTIMATED = case((Parameter.provisional.is_(False), 0), else_=1)
ORDERS: dict[str, tuple[Any, ...]] = {
    "code": (),
    "competency": (ItemVersion.competency, ItemVersion.sub_topic),
    "level": (case(_LEVELS, value=ItemVersion.cognitive_level, else_=len(_LEVELS)),),
    "difficulty": (case(_DIFFICULTIES, value=ItemVersion.difficulty, else_=len(_DIFFICULTIES)),),
    "a": (Parameter.a,),
    "b": (Parameter.b,),
    "answers": (Parameter.n_responses,),
    "version": (ItemVersion.number,),
    "saved": (ItemVersion.created_at,),
}
_OF_PARAMETERS = frozenset({"a", "b", "answers"})


def _order(bank: BankHead, sort: str) -> Iterator[Any]:
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    if name not in ORDERS:
        places = {code: place for place, code in enumerate(bank.blueprint.competency_codes)}
        yield case(places, value=ItemVersion.competency, else_=len(places))
    else:
        if name in _OF_PARAMETERS:
            yield _ESTIMATED  # whatever the direction, items without an estimate come last
        for column in ORDERS[name]:
            yield column.desc() if falling else column.asc()
    yield Item.code.desc() if sort == "-code" else Item.code.asc()


def _line(
    item: Item,
    version: ItemVersion,
    parameter: Parameter | None,
    n_comments: int,
    terms: tuple[str, ...],
) -> ItemLine:
    content: Mapping[str, Any] = version.content
    return ItemLine(
        id=item.id,
        code=item.code,
        stem=content["stem"],
        type=version.type,
        status=version.status,
        competency=version.competency,
        sub_topic=version.sub_topic,
        level=version.cognitive_level,
        difficulty=version.difficulty,
        number=version.number,
        saved_at=version.created_at,
        retired=item.retired_at is not None,
        changed=parameter is None,
        parameter=parameter,
        n_comments=n_comments,
        excerpt=find_excerpt(content, terms),
    )
