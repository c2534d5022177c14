"""Clients of other makers, from npm, in Node: SignalR's own over each transport, and an agent that is not the official.

`make test` installs them (tests/npm).
"""

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.e2e.folder import Folder
from tests.e2e.instance import ROOT, Instance
from tests.missing import missing
from tests.patience import patient

NPM = ROOT / "tests" / "npm"
pytestmark = pytest.mark.not_on_postgresql("what these clients say goes to the same functions as everything else")
FOLLOW = """
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

const [here] = process.argv.slice(2);
const post = async (path) =>
  (await fetch(here + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" })).json();
const { WebSockets, ServerSentEvents, LongPolling } = HttpTransportType;
const ways = {
  WebSockets: { transport: WebSockets },
  ServerSentEvents: { transport: ServerSentEvents },
  LongPolling: { transport: LongPolling },
  direct: { transport: WebSockets, skipNegotiation: true },
  stateful: null,
};
for (const [name, options] of Object.entries(ways)) {
  let builder = new HubConnectionBuilder().configureLogging(LogLevel.Warning).withAutomaticReconnect();
  builder = options ? builder.withUrl(`${here}/notifications`, options) : builder.withUrl(`${here}/notifications`);
  const hub = (options ? builder : builder.withStatefulReconnect()).build();
  const states = [], texts = [];
  const ended = new Promise((done) => {
    hub.on("ReceiveNotification", (text) => void (texts.push(text) === 2 && done()));
  });
  hub.on("JobChanged", (job) => void states.push([job.id, job.state]));
  await hub.start();
  const job = await post("/reports/v3");
  await ended;
  const error = await hub.invoke("Nothing").catch((error) => error.message);
  await hub.invoke("Subscribe", job.id);
  await hub.invoke("Unsubscribe", job.id);
  await hub.invoke("SubscribeAll");
  await hub.stop();
  const own = states.filter(([id]) => id === job.id).map(([, state]) => state);
  console.log(JSON.stringify({ name, own, texts, error }));
}
"""
ACT = """
import { createMCPClient } from "@ai-sdk/mcp";

const [here, folder] = process.argv.slice(2);
const client = await createMCPClient({ transport: { type: "http", url: `${here}/mcp` } });
const tools = await client.tools();
const asked = { toolCallId: "1", messages: [] };
const answer = await tools.count.execute({ folder, to: 2 }, asked);
const log = await tools.read_log.execute({ id: JSON.parse(answer.content[0].text).id }, asked);
console.log(JSON.stringify({ job: JSON.parse(answer.content[0].text), log: JSON.parse(log.content[0].text) }));
await client.close();
"""


@pytest.fixture(scope="module")
def node() -> str:
    """Node, with the clients."""
    found = shutil.which("node")
    if found is None or not (NPM / "node_modules").is_dir():
        missing("This needs Node and what is in tests/npm: `make clients`.")
    return found


def run(node: str, script: str, *arguments: str) -> list[dict[str, Any]]:
    """Run a script; give what it says, a line each."""
    command = [node, "--input-type=module", "-", *arguments]
    ran = subprocess.run(
        command, input=script, cwd=NPM, capture_output=True, text=True, timeout=patient(60), check=False
    )
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_signalr_in_node_hears_over_each_transport(instance: Instance, node: str) -> None:
    told = run(node, FOLLOW, f"http://127.0.0.1:{instance.port}")

    assert [one["name"] for one in told] == ["WebSockets", "ServerSentEvents", "LongPolling", "direct", "stateful"]
    for one in told:
        assert one["own"][-1] == "succeeded", one
        assert [text.split()[-1] for text in one["texts"]] == ["started", "succeeded"], one
        assert "The hub has no method 'Nothing'" in one["error"], one


def test_an_agent_of_another_maker_runs_a_job_to_its_end(instance: Instance, folder: Folder, node: str) -> None:
    [told] = run(node, ACT, f"http://127.0.0.1:{instance.port}", str(folder.path))

    assert (told["job"]["state"], told["job"]["result"]) == ("succeeded", 2)
    assert instance.transitions(told["job"]["id"])[0].via == "mcp"
    assert isinstance(told["log"]["items"], list)
