"""A process is used again only where a job has left it as it found it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.queue.isolation import changes

ROOT = Path(__file__).parents[4]


@pytest.mark.thorough
def test_whatever_a_job_changes_is_seen_and_is_gone_when_it_is_put_back() -> None:
    said = subprocess.run([sys.executable, "-m", changes.__name__], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout

    assert json.loads(said) == dict.fromkeys(changes.ALL, "seen") | {"folder that is gone": None}
