"""Pictures of an uploaded file, and where a question stands in a file without rows.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from quizengine.database import Key

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
