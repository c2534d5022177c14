"""Alembic runs this file for each command; the connection comes from `app.db.migrations`."""

from alembic import context
from sqlmodel import SQLModel

from app.db import models

assert models.Job.metadata is SQLModel.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
