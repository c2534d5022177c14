"""What the schedules of another program become here: shown first, with where they differ, then made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, cast

from tzlocal import get_localzone_name

from app.actor import Actor
from app.db.audit.refusals import kept_if_refused
from app.db.clock import now
from app.db.queries import schedules
from app.db.snapshots.secrets import mask
from app.errors import AppError, FieldError, Forbidden, InvalidInput, Unavailable
from app.queue.acts.schedules import changing
from app.queue.acts.schedules.changing import Wish
from app.queue.acts.schedules.moving import celery_beat, crontab, systemd_timers
from app.queue.acts.schedules.moving.entry import Entry
from app.queue.acts.schedules.rules import rule_of
from app.queue.calendar.foreign.comparing import Difference, differences
from app.queue.calendar.foreign.wall_rule import Foreign
from app.queue.calendar.remarks import remarks
from app.queue.calendar.rule import Rule
from app.queue.calendar.sentences import sentence
from app.queue.calendar.zones import find_zone
from app.queue.kinds.registry import registry
from app.rights import Act, require

Format = Literal["crontab", "systemd", "celery"]
MAX_CHARACTERS = 500_000
MAX_ENTRIES = 1000
CELERYS_ZONE = "UTC"
"""In which Celery reads a schedule, where nobody says another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What is to be read.

    Attributes:
        text: a crontab; units of systemd as `systemctl cat` prints them; a file with a Celery beat schedule.
        format: which of them.
        timezone: that of the machine on which it is in use; None: that of this one, and Celery's own for Celery.
        is_system: of a crontab: whether lines name a user; None: told by the lines.
        kinds: task of Celery → the kind that stands for it, where that has another name.
    """

    text: str
    format: Format
    timezone: str | None = None
    is_system: bool | None = None
    kinds: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What an entry becomes.

    Attributes:
        source: its text.
        name: what it is called.
        kind: what it starts; empty where nothing can be made of it.
        params: those of the kind.
        shown_params: the same, with dots in the place of secrets.
        rule: when it fires here; None: nothing can be made of it.
        policies: fields of `Wish` beside rule, params and name.
        sentence: its rule in words; empty where there is none.
        remarks: what a person should know of it.
        differs: where its next hundred instants, and those around changes of the clock, are others than there.
        problem: why it is not made; None: nothing keeps it from that.
        schedule_id: the schedule that was made; None: none was.
    """

    source: str
    name: str
    kind: str
    params: Mapping[str, Any]
    shown_params: Mapping[str, Any]
    rule: Rule | None
    policies: Mapping[str, Any]
    sentence: str
    remarks: list[str]
    differs: list[Difference]
    problem: str | None
    schedule_id: int | None = None

    @property
    def wish(self) -> Wish:
        """What `changing.create` is asked for."""
        assert self.rule is not None
        rule = self.rule
        said: dict[str, Any] = {"name": self.name, "params": self.params, "timezone": rule.timezone, **self.policies}
        if rule.cron:
            said["cron"] = rule.cron
        elif rule.every_seconds is not None:
            said |= {"every_seconds": rule.every_seconds, "aligned": rule.is_aligned}
        else:
            said["at"] = rule.at
        return cast("Wish", said)  # the names are those of a Wish


@lru_cache(maxsize=1)
def zone_of_machine() -> str:
    """Return the time zone of this machine; UTC where its name is not known."""
    name = get_localzone_name()
    return name if name and find_zone(name) is not None else "UTC"


def look(asked: Import, *, by: Actor) -> list[Item]:
    """Say what each entry becomes. Stores nothing.

    Raises:
        InvalidInput: the text cannot be read at all, is too long, or its zone is not known.
        Unavailable: the database is away.
    """
    return _items(asked, by)


@kept_if_refused("create schedule", "kind", target="imported", only=Forbidden)
def take_over(asked: Import, *, by: Actor) -> list[Item]:
    """Make a schedule of each entry that has no problem; each fires from now on.

    Raises:
        Forbidden: who asks may not.
        InvalidInput: as `look`; nothing was made.
        Unavailable: the database is away; those before were made, and are known again.
    """
    require(by, Act.SCHEDULE)
    made = []
    for item in _items(asked, by):
        if item.problem is None:
            item = replace(item, schedule_id=changing.create(item.kind, item.wish, by=by).id)
        made.append(item)
    return made


def _items(asked: Import, by: Actor) -> list[Item]:
    entries = _read(asked)
    if len(entries) > MAX_ENTRIES:
        raise _refused("text", f"It has {len(entries):,} entries; at most {MAX_ENTRIES:,} at once.")
    known = {_mark(one.kind, one.name, rule_of(one)): one.id for one in schedules.list_schedules()}
    return [_item(entry, asked, known, by) for entry in entries]


def _read(asked: Import) -> list[Entry]:
    if len(asked.text) > MAX_CHARACTERS:
        raise _refused("text", f"At most {MAX_CHARACTERS:,} characters.")
    if asked.timezone is not None and find_zone(asked.timezone) is None:
        raise _refused("timezone", f"There is no time zone {asked.timezone!r}; write it as Europe/Berlin or UTC.")
    if asked.format == "celery":
        return celery_beat.read(asked.text, timezone=asked.timezone or CELERYS_ZONE)
    timezone = asked.timezone or zone_of_machine()
    if asked.format == "systemd":
        return systemd_timers.read(asked.text, timezone=timezone)
    return crontab.read(asked.text, timezone=timezone, is_system=asked.is_system)


def _refused(field: str, message: str) -> InvalidInput:
    return InvalidInput("The text cannot be read.", fields=[FieldError(field=field, message=message)])


def _mark(kind: str, name: str, rule: Rule) -> tuple[str, str, Rule]:
    return kind, name, rule


def _item(entry: Entry, asked: Import, known: Mapping[tuple[str, str, Rule], int], by: Actor) -> Item:
    kind = _kind_of(entry.kind, asked.kinds or {})
    params = _params(entry, kind)
    item = Item(
        source=entry.source,
        name=entry.name[: changing.MAX_NAME_LENGTH],
        kind=kind,
        params=params,
        shown_params=params,
        rule=entry.rule,
        policies=entry.policies,
        sentence="",
        remarks=list(entry.remarks),
        differs=[],
        problem=entry.problem,
    )
    if item.problem is not None or entry.rule is None:
        return item
    item = _checked(entry, item, by)
    if item.problem is None and (before := known.get(_mark(kind, item.name, entry.rule))) is not None:
        item = replace(item, problem=f"It is here already: schedule #{before}.")
    return _compared(item, entry)


def _kind_of(task: str, kinds: Mapping[str, str]) -> str:
    """Return the kind that stands for a task: the one that was said, or the one of this name, without its module."""
    if task in kinds:
        return kinds[task]
    short = task.rpartition(".")[2]
    return task if registry.find(task) is not None or registry.find(short) is None else short


def _params(entry: Entry, kind: str) -> dict[str, Any]:
    found = registry.find(kind) if kind else None
    names = list(found.params_model.model_fields) if found is not None else []
    return {**dict(zip(names, entry.arguments, strict=False)), **entry.params}


def _checked(entry: Entry, item: Item, by: Actor) -> Item:
    """Return it with the reason why it would be refused, if it would."""
    found = registry.find(item.kind)
    if found is None:
        why = "Write one of this name, or say which one stands for it (kinds; on the command line --kind TASK=KIND)."
        return replace(item, problem=f"There is no kind for {item.kind}. {why}")
    takes = len(found.params_model.model_fields)
    if len(entry.arguments) > takes:
        return replace(item, problem=f"It gives {len(entry.arguments)} arguments; {item.kind} takes {takes}.")
    try:
        return replace(item, shown_params=mask(changing.check_new(item.kind, item.wish, by=by)["params"]))
    except Unavailable:
        raise
    except AppError as error:
        fields = " ".join(f"{one.field}: {one.message}" for one in error.fields)
        return replace(item, problem=" ".join(filter(None, (error.message, fields, error.hint))))


def _compared(item: Item, entry: Entry) -> Item:
    rule = entry.rule
    try:
        assert rule is not None
        said, more = sentence(rule), remarks(rule, after=now())
    except ValueError:  # the expression was refused, and `problem` says so
        return item
    minute = now().replace(second=0, microsecond=0)
    differs = _differences(entry.there, rule, minute) if entry.there is not None else ()
    return replace(item, sentence=said, remarks=[*item.remarks, *more], differs=[*differs])


@lru_cache(maxsize=MAX_ENTRIES)
def _differences(there: Foreign, here: Rule, after: datetime) -> tuple[Difference, ...]:
    """Compare once what many entries say, and what is looked at and then made: it is most of the work."""
    return tuple(differences(there, here, after=after))
