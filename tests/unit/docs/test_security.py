"""What docs/security.md says of limits and of known advisories is what holds."""

import re
import subprocess
from importlib.metadata import distributions
from pathlib import Path

from app.db.queries.language import MAX_CHARACTERS
from app.db.queries.language.tokens import MAX_TERMS
from app.db.sql.limits import LOOKUP_SECONDS

ROOT = Path(__file__).parents[3]
PAGE = " ".join((ROOT / "docs" / "security.md").read_text(encoding="utf-8").split())


def test_the_bounds_of_a_search_are_those_of_the_page() -> None:
    [said] = re.findall(r"A query has at most (\d+) words and ([\d,]+) characters; .*? is cut off after (\d+) s,", PAGE)

    assert said == (str(MAX_TERMS), f"{MAX_CHARACTERS:,}", str(LOOKUP_SECONDS))


def test_the_packages_whose_advisories_stay_are_pinned_as_the_page_says() -> None:
    pinned = "".join(
        (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-dev.lock")
    )
    stay = re.findall(r"\| (cryptography|msgpack) ([\d.]+) \|", PAGE)

    assert [name for name, _ in stay] == ["cryptography", "msgpack"]
    assert all(f"{name}=={version} " in pinned for name, version in stay), "look again whether they stay"


def test_nothing_uses_the_parts_of_cryptography_whose_advisories_stay() -> None:
    users = [one for one in distributions() if any(re.match(r"cryptography\b", need) for need in one.requires or ())]
    files = [Path(str(one.locate_file(file))) for one in users for file in one.files or () if file.suffix == ".py"]
    named = re.compile(r"pkcs7_decrypt|x509\.verification|x509 import (.*\b)?verification")

    assert {"authlib", "joserfc"} <= {one.name.lower() for one in users}
    assert [path for path in [*files, *(ROOT / "app").rglob("*.py")] if named.search(path.read_text("utf-8"))] == []


def test_the_audit_lets_pass_what_the_page_says_and_nothing_else() -> None:
    table = PAGE[PAGE.index("## Known advisories") : PAGE.index("## Telling us")]
    ran = subprocess.run(["make", "--dry-run", "audit"], cwd=ROOT, capture_output=True, text=True, check=True)

    passed = re.findall(r"--ignore-vuln (\S+)", ran.stdout)
    assert len(passed) == 4
    assert passed == re.findall(r"(?:CVE|GHSA)-[\w-]+", table)
