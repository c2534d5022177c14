"""Three schedulers on one database, killed at any moment: each instant starts one job.

A hundred and twenty seconds of it, and with steps of the clock: `python -m tests.e2e.schedulers`.
"""

from pathlib import Path

from app.db import migrations
from tests.e2e.databases import NewDatabase
from tests.e2e.schedulers import play, told


def test_three_schedulers_that_are_killed_start_one_job_for_each_second(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    with new_database() as given:
        url = given or f"sqlite:///{tmp_path}/jobdeck.db"
        migrations.upgrade(url)
        with told(tmp_path, url) as environment:
            outcome = play(tmp_path, environment, instants=12)
    assert (outcome.missing, outcome.twice) == ([], [])
