"""Pictures and places of imports; deliveries of OneRoster.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from quizengine.database import Json, Key, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("bank_import_row") as table:
        table.add_column(sa.Column("place", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "bank_import_picture",
        sa.Column("import_id", Key, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["bank_import.id"], name=op.f("fk_bank_import_picture_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "name", name=op.f("pk_bank_import_picture")),
    )
    op.create_table(
        "roster_delivery",
        sa.Column("id", Key, nullable=False),
        sa.Column("organisation_id", Key, nullable=False, index=True),
        sa.Column("account_id", Key, nullable=False, index=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("committed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_roster_delivery_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_roster_delivery_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_delivery")),
    )
