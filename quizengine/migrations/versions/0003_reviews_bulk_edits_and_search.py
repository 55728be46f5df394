"""Comments, reviews, shared banks, bulk edits, remembered mappings; labels and search text.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from quizengine.database import Json, Key, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LABELS = ("type", "status", "difficulty", "jurisdiction", "posts", "enemies", "origin")
BATCH = 500


def upgrade() -> None:
    _make_tables()
    with op.batch_alter_table("item_version") as table:
        for name in (*LABELS, "search_text"):
            table.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        table.add_column(
            sa.Column("has_figure", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    _fill_labels()


def _make_tables() -> None:
    op.create_table(
        "item_comment",
        _key(),
        _reference("item_id", "item", index=True),
        _reference("thread_id", "item_comment", nullable=True, index=True),
        sa.Column("number", Key, nullable=False),
        _reference("account_id", "account"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        _reference("resolved_by", "account", nullable=True),
        *_foreign(
            "item_comment",
            item_id="item",
            thread_id="item_comment",
            account_id="account",
            resolved_by="account",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_comment")),
    )
    op.create_table(
        "item_review",
        _key(),
        _reference("item_id", "item", index=True),
        sa.Column("number", Key, nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _reference("account_id", "account"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *_foreign("item_review", item_id="item", account_id="account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_review")),
    )
    op.create_table(
        "bank_reviewer",
        _reference("bank_id", "bank"),
        _reference("organisation_id", "organisation", index=True),
        sa.Column("shared_at", UtcDateTime(), nullable=False),
        _reference("shared_by", "account"),
        *_foreign(
            "bank_reviewer", bank_id="bank", organisation_id="organisation", shared_by="account"
        ),
        sa.PrimaryKeyConstraint("bank_id", "organisation_id", name=op.f("pk_bank_reviewer")),
    )
    _make_tables_of_files()


def _make_tables_of_files() -> None:
    op.create_table(
        "bulk_edit",
        _key(),
        _reference("bank_id", "bank", index=True),
        _reference("account_id", "account"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changes", Json, nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        _reference("undone_by", "account", nullable=True),
        *_foreign("bulk_edit", bank_id="bank", account_id="account", undone_by="account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_edit")),
    )
    op.create_table(
        "import_mapping",
        _key(),
        _reference("organisation_id", "organisation"),
        sa.Column("columns_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mapping", Json, nullable=False),
        _reference("account_id", "account"),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        *_foreign("import_mapping", organisation_id="organisation", account_id="account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mapping")),
        sa.UniqueConstraint(
            "organisation_id",
            "columns_key",
            name=op.f("uq_import_mapping_organisation_id_columns_key"),
        ),
    )


def _key() -> sa.Column[int]:
    return sa.Column("id", Key, nullable=False)


def _reference(
    name: str, table: str, *, nullable: bool = False, index: bool = False
) -> sa.Column[int]:
    return sa.Column(name, Key, nullable=nullable, index=index)


def _foreign(table: str, **columns: str) -> Iterator[sa.ForeignKeyConstraint]:
    for column, other in columns.items():
        yield sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _fill_labels() -> None:
    """The new columns of the versions that are there, from their content."""
    version = sa.table(
        "item_version",
        sa.column("id", Key),
        sa.column("content", Json),
        *(sa.column(name, sa.Text()) for name in (*LABELS, "search_text")),
        sa.column("has_figure", sa.Boolean()),
    )
    connection, last = op.get_bind(), 0
    statement = (
        sa.update(version)
        .where(version.c.id == sa.bindparam("version_id"))
        .values({name: sa.bindparam(f"new_{name}") for name in _labels_of({})})
    )
    while True:
        rows = connection.execute(
            sa.select(version.c.id, version.c.content)
            .where(version.c.id > last)
            .order_by(version.c.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        connection.execute(
            statement,
            [
                {"version_id": row.id}
                | {f"new_{name}": value for name, value in _labels_of(row.content).items()}
                for row in rows
            ],
        )


# Copies of service.search as it was: what a migration does must not change with the program.
_NOT_TEXT = frozenset(
    {"id", "type", "key", "scoring", "cognitive_level", "difficulty", "status", "shape", "asset"}
)


def _labels_of(content: Any) -> dict[str, Any]:
    content = json.loads(content) if isinstance(content, str) else content
    texts = [str(content.get("id", "")), *_texts_of(content)]
    return {
        "type": content.get("type") or "single_best",
        "status": content.get("status") or "draft",
        "difficulty": content.get("difficulty") or "",
        "jurisdiction": content.get("jurisdiction") or "",
        "posts": _as_lines(content.get("posts")),
        "enemies": _as_lines(content.get("enemies")),
        "has_figure": bool(content.get("figures")),
        "search_text": "\n".join(
            " ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in texts
        ),
    }


def _as_lines(labels: Any) -> str:
    return "\n" + "\n".join(labels) + "\n" if labels else ""


def _texts_of(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        if content.strip():
            yield content
    elif isinstance(content, Mapping):
        for name, value in content.items():
            if name not in _NOT_TEXT:
                yield from _texts_of(value)
    elif isinstance(content, list):
        for value in content:
            yield from _texts_of(value)


def downgrade() -> None:
    with op.batch_alter_table("item_version") as table:
        for name in (*LABELS, "search_text", "has_figure"):
            table.drop_column(name)
    for name in ("import_mapping", "bulk_edit", "bank_reviewer", "item_review", "item_comment"):
        op.drop_table(name)
