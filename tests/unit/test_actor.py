"""Who acts: stored with each transition, whatever door was used, and shown."""

from collections.abc import Callable

from app.actor import ActorKind, local, of_job, of_schedule
from app.db.queries import details, jobs
from app.queue import JobContext, cancel, job, retry, start
from app.queue.acts.schedules.changing import run_now
from app.queue.acts.schedules.declaring import declare_all
from app.queue.acts.schedules.reading import list_next
from tests.actors import ME, person
from tests.waiting import until


def last_actor(job_id: int) -> object:
    """Return who made the newest transition of a job."""
    return details.list_transitions(job_id)[-1].actor


def test_a_start_a_cancel_and_a_retry_keep_who_asked_and_from_where(room: object) -> None:
    @job
    def rest(ctx: JobContext) -> None:
        """Do nothing."""

    started = start(rest, {}, by=local("page"))
    assert (last_actor(started.id), started.created_by) == (local("page"), "local")
    cancel(started.id, by=local("api"))
    assert last_actor(started.id) == local("api")
    retry(started.id, by=person("ops"))
    assert last_actor(started.id) == person("ops")


def test_a_running_job_that_stops_names_who_asked_for_it(run_worker: Callable[..., object]) -> None:
    @job
    def stop_itself(ctx: JobContext) -> None:
        """Ask for its own end."""
        cancel(ctx.job_id, by=ME)
        while True:
            ctx.progress(0)

    run_worker()
    started = stop_itself.start()
    until(lambda: jobs.get_job(started.id).state.is_finished)
    assert details.list_transitions(started.id)[0].actor == local("python")
    last = details.list_transitions(started.id)[-1]
    assert (last.to_state, last.actor) == ("cancelled", ME)


def test_a_child_is_started_by_its_parent(run_worker: Callable[..., object]) -> None:
    children: list[int] = []

    @job
    def parent(ctx: JobContext) -> None:
        """Start a child."""
        if not children:
            children.append(ctx.start("parent").id)

    run_worker()
    started = parent.start()
    until(lambda: jobs.get_job(started.id).state.is_finished)
    assert details.list_transitions(children[0])[0].actor == of_job(started.id)


def test_a_schedule_is_named_with_its_number(room: object) -> None:
    @job(schedule="0 3 * * *")
    def nightly(ctx: JobContext) -> None:
        """Do nothing."""

    declare_all()
    [schedule] = list_next()
    assert last_actor(run_now(schedule.id, by=ME).id) == ME
    assert of_schedule(schedule.id).kind is ActorKind.SCHEDULE
