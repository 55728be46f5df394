"""Parameters of items with more than one point: a model an item, and thresholds.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from quizengine.database import Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("parameter") as table:
        table.add_column(sa.Column("model", sa.Text(), nullable=True))
        table.add_column(sa.Column("thresholds", Json, nullable=True))
    op.execute(
        "update parameter set model = (select parameter_set.model from parameter_set"
        " where parameter_set.id = parameter.parameter_set_id)"
    )
    with op.batch_alter_table("parameter") as table:
        table.alter_column("model", existing_type=sa.Text(), nullable=False)
