"""Alembic runs this file for each command; the connection comes from `app.db.migrations`."""

from alembic import context

from app.db.schema import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SCHEMA,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
