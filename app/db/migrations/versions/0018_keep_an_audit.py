"""Keep who asked for what, in a chain of hashes.

The database itself refuses to change an entry, but for its place in the chain, once, and to remove one but the oldest
linked ones, which the chain has let go before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_KEPT = "id at act target by by_kind via address result reason details".split()
_CHANGED = "An entry of the audit is never changed."
_REMOVED = "An entry of the audit is removed when it is too old, not before."


def upgrade() -> None:
    """Make the table, the row of its chain, and the triggers that keep it."""
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    texts = "target by via address reason".split()
    op.create_table(
        "audit",
        sa.Column("id", big_id, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("by_kind", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("seq", big_id, nullable=True),
        sa.Column("hash", sa.String(), nullable=True),
        sqlite_autoincrement=True,
    )
    is_new, is_linked = sa.text("seq IS NULL"), sa.text("seq IS NOT NULL")
    op.create_index("ix_audit_target_id", "audit", ["target", "id"])
    op.create_index("ix_audit_new", "audit", ["id"], sqlite_where=is_new, postgresql_where=is_new)
    op.create_index("ix_audit_seq", "audit", ["seq"], unique=True, sqlite_where=is_linked, postgresql_where=is_linked)
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("pruned_seq", big_id, nullable=False),
        sa.Column("pruned_hash", sa.String(), nullable=False),
        sa.Column("last_seq", big_id, nullable=False),
        sa.Column("last_hash", sa.String(), nullable=False),
    )
    (_keep_on_sqlite if op.get_bind().dialect.name == "sqlite" else _keep_on_postgresql)()


def _keep_on_sqlite() -> None:
    columns = ", ".join(f'"{name}"' for name in _KEPT)
    op.execute(
        f"CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OF {columns} ON audit "
        f"BEGIN SELECT RAISE(ABORT, '{_CHANGED}'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_is_linked_once BEFORE UPDATE OF seq, hash ON audit WHEN OLD.seq IS NOT NULL "
        f"BEGIN SELECT RAISE(ABORT, '{_CHANGED}'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit "
        "WHEN OLD.seq IS NULL OR OLD.seq > coalesce((SELECT pruned_seq FROM audit_chain), 0) "
        f"BEGIN SELECT RAISE(ABORT, '{_REMOVED}'); END"
    )


def _keep_on_postgresql() -> None:
    is_changed = " OR ".join(f'OLD."{name}"::text IS DISTINCT FROM NEW."{name}"::text' for name in _KEPT)
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' THEN "
        f"IF OLD.seq IS NOT NULL OR {is_changed} THEN RAISE EXCEPTION '{_CHANGED}'; END IF; RETURN NEW; "
        "END IF; "
        "IF OLD.seq IS NULL OR OLD.seq > coalesce((SELECT pruned_seq FROM audit_chain), 0) "
        f"THEN RAISE EXCEPTION '{_REMOVED}'; END IF; RETURN OLD; "
        "END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_kept()"
    )
