"""What must be true at the end of a round, whatever was done. Each check gives the jobs of which it is not.

The SQL runs on SQLite and on PostgreSQL. What the database says of itself is compared with what the clients were
told and with what the jobs noted in their folder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.mix import MUST_END, Order
from tests.chaos.records import UNFINISHED, Records

LOST, STUCK, DOUBLE = "lost", "stuck", "double successes"
OTHER_ATTEMPT = "a success with the result of another attempt"

QUERIES: Mapping[str, str] = {
    STUCK: f"SELECT id FROM job WHERE {UNFINISHED}",
    DOUBLE: """
        SELECT job_id FROM transition WHERE to_state = 'succeeded' GROUP BY job_id HAVING COUNT(*) > 1
        UNION SELECT job_id FROM attempt WHERE outcome = 'succeeded' GROUP BY job_id HAVING COUNT(*) > 1
    """,
    "finished more than once": """
        SELECT job_id FROM transition GROUP BY job_id HAVING
        SUM(CASE WHEN to_state IN ('succeeded', 'failed', 'cancelled') THEN 1 ELSE 0 END) > 1
        + SUM(CASE WHEN from_state IN ('failed', 'cancelled') AND to_state IN ('queued', 'scheduled') THEN 1 ELSE 0 END)
    """,
    "began again though nobody retried it": """
        SELECT transition.job_id FROM transition JOIN job ON job.id = transition.job_id
        WHERE from_state IN ('failed', 'cancelled') AND job.kind NOT IN ('relent', 'insist', 'succeed')
    """,
    "a transition does not begin where the one before ended": """
        SELECT job_id FROM (
            SELECT job_id, from_state, LAG(to_state) OVER (PARTITION BY job_id ORDER BY id) AS before FROM transition
        ) AS step WHERE COALESCE(from_state, '') <> COALESCE(before, '')
    """,
    "the row is not where its last transition went": """
        SELECT job.id FROM job LEFT JOIN transition ON transition.id = (
            SELECT MAX(id) FROM transition AS newest WHERE newest.job_id = job.id
        ) WHERE COALESCE(transition.to_state, '') <> job.state
    """,
    "attempts do not agree with the row": """
        SELECT id FROM job
        WHERE attempt <> (SELECT COUNT(*) FROM attempt WHERE job_id = job.id)
        OR attempt <> (SELECT COALESCE(MAX(number), 0) FROM attempt WHERE job_id = job.id)
        OR attempt <> (SELECT COUNT(*) FROM transition WHERE job_id = job.id AND to_state = 'running')
    """,
    "an attempt is open although its job does not run it": """
        SELECT attempt.job_id FROM attempt JOIN job ON job.id = attempt.job_id
        WHERE (attempt.outcome = 'running' OR attempt.finished_at IS NULL)
        AND NOT (job.state = 'running' AND job.attempt = attempt.number)
    """,
    "the last attempt ended otherwise than its job": """
        SELECT job.id FROM job JOIN attempt ON attempt.job_id = job.id AND attempt.number = job.attempt
        WHERE (job.state = 'succeeded') <> (attempt.outcome = 'succeeded')
    """,
    "a failure came before all retries were used": """
        SELECT id FROM job WHERE kind = 'fail_always' AND state = 'failed'
        AND 2 <> (SELECT COUNT(*) FROM attempt WHERE job_id = job.id AND outcome = 'failed')
    """,
    "a failed job is in no group, or in another's": """
        SELECT id FROM job WHERE state = 'failed' AND error_signature IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM failure WHERE job_id = job.id AND signature = job.error_signature)
    """,
    "a failure is open although its job is gone or ended otherwise": """
        SELECT failure.job_id FROM failure LEFT JOIN job ON job.id = failure.job_id
        WHERE job.id IS NULL OR (failure.closed_at IS NULL AND job.state IN ('succeeded', 'cancelled'))
    """,
    OTHER_ATTEMPT: """
        SELECT id FROM job WHERE state = 'succeeded'
        AND kind IN ('nap', 'nap_apart', 'fail_at_first', 'retry_later', 'relent', 'succeed')
        AND CAST(CAST(result AS TEXT) AS INTEGER) <> attempt
    """,
    "it ran for less than no time": "SELECT id FROM job WHERE run_seconds < 0",
    "a success whose bar is not at its end": """
        SELECT id FROM job WHERE state = 'succeeded' AND kind IN ('walk', 'chatter', 'nap_apart')
        AND (progress_total IS NULL OR progress_done IS NULL OR progress_done <> progress_total)
    """,
    "a success without the children it started": """
        SELECT id FROM job WHERE state = 'succeeded' AND kind = 'branch'
        AND CAST(CAST(result AS TEXT) AS INTEGER) > (SELECT COUNT(*) FROM job AS child WHERE child.parent_id = job.id)
    """,
    "a job went on before those that it waited for had ended": """
        SELECT link.job_id FROM continuation AS link
        JOIN (SELECT job_id, MIN(id) AS first, MAX(id) AS last FROM transition
              WHERE to_state IN ('succeeded', 'failed', 'cancelled') GROUP BY job_id) AS ended
        ON ended.job_id = link.parent_id
        JOIN (SELECT job_id, MIN(id) AS first, MAX(id) AS last FROM transition WHERE to_state = 'running'
              GROUP BY job_id) AS began ON began.job_id = link.job_id
        JOIN transition AS success ON success.job_id = link.job_id AND success.to_state = 'succeeded'
        JOIN job ON job.id = link.job_id
        WHERE CASE WHEN job.kind = 'follow' THEN ended.first ELSE ended.last END
        > CASE job.kind WHEN 'follow' THEN began.first WHEN 'succeed' THEN began.first
            WHEN 'insist' THEN success.id ELSE began.last END
    """,
    "a wait that nobody ended": "SELECT job_id FROM continuation WHERE standing = 'waiting'",
    "children that were started twice, or not at all": """
        SELECT id FROM job WHERE kind IN ('gather', 'insist') AND state = 'succeeded'
        AND CAST(CAST(result AS TEXT) AS INTEGER) <> (SELECT COUNT(*) FROM job AS child WHERE child.parent_id = job.id)
    """,
    "a job ran although what it waited for had failed": """
        SELECT id FROM job WHERE kind = 'never' AND attempt > 0
    """,
    "a success without the file it kept": """
        SELECT id FROM job WHERE state = 'succeeded' AND kind = 'keep_file'
        AND 1 <> (SELECT COUNT(*) FROM artifact WHERE job_id = job.id AND size_bytes = 65536)
    """,
}
"""Each names the jobs that are not as they must be."""

TOTALS: Mapping[str, str] = {
    "totals of states": """
        SELECT kind, state, SUM(total) AS too_high FROM (
            SELECT kind, state, total FROM state_count
            UNION ALL SELECT kind, state, -COUNT(*) AS total FROM job GROUP BY kind, state
        ) AS both_sides GROUP BY kind, state HAVING SUM(total) <> 0
    """,
    "totals of minutes": """
        SELECT kind, state, SUM(total) AS too_high FROM (
            SELECT kind, state, total FROM minute_count
            UNION ALL SELECT job.kind, transition.to_state AS state, -COUNT(*) AS total
            FROM transition JOIN job ON job.id = transition.job_id
            WHERE transition.to_state IN ('succeeded', 'failed', 'cancelled') GROUP BY job.kind, transition.to_state
        ) AS both_sides GROUP BY kind, state HAVING SUM(total) <> 0
    """,
    "open failures of a cause": """
        SELECT signature AS kind, 'open' AS state, SUM(total) AS too_high FROM (
            SELECT signature, open_count AS total FROM failure_group
            UNION ALL SELECT signature, -COUNT(*) AS total FROM failure WHERE closed_at IS NULL GROUP BY signature
        ) AS both_sides GROUP BY signature HAVING SUM(total) <> 0
    """,
}
"""Each gives (kind, state, by how much the kept total is too high)."""


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that does not hold. `jobs`: of which; empty where it is of none alone."""

    what: str
    jobs: Sequence[int]
    remark: str = ""


def breaches(records: Records, started: Mapping[int, Order], notes: Path) -> list[Breach]:
    """Check everything; empty: all is well. Nothing may run meanwhile."""
    found = [
        Breach(what, sorted({row[0] for row in rows}))
        for what, query in QUERIES.items()
        if (rows := records.read(query))
    ]
    for what, query in TOTALS.items():
        found += [Breach(what, [], f"{row.kind} {row.state}: {int(row.too_high):+d}") for row in records.read(query)]
    found += _lost(records, started)
    found += _unfounded(records, notes)
    return found


def wasted_attempts(records: Records) -> int:
    """Count the attempts that were lost with their workers."""
    return int(records.read("SELECT COUNT(*) FROM attempt WHERE outcome = 'lost'")[0][0])


def _lost(records: Records, started: Mapping[int, Order]) -> list[Breach]:
    """Compare with what the clients know: a job that is not there, or that failed through a fault, is lost.

    Of a retry of many whose answer was lost nobody knows.
    """
    query = "SELECT id, kind, state, error_type, error_message, parent_id, schedule_id FROM job"
    rows = {row.id: row for row in records.read(query)}
    found = [Breach(LOST, [job_id], "there is no such job") for job_id in started if job_id not in rows]
    for job_id, row in rows.items():
        is_known = job_id in started or row.kind == "bulk_act"
        if not is_known and row.parent_id is None and row.schedule_id is None:
            found.append(Breach("nobody started it", [job_id]))
        if row.state not in ("succeeded", "failed", "cancelled"):
            continue
        end = MUST_END[row.kind]
        if (row.state, row.error_type) != (end.state, end.error_type) or end.says not in (row.error_message or ""):
            remark = f"{row.kind} must end {end.state}, ended {row.state}: {row.error_type} {row.error_message}"
            found.append(Breach(LOST, [job_id], remark))
    return found


def _unfounded(records: Records, notes: Path) -> list[Breach]:
    """Find successes whose function did not end in that attempt. Acts, and what schedules start, note nothing."""
    query = (
        "SELECT job_id, number FROM attempt JOIN job ON job.id = attempt.job_id "
        "WHERE outcome = 'succeeded' AND job.schedule_id IS NULL AND job.kind <> 'bulk_act'"
    )
    unfounded = [
        row.job_id
        for row in records.read(query)
        if f"ended {row.number}" not in (notes / f"{row.job_id}.notes").read_text().splitlines()
    ]
    return [Breach("a success that did not happen", sorted(unfounded))] if unfounded else []
