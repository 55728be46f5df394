"""Limits on tries to sign in. They live in the database: no number of workers or hosts helps.

A try is counted before the password is compared, so that many at once cannot slip through, and
given back when the password was right. A browser that has signed in to the account before has a
counter of its own: strangers who try an account's name cannot keep its owner out.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from quizengine.accounts.tables import SignInAttempt
from quizengine.errors import TooManyTries

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 50


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries: the name as typed, the client's address, and a browser known for that name."""

    username: str
    address: str
    device: str = ""

    @property
    def limits(self) -> tuple[tuple[str, int], ...]:
        """(key, limit) of each counter, always in this order: two tries never wait in a circle."""
        name = self.username.strip().lower()
        if self.device:
            return ((_hash("device", f"{self.device} {name}"), PER_ACCOUNT),)
        return (
            (_hash("address", _network(self.address)), PER_ADDRESS),
            (_hash("account", name), PER_ACCOUNT),
        )


def _hash(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: that is what one subscriber gets."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def count_attempt(session: Session, *, attempt: Attempt, now: datetime) -> None:
    """Count one try before its password is compared.

    Raises
    ------
    TooManyTries
        "too-many-tries", with `seconds` and `minutes` until the window is over. The caller's
        transaction ends without a change, so waiting is never made longer.
    """
    for key, limit in attempt.limits:
        count, started = _add_one(session, key, now)
        if count > limit:
            seconds = max(1, round((started + WINDOW - now).total_seconds()))
            raise TooManyTries("too-many-tries", seconds=seconds, minutes=-(-seconds // 60))
        if count == 1:
            _sweep(session, now)


def _add_one(session: Session, key: str, now: datetime) -> tuple[int, datetime]:
    """One more under a key, in a new window if the old one is over; (count, start of window)."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Any = sqlite.insert if is_sqlite else postgresql.insert
    is_over = SignInAttempt.window_start <= now - WINDOW
    row = session.execute(
        insert(SignInAttempt)
        .values(key_hash=key, window_start=now, count=1)
        .on_conflict_do_update(
            index_elements=["key_hash"],
            set_={
                "count": case((is_over, 1), else_=SignInAttempt.count + 1),
                "window_start": case((is_over, now), else_=SignInAttempt.window_start),
            },
        )
        .returning(SignInAttempt.count, SignInAttempt.window_start)
    ).one()
    return row[0], row[1]


def _sweep(session: Session, now: datetime) -> None:
    """Forget windows that are over; those another try holds are left to it."""
    old = (
        select(SignInAttempt.key_hash)
        .where(SignInAttempt.window_start <= now - WINDOW)
        .limit(500)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(SignInAttempt).where(SignInAttempt.key_hash.in_(old)))


def forgive_attempt(session: Session, *, attempt: Attempt) -> None:
    """The password was right: the name starts anew, and the address gets this try back."""
    for key, limit in attempt.limits:
        if limit == PER_ADDRESS:
            session.execute(
                update(SignInAttempt)
                .where(SignInAttempt.key_hash == key, SignInAttempt.count > 0)
                .values(count=SignInAttempt.count - 1)
            )
        else:
            session.execute(delete(SignInAttempt).where(SignInAttempt.key_hash == key))
