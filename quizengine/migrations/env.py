"""Alembic's entry: migrates the database that `database.migrate` names."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import create_engine, text

import quizengine.all_tables  # noqa: F401  fills the metadata
from quizengine.database import Base, Json, Key, UtcDateTime

SHORT = {"Json": Json, "Key": Key}


def render_item(kind: str, value: Any, _: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their names."""
    if kind != "type":
        return False
    if isinstance(value, UtcDateTime):
        return "UtcDateTime()"
    return next((name for name, known in SHORT.items() if repr(value) == repr(known)), False)


url = context.config.attributes["url"]
engine = create_engine(url)
with engine.connect() as connection:
    if connection.dialect.name == "postgresql":
        # several hosts may start at once: the second waits, then finds nothing to do
        connection.execute(text("select pg_advisory_lock(7281930)"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
