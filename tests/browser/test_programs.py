"""A program in a browser: SignalR's own client, from npm, over each transport."""

from typing import Any

from app.db import State
from tests.browser.complaints import Complaints
from tests.browser.conftest import OpenPage
from tests.e2e.instance import ROOT, Instance
from tests.missing import missing

CLIENT = ROOT / "tests/npm/node_modules/@microsoft/signalr/dist/browser/signalr.min.js"
FOLLOW = """async () => {
  const { HttpTransportType, HubConnectionBuilder, LogLevel } = signalR;
  const told = {};
  for (const name of ["WebSockets", "ServerSentEvents", "LongPolling"]) {
    const options = { transport: HttpTransportType[name] };
    const hub = new HubConnectionBuilder()
      .withUrl("/notifications", options).configureLogging(LogLevel.None).withAutomaticReconnect().build();
    const states = [];
    const ended = new Promise((done) => {
      hub.on("JobChanged", (job) => states.push([job.id, job.state]) && job.state === "succeeded" && done(job.id));
    });
    await hub.start();
    const body = JSON.stringify({ params: { number: 2 } });
    const headers = { "Content-Type": "application/json" };
    const job = await (await fetch("/api/v1/kinds/number/start", { method: "POST", headers, body })).json();
    await ended;
    await hub.invoke("Subscribe", job.id);
    await hub.stop();
    told[name] = [job.id, states.filter(([id]) => id === job.id).at(-1)[1]];
  }
  return told;
}"""


def test_signalr_in_a_browser_hears_over_each_transport(
    open_page: OpenPage, instance: Instance, complaints: Complaints
) -> None:
    # As it stops, the client says that it closes and ends its transport without waiting: the first may come too late.
    complaints.expect(r"answer 404: \S+/notifications\?id=|404 \(Not Found\) \(\S+/notifications\?id=")
    if not CLIENT.is_file():
        missing("This needs what is in tests/npm: `make clients`.")
    page = open_page()
    page.evaluate(CLIENT.read_text())

    told: dict[str, Any] = page.evaluate(FOLLOW)

    assert list(told) == ["WebSockets", "ServerSentEvents", "LongPolling"]
    for job_id, state in told.values():
        assert state == "succeeded"
        instance.wait_for(job_id, State.SUCCEEDED)
