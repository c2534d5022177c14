"""Files as programs see them: where a file is, whatever its name."""

import pytest

from app.db.clock import now
from app.db.models.history import ArtifactRow
from app.db.snapshots.files import Artifact


@pytest.mark.parametrize(
    ("name", "last"), [("a.csv", "a.csv"), ("50% of/it?.txt", "50%25%20of%2Fit%3F.txt"), ("ü.txt", "%C3%BC.txt")]
)
def test_the_link_of_a_file_leads_to_it_whatever_its_name(name: str, last: str) -> None:
    row = ArtifactRow(
        id=1, job_id=12, attempt=2, name=name, media_type="text/csv", size_bytes=3, key="k", created_at=now()
    )

    artifact = Artifact.from_row(row)

    assert (artifact.name, artifact.attempt) == (name, 2)
    assert artifact.links == {"self": f"/api/v1/jobs/12/artifacts/{last}"}
    assert "key" not in artifact.model_dump()
