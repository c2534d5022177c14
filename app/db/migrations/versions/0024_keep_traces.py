"""Keep to which trace jobs belong, and the spans that their authors name."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("job", sa.Column("trace_id", sa.String(), nullable=True))
    op.add_column("job", sa.Column("parent_span_id", sa.String(), nullable=True))
    op.create_table(
        "span",
        sa.Column(
            "job_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("job.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("span_id", sa.String(), primary_key=True),
        sa.Column("parent_span_id", sa.String(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
    )
