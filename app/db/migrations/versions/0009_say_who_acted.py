"""Say of each transition what acted and from where, beside its name. Older rows keep the name alone."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; workers of the version before leave them empty."""
    op.add_column("transition", sa.Column("by_kind", sa.String(), nullable=True))
    op.add_column("transition", sa.Column("via", sa.String(), nullable=True))
    op.add_column("job", sa.Column("cancel_requested_by_kind", sa.String(), nullable=True))
    op.add_column("job", sa.Column("cancel_requested_via", sa.String(), nullable=True))
