"""The index on SQLite: FTS5 over trigrams, in a table of its own that is brought up to date after the jobs ended.

It has no positions (a third of the size) and no texts: what it finds is looked at in the rows. What is written twice is
found by both texts, and the rows of deleted jobs are found and joined with nothing; when they are the most of it, it is
made anew beside the old one. https://sqlite.org/fts5.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from app.db.models.history import TransitionRow
from app.db.models.jobs import StateCount, TextIndexRow
from app.db.sql.sessions import reading, session
from app.db.states import FINISHED
from app.db.text_index.pieces import EachOf, Piece, Pieces, kept, texts_of

TRIGRAM = 3
TRANSITIONS_AT_ONCE = 300
"""Some hundred jobs: 3 ms with the write lock, and where FTS5 merges what it has, up to 70 (measured at a million)."""
_NAMES = ("job_text_a", "job_text_b")
# Asked every other second, and mostly there is nothing to do.
_HISTORY = select(
    select(func.coalesce(func.sum(StateCount.total), 0)).scalar_subquery(),
    select(func.coalesce(func.max(TransitionRow.id), 0)).scalar_subquery(),
)
_INDEXES = select(
    col(TextIndexRow.name),
    col(TextIndexRow.is_ready),
    col(TextIndexRow.documents),
    col(TextIndexRow.last_transition_id),
)
_FINISHED = ", ".join(f"'{state}'" for state in sorted(FINISHED))
_MAKE = (
    "CREATE VIRTUAL TABLE {name} USING fts5(text, content='', detail=none, columnsize=0, "
    "tokenize='trigram case_sensitive 1')",
    "CREATE VIRTUAL TABLE {name}_terms USING fts5vocab({name}, row)",
)
# FTS5 wants rising numbers in a transaction. The two blanks let the last two characters begin a trigram, too.
_FILL = f"""
    INSERT INTO {{name}} (rowid, text)
    SELECT id, replace(search_text, char(10), ' ') || '  ' FROM job
    WHERE finished_at IS NOT NULL AND id IN (
        SELECT job_id FROM transition WHERE id > :first AND id <= :last AND to_state IN ({_FINISHED}))
    ORDER BY id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an index is. `share`: of the history that it has; `is_ready`: searches use it."""

    share: float
    is_ready: bool


def find(connection: Connection, pieces: Pieces, *, most: int) -> list[int] | None:
    """Return the finished jobs that may have the pieces, at most `most` + 1; None: the index cannot tell."""
    ready = text(
        "SELECT name, last_transition_id FROM text_index WHERE is_ready "
        "AND EXISTS (SELECT 1 FROM pragma_module_list WHERE name = 'fts5')"
    )
    row = connection.execute(ready).first()
    if row is None:  # none yet, or another Python made it, whose SQLite has FTS5
        return None
    name, last = str(row[0]), int(row[1])
    changed = select(TransitionRow.job_id).where(col(TransitionRow.id) > last).limit(most + 1)
    unknown = [found[0] for found in connection.execute(changed)]
    if len(unknown) > most:
        return None
    short = {one: _trigrams_of(connection, name, one, most=most) for one in texts_of(pieces) if len(one) < TRIGRAM}
    usable = kept(pieces, lambda one: len(one) >= TRIGRAM or short[one] is not None)
    if usable is None:
        return None
    query = text(f"SELECT rowid FROM {name} WHERE {name} MATCH :asked LIMIT :most")
    asked = _match(usable, {one: found for one, found in short.items() if found is not None})
    return [*(found[0] for found in connection.execute(query, {"asked": asked, "most": most + 1})), *unknown]


def _match(pieces: Pieces, short: dict[str, list[str]]) -> str:
    """Write the pieces for FTS5. Without positions a text is no more than the trigrams that it has."""
    if isinstance(pieces, Piece):
        size = len(pieces.text)
        if size < TRIGRAM:
            return "(" + " OR ".join(map(_quoted, short[pieces.text])) + ")"
        trigrams = dict.fromkeys(pieces.text[at : at + TRIGRAM] for at in range(size - TRIGRAM + 1))
        return "(" + " AND ".join(map(_quoted, trigrams)) + ")"
    sign = " AND " if isinstance(pieces, EachOf) else " OR "
    return "(" + sign.join(_match(node, short) for node in pieces.nodes) + ")"


def _quoted(trigram: str) -> str:
    return '"' + trigram.replace("\n", " ").replace('"', '""') + '"'


def _trigrams_of(connection: Connection, name: str, short: str, *, most: int) -> list[str] | None:
    """Return the trigrams that begin with a text of two characters, at least one; None: too many jobs have them."""
    query = text(f"SELECT term, doc FROM {name}_terms WHERE term >= :first AND term <= :last")
    found, jobs = [f"{short}\x01"], 0
    with connection.execute(query, {"first": short, "last": f"{short}\U0010ffff"}) as rows:
        for term, count in rows:
            found.append(term)
            jobs += count
            if jobs > most:
                return None
    return found


def bring_up_to_date(*, least_jobs: int) -> bool:
    """Take one short step towards an index that has every finished job. False: there is nothing to do.

    `least_jobs`: a history of fewer has no index.
    """
    try:
        with reading() as connection:
            jobs, newest = connection.execute(_HISTORY).one()
            rows = connection.execute(_INDEXES).all()
        if not rows and jobs < least_jobs:
            return False
        if not rows or (len(rows) == 1 and rows[0].is_ready and rows[0].documents > 2 * jobs + least_jobs):
            _begin(next(name for name in _NAMES if name not in [row.name for row in rows]))
            return True
        behind = [row.name for row in rows if row.last_transition_id < newest or not row.is_ready]
        for name in behind:
            _advance(name)
        return bool(behind)
    except OperationalError as error:
        if "no such module" in str(error) or "no such tokenizer" in str(error):
            return False  # an SQLite without FTS5: searches read the rows
        raise


def standing() -> Standing | None:
    """Say how far the index is; None: there is none."""
    with session() as opened:
        row = opened.exec(select(TextIndexRow).order_by(col(TextIndexRow.is_ready).desc())).first()
        newest = _newest(opened)
    if row is None:
        return None
    return Standing(share=min(1.0, row.last_transition_id / max(1, newest)), is_ready=row.is_ready)


def step_back(opened: Session) -> None:
    """Take in that the newest transitions may have been deleted: SQLite gives their numbers again."""
    newest = _newest(opened)
    for row in opened.exec(select(TextIndexRow).where(col(TextIndexRow.last_transition_id) > newest)).all():
        row.last_transition_id = newest
        opened.add(row)


def _begin(name: str) -> None:
    with session(write=True) as opened:
        if opened.get(TextIndexRow, name) is None:
            _run(opened, [f"DROP TABLE IF EXISTS {name}_terms", f"DROP TABLE IF EXISTS {name}"])
            _run(opened, [statement.format(name=name) for statement in _MAKE])
            opened.add(TextIndexRow(name=name, last_transition_id=0, documents=0, is_ready=False))


def _advance(name: str) -> None:
    """Add what finished next; an index that has reached the end takes the place of the one before."""
    with session(write=True, is_patient=True) as opened:
        row = opened.get(TextIndexRow, name)
        if row is None:
            return
        first = row.last_transition_id
        following = select(TransitionRow.id).where(col(TransitionRow.id) > first).order_by(col(TransitionRow.id))
        last = opened.exec(following.offset(TRANSITIONS_AT_ONCE).limit(1)).first() or _newest(opened)
        filled = opened.connection().execute(text(_FILL.format(name=name)), {"first": first, "last": last})
        row.last_transition_id, row.documents = max(first, last), row.documents + filled.rowcount
        if not row.is_ready and last == _newest(opened):
            row.is_ready = True
            for other in opened.exec(select(TextIndexRow).where(col(TextIndexRow.name) != name)).all():
                _run(opened, [f"DROP TABLE {other.name}_terms", f"DROP TABLE {other.name}"])
                opened.delete(other)


def _newest(opened: Session) -> int:
    return opened.exec(select(func.max(TransitionRow.id))).one() or 0


def _run(opened: Session, statements: Sequence[str]) -> None:
    for statement in statements:
        opened.connection().execute(text(statement))
