"""The administrator's list of accounts: who there is, in what role and state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Account, Membership, OneTimeLink, Organisation
from quizengine.errors import NotFound
from quizengine.permissions import Role

PAGE = 50
ACTIVE, WAITING, DISABLED, SIMULATED = STATES = ("active", "waiting", "disabled", "simulated")


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What the list shows. Empty texts and None choose everything but simulated students."""

    search: str = ""
    organisation_id: int | None = None
    role: str = ""
    state: str = ""
    with_simulated: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account in the list, and on its own page."""

    id: int
    username: str
    display_name: str
    organisation_id: int
    organisation_en: str
    organisation_zh: str
    language: str
    roles: tuple[Role, ...]
    state: str  # of STATES
    created_at: datetime
    link_expires_at: datetime | None  # of the last link that was given out and not used


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Some accounts of all that were found."""

    lines: Sequence[AccountLine]
    total: int
    page: int

    @property
    def first(self) -> int:
        """The number of the first line, from 1."""
        return (self.page - 1) * PAGE + 1

    @property
    def has_more(self) -> bool:
        return self.page * PAGE < self.total


def list_accounts(session: Session, wanted: AccountFilter) -> AccountPage:
    """The accounts a filter finds, by user name, `PAGE` at a time."""
    conditions = list(_conditions(wanted))
    total = session.scalar(select(func.count()).select_from(Account).where(*conditions)) or 0
    page = min(max(wanted.page, 1), max(1, -(-total // PAGE)))
    found = session.execute(
        _accounts()
        .where(*conditions)
        .order_by(Account.username)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    return AccountPage(_lines(session, [(row[0], row[1]) for row in found]), total, page)


def get_account_line(session: Session, account_id: int) -> AccountLine:
    """One account, or `NotFound("account")`."""
    row = session.execute(_accounts().where(Account.id == account_id)).first()
    if row is None:
        raise NotFound("account")
    return _lines(session, [(row[0], row[1])])[0]


def count_states(session: Session) -> Mapping[str, int]:
    """How many accounts are in each state, simulated students apart."""
    states = dict.fromkeys(STATES, 0)
    for state in STATES:
        states[state] = (
            session.scalar(select(func.count()).select_from(Account).where(_in_state(state))) or 0
        )
    return states


def _accounts() -> Select[Account, Organisation]:
    return select(Account, Organisation).join(
        Organisation, Organisation.id == Account.organisation_id
    )


def _conditions(wanted: AccountFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.search:
        yield or_(
            Account.username.icontains(wanted.search, autoescape=True),
            Account.display_name.icontains(wanted.search, autoescape=True),
        )
    if wanted.organisation_id is not None:
        yield Account.organisation_id == wanted.organisation_id
    if wanted.role:
        yield Account.id.in_(select(Membership.account_id).where(Membership.role == wanted.role))
    if wanted.state:
        yield _in_state(wanted.state)
    elif not wanted.with_simulated:
        yield Account.simulated.is_(False)


def _in_state(state: str) -> ColumnElement[bool]:
    """The states exclude each other, and every account is in one."""
    if state == SIMULATED:
        return Account.simulated.is_(True)
    if state == DISABLED:
        return and_(Account.simulated.is_(False), Account.disabled_at.is_not(None))
    has_password = Account.password_hash != ""
    return and_(
        Account.simulated.is_(False),
        Account.disabled_at.is_(None),
        has_password if state == ACTIVE else ~has_password,
    )


def state_of(account: Account) -> str:
    """One of `STATES`."""
    if account.simulated:
        return SIMULATED
    if account.disabled_at is not None:
        return DISABLED
    return ACTIVE if account.password_hash else WAITING


def _lines(session: Session, found: Sequence[tuple[Account, Organisation]]) -> list[AccountLine]:
    ids = [account.id for account, _organisation in found]
    roles: dict[int, set[str]] = {}
    for row in session.execute(
        select(Membership.account_id, Membership.role)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.organisation_id == Account.organisation_id, Account.id.in_(ids))
    ):
        roles.setdefault(row.account_id, set()).add(row.role)
    links: dict[int, datetime] = {
        row.account_id: row.expires_at
        for row in session.execute(
            select(OneTimeLink.account_id, OneTimeLink.expires_at).where(
                OneTimeLink.account_id.in_(ids)
            )
        )
    }
    return [
        AccountLine(
            id=account.id,
            username=account.username,
            display_name=account.display_name,
            organisation_id=account.organisation_id,
            organisation_en=organisation.name_en,
            organisation_zh=organisation.name_zh,
            language=account.language,
            roles=tuple(role for role in Role if role.value in roles.get(account.id, ())),
            state=state_of(account),
            created_at=account.created_at,
            link_expires_at=links.get(account.id),
        )
        for account, organisation in found
    ]
