"""What happens to jobs arrives where somebody wants to hear of it: a worker of this process, servers on loopback."""

import email
import email.policy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.db.clock import now
from app.db.models.schedules import ScheduleRow
from app.db.notices import deciding
from app.db.queries.jobs import get_job
from app.db.queries.notices import list_deliveries
from app.db.snapshots.notice import Delivery, NoticeEvent
from app.db.snapshots.snapshot import rfc3339
from app.db.sql.sessions import session
from app.jobs.send_notice import send_notice, web
from app.jobs.send_notice.wording import page_of, sentence
from app.outward import mail
from app.queue import JobContext, JobError, Secret, job, registry, start
from app.queue.acts import notices
from app.queue.acts.notices import Kept, Wish
from app.queue.acts.schedules import changing as schedules
from app.queue.events.types import JobEvent, NoticeTold
from app.queue.repair.lateness import note_lateness
from tests.actors import ME
from tests.patience import patient
from tests.ports import free_port
from tests.unit.jobs.servers import Inbox, receiving
from tests.waiting import until

FAILED = NoticeEvent.FAILED


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as server:
        yield server


@pytest.fixture
def started(
    request: pytest.FixtureRequest, room: object, run_worker: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    """Start a job that fails with a text; gives its number. Private addresses are allowed unless a test says "0"."""
    monkeypatch.setenv("JOBDECK_NOTICE_PRIVATE_ADDRESSES", getattr(request, "param", "1"))
    registry.add(replace(send_notice, retry_delay=(0.0,)))

    @job(title="Break", tags=["nightly"], max_retries=0)
    def break_it(ctx: JobContext, text: str = "the disk is full", key: Secret | None = None) -> None:
        raise JobError(text)

    run_worker()
    return lambda **params: start("break_it", params, by=ME).id


def made(inbox: Inbox, **wish: Any) -> Kept:
    """Make a notice that tells the inbox of failures."""
    whole = {"name": "Watch", "events": [FAILED], "to": {"webhook": inbox.url()}, **wish}
    return notices.create(cast("Wish", whole), by=ME)


def sent(kept: Kept, *, state: str = "sent", number: int = 1) -> list[Delivery]:
    """Wait until so many messages of a notice have come into a state, and give them, the first one first."""

    def found() -> list[Delivery]:
        return [one for one in reversed(list_deliveries(kept.notice.id)) if one.state == state]

    until(lambda: len(found()) >= number)
    return found()


def test_a_failed_job_is_told_to_a_webhook_with_a_signature_that_its_receiver_can_check(
    started: Callable[..., int], inbox: Inbox
) -> None:
    kept = made(inbox, kind="break_it")
    job_id = started(key="very secret")

    [delivery] = sent(kept)

    [(path, headers, body)] = inbox.received
    assert kept.secret is not None
    said = Webhook(kept.secret).verify(body, headers)
    assert (path, headers["Content-Type"], said["type"]) == ("/hook", "application/json", "job.failed")
    assert said["data"]["notice"] == {"id": kept.notice.id, "name": "Watch"}
    told = said["data"]["job"]
    assert {name: told[name] for name in ("id", "kind", "title", "state", "tags", "attempt")} == {
        "id": job_id,
        "kind": "break_it",
        "title": "Break",
        "state": "failed",
        "tags": ["nightly"],
        "attempt": 1,
    }
    assert told["error"]["message"] == "the disk is full"
    assert "secret" not in body
    assert (delivery.job_ids, delivery.events, delivery.count) == ([job_id], ["failed"], 1)
    [answer] = delivery.answers
    assert (answer.status, answer.text, answer.is_accepted) == (200, "Answered 200: thanks", True)
    with pytest.raises(WebhookVerificationError):
        Webhook(kept.secret).verify(body.replace("full", "fuel"), headers)


def test_a_schedule_that_is_missing_is_told_to_a_webhook(started: Callable[..., int], inbox: Inbox) -> None:
    nightly = schedules.create("break_it", {"every_seconds": 3600, "name": "Nightly"}, by=ME)
    kept = made(inbox, events=[NoticeEvent.OVERDUE], kind="break_it")
    due = now() - timedelta(minutes=12)
    with session(write=True) as opened:  # no scheduler runs here
        row = opened.get(ScheduleRow, nightly.id)
        assert row is not None
        row.next_at = due

    note_lateness()
    [delivery] = sent(kept)

    [(_, headers, body)] = inbox.received
    assert kept.secret is not None
    said = Webhook(kept.secret).verify(body, headers)
    assert (said["type"], delivery.state) == ("schedule.overdue", "sent")
    detail = said["data"]["detail"]
    assert (detail["schedule_id"], detail["title"], detail["kind"]) == (nightly.id, "Nightly", "break_it")
    assert detail["expected_at"] == rfc3339(due)
    assert "nothing became of it: is a scheduler running?" in detail["sentence"]


def test_a_new_cause_of_failures_is_told_once_and_in_words(started: Callable[..., int], inbox: Inbox) -> None:
    kept = made(inbox, events=[NoticeEvent.FAILURE_NEW])
    jobs = {started(), started()}

    [delivery] = sent(kept)

    [(_, _, body)] = inbox.received
    assert json.loads(body)["type"] == "job.failure_new"
    [job_id] = delivery.job_ids
    assert job_id in jobs, "whichever failed first"
    assert sentence(delivery.items[0]) == f"Break (#{job_id}) failed of a new cause: the disk is full"


def test_what_is_refused_for_now_is_sent_again_under_the_same_id(started: Callable[..., int], inbox: Inbox) -> None:
    inbox.answers = [(503, "busy"), (200, "")]
    kept = made(inbox)
    started()

    [delivery] = sent(kept)

    assert [answer.status for answer in delivery.answers] == [503, 200]
    assert len({headers["webhook-id"] for _, headers, _ in inbox.received}) == 1


@pytest.mark.parametrize("started", ["0"], indirect=True)
def test_a_private_address_is_refused_unless_a_setting_allows_it(started: Callable[..., int], inbox: Inbox) -> None:
    kept = made(inbox)
    started()

    [delivery] = sent(kept, state="failed")

    assert inbox.received == []
    assert delivery.answers[0].text == (
        "Not sent: 127.0.0.1 is not a public address. JOBDECK_NOTICE_PRIVATE_ADDRESSES=1 would allow it."
    )


def test_a_redirect_is_not_followed(started: Callable[..., int], inbox: Inbox) -> None:
    inbox.answers = [(307, inbox.url("inside"))]
    kept = made(inbox)
    started()

    until(lambda: bool(list_deliveries(kept.notice.id)) and bool(list_deliveries(kept.notice.id)[0].answers))

    assert [path for path, _, _ in inbox.received] == ["/hook"]
    assert "a redirect, which is not followed" in list_deliveries(kept.notice.id)[0].answers[0].text


def test_an_answer_whose_text_does_not_come_is_one(
    started: Callable[..., int], inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SECONDS", patient(1))
    inbox.holds_back = True
    kept = made(inbox)
    started()

    [delivery] = sent(kept)

    assert [(one.status, one.text) for one in delivery.answers] == [(200, "Answered 200: thanks")]
    assert len(inbox.received) == 1


@pytest.mark.parametrize(("status", "text"), [(410, "Answered 410: gone"), (429, "Answered 429: slower")])
def test_who_wants_no_more_is_asked_once_and_who_wants_it_later_again(
    started: Callable[..., int], inbox: Inbox, status: int, text: str
) -> None:
    inbox.answers = [(status, text.rpartition(" ")[2]), (200, "")]
    kept = made(inbox)
    started()

    [delivery] = sent(kept, state="failed" if status == 410 else "sent")

    assert delivery.answers[0].text == text
    assert len(inbox.received) == (1 if status == 410 else 2)


@pytest.mark.parametrize(("status", "form"), [(429, "seconds"), (503, "date"), (503, "old date")])
def test_a_receiver_that_says_when_to_come_again_is_left_alone_until_then(
    started: Callable[..., int], inbox: Inbox, status: int, form: str
) -> None:
    asked_at = now()
    until_then = asked_at + timedelta(minutes=30)
    said = {"seconds": "1800", "date": format_datetime(until_then, usegmt=True), "old date": f"{until_then:%c}"}
    inbox.answers = [(status, "busy")]
    inbox.retry_after = [said[form]]
    kept = made(inbox)
    started()

    until(lambda: bool(list_deliveries(kept.notice.id)) and bool(list_deliveries(kept.notice.id)[0].answers))

    [delivery] = list_deliveries(kept.notice.id)
    assert delivery.sender_job_id is not None
    sender = until(lambda: one if (one := get_job(delivery.sender_job_id or 0)).state == "retrying" else None)
    assert sender.run_at is not None
    assert until_then - timedelta(seconds=1) <= sender.run_at <= now() + timedelta(minutes=30)
    [answer] = delivery.answers
    assert (answer.status, answer.is_accepted) == (status, False)
    assert re.fullmatch(rf"Answered {status}, again after 1[78]\d\d s: busy", answer.text)
    assert len(inbox.received) == 1


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta()),
        ("soon", timedelta()),
        ("-5", timedelta()),
        ("9" * 400, web.LONGEST_PAUSE),
        ("Wed, 21 Oct 2115 07:28:00 GMT", web.LONGEST_PAUSE),
        ("Wed, 21 Oct 12026 07:28:00 GMT", timedelta()),
        ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", timedelta()),
        ("9" * 5000, web.LONGEST_PAUSE),
    ],
)
def test_what_no_receiver_can_mean_keeps_no_message_for_long(
    monkeypatch: pytest.MonkeyPatch, inbox: Inbox, said: str, pause: timedelta
) -> None:
    monkeypatch.setenv("JOBDECK_NOTICE_PRIVATE_ADDRESSES", "1")
    inbox.answers = [(429, "slower")]
    inbox.retry_after = [said]

    reply = web.post(inbox.url(), "{}")

    assert (reply.status, reply.pause) == (429, pause)


def test_a_message_that_went_out_is_not_sent_again(started: Callable[..., int], inbox: Inbox) -> None:
    kept = made(inbox)
    started()
    [delivery] = sent(kept)

    again = start("send_notice", {"delivery_id": delivery.id}, by=ME)
    until(lambda: get_job(again.id).state == "succeeded")

    assert len(inbox.received) == 1


def test_a_test_says_that_it_works(started: Callable[..., int], inbox: Inbox) -> None:
    kept = made(inbox, is_enabled=False)

    notices.test(kept.notice.id, by=ME)

    [delivery] = sent(kept)
    assert (delivery.events, json.loads(inbox.received[0][2])["type"]) == (["test"], "notice.test")


class Mailbox:
    """Takes mail, or refuses it where `answer` says so."""

    def __init__(self) -> None:
        self.answer = "250 thanks"
        self.unknown: list[str] = []
        self.taken: list[tuple[list[str], EmailMessage]] = []

    async def handle_RCPT(
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: object
    ) -> str:
        if address in self.unknown:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((envelope.rcpt_tos, message))
        return self.answer


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), ready_timeout=patient(30))
    controller.start()
    mail.use_server(f"smtp://127.0.0.1:{controller.port}?from=jobdeck@example.org")
    yield box
    mail.use_server(None)
    controller.stop()


def test_a_failed_job_is_told_by_mail(started: Callable[..., int], mailbox: Mailbox) -> None:
    kept = notices.create(
        {"name": "Mail", "events": [FAILED], "to": {"email": ["a@example.org", "b@example.org"]}}, by=ME
    )
    job_id = started(text="line\none: ü")

    [delivery] = sent(kept)

    [(to, message)] = mailbox.taken
    assert to == ["a@example.org", "b@example.org"]
    assert message["From"] == "jobdeck@example.org"
    assert message["Subject"] == f"Break (#{job_id}) failed: line one: ü"
    assert message["Message-ID"] == f"<jobdeck_{kept.notice.id}_{delivery.id}@jobdeck.invalid>"
    assert f"/jobs/{job_id}" in message.get_content()
    assert delivery.answers[0].status == 250


def test_a_mail_that_is_refused_for_good_is_not_sent_again(started: Callable[..., int], mailbox: Mailbox) -> None:
    mailbox.answer = "550 nobody here"
    kept = notices.create({"name": "Mail", "events": [FAILED], "to": {"email": "a@example.org"}}, by=ME)
    started()

    [delivery] = sent(kept, state="failed")

    assert [(one.status, one.text) for one in delivery.answers] == [(550, "Answered 550: nobody here")]


def test_a_mail_that_one_of_two_is_not_given_says_so_and_is_sent_once(
    started: Callable[..., int], mailbox: Mailbox
) -> None:
    mailbox.unknown = ["b@example.org"]
    kept = notices.create(
        {"name": "Mail", "events": [FAILED], "to": {"email": ["a@example.org", "b@example.org"]}}, by=ME
    )
    started()

    [delivery] = sent(kept)

    assert [to for to, _ in mailbox.taken] == [["a@example.org"]]
    [answer] = delivery.answers
    assert answer.text.endswith("; refused for b@example.org: 550 no such person")


def test_without_a_mail_server_the_log_says_what_to_do(started: Callable[..., int]) -> None:
    kept = notices.create({"name": "Mail", "events": [FAILED], "to": {"email": "a@example.org"}}, by=ME)
    started()

    [delivery] = sent(kept, state="failed")

    assert delivery.answers[0].text.startswith("Not sent: no mail server is named. Set JOBDECK_SMTP_URL")


def test_chats_get_what_they_want_and_nothing_in_it_calls_anybody(started: Callable[..., int], inbox: Inbox) -> None:
    kept = made(inbox, to={"slack": inbox.url("slack"), "teams": inbox.url("teams")})
    job_id = started(text="<!channel> & co")

    sent(kept, number=2)

    bodies = {path: json.loads(body) for path, _, body in inbox.received}
    assert bodies["/slack"]["text"] == f"Break (#{job_id}) failed: &lt;!channel&gt; &amp; co"
    assert bodies["/slack"]["blocks"][0]["text"]["text"].endswith(f"/jobs/{job_id}|Open>")
    [attachment] = bodies["/teams"]["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["body"][0]["text"] == f"Break (#{job_id}) failed: <!channel> & co"
    assert attachment["content"]["actions"][0]["url"].endswith(f"/jobs/{job_id}")
    assert not any("webhook-signature" in headers for _, headers, _ in inbox.received)


@pytest.mark.parametrize(
    ("settings", "beginning"),
    [
        ({"JOBDECK_PUBLIC_URL": "https://jobs.example/deck/"}, "https://jobs.example/deck"),
        ({"JOBDECK_ROOT_PATH": "/deck"}, "http://127.0.0.1:8080/deck"),
    ],
)
def test_links_lead_where_people_open_the_page(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], beginning: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    assert page_of({"job": {"links": {"page": "/jobs/7"}}}) == f"{beginning}/jobs/7"


def test_the_open_tabs_are_told(started: Callable[..., int], told: list[JobEvent]) -> None:
    kept = notices.create({"name": "Here", "events": [FAILED], "to": {"desktop": True}}, by=ME)
    job_id = started()

    [delivery] = sent(kept)

    [event] = [one for one in told if isinstance(one, NoticeTold)]
    assert (event.delivery_id, event.name, event.path) == (delivery.id, "Here", f"/jobs/{job_id}")
    assert event.text == f"Break (#{job_id}) failed: the disk is full"


@pytest.mark.thorough
def test_a_crowd_is_told_in_one_message(
    started: Callable[..., int], inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "GATHER_SECONDS", patient(1))
    monkeypatch.setattr(deciding, "MANY", 0)
    kept = made(inbox)
    job_ids = [started() for _ in range(5)]

    [delivery] = sent(kept)

    [(_, _, body)] = inbox.received
    said = json.loads(body)
    assert (said["type"], said["data"]["count"], delivery.count) == ("digest", 5, 5)
    assert sorted(one["job"]["id"] for one in said["data"]["items"]) == job_ids  # they may end in any order
