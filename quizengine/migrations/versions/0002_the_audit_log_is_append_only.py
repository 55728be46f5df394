"""The audit log is append-only: the database itself refuses changes and deletions.

A later migration that makes the table anew on SQLite (batch mode) loses the triggers and must
make them again.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFUSAL = "the audit log is append-only"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(
                f"create trigger audit_event_no_{event} before {event} on audit_event "
                f"begin select raise(abort, '{REFUSAL}'); end"
            )
        return
    op.execute(
        "create function refuse_audit_change() returns trigger language plpgsql as "
        f"$$ begin raise exception '{REFUSAL}' using errcode = 'raise_exception'; end $$"
    )
    op.execute(
        "create trigger audit_event_no_change before update or delete on audit_event "
        "for each row execute function refuse_audit_change()"
    )
    op.execute(
        "create trigger audit_event_no_truncate before truncate on audit_event "
        "for each statement execute function refuse_audit_change()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(f"drop trigger audit_event_no_{event}")
        return
    op.execute("drop trigger audit_event_no_change on audit_event")
    op.execute("drop trigger audit_event_no_truncate on audit_event")
    op.execute("drop function refuse_audit_change()")
