"""Clients of other makers, from npm, in Node: SignalR's own over each transport, and an agent that is not the official.

`make test` installs them (tests/npm).
"""

import json
import re
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
import net from "node:net";
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

const [port] = process.argv.slice(2);
const server = `http://127.0.0.1:${port}`;
const post = async (path) =>
  (await fetch(server + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" })).json();

// A cable between the client and the server, which can be cut. The server is called by its own name all the same.
const ends = new Set();
const cable = net.createServer((client) => {
  const ours = `127.0.0.1:${cable.address().port}`, theirs = `127.0.0.1:${port}`;
  const far = net.connect(port, "127.0.0.1");
  client.on("data", (data) => far.write(data.toString("latin1").replaceAll(ours, theirs), "latin1"));
  far.pipe(client);
  for (const [end, other] of [[client, far], [far, client]]) {
    ends.add(end);
    end.on("error", () => {});
    end.on("close", () => ends.delete(end) && other.destroy());
  }
});
await new Promise((done) => cable.listen(0, "127.0.0.1", done));
const here = `http://127.0.0.1:${cable.address().port}`;
const cut = () => ends.forEach((end) => end.destroy());

const { WebSockets, ServerSentEvents, LongPolling } = HttpTransportType;
const ways = {
  WebSockets: { transport: WebSockets },
  ServerSentEvents: { transport: ServerSentEvents },
  LongPolling: { transport: LongPolling },
  direct: { transport: WebSockets, skipNegotiation: true },
  stateful: null,
};
for (const [name, options] of Object.entries(ways)) {
  let builder = new HubConnectionBuilder().configureLogging(LogLevel.None).withAutomaticReconnect([0, 100, 1000]);
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
  const isBack = new Promise((done) => hub.onreconnected(done));
  cut();
  await isBack;
  const heardAgain = new Promise((done) => {
    hub.on("JobChanged", ({ id, state }) => id !== job.id && state === "succeeded" && done(state));
  });
  await post("/reports/v2");
  const again = await heardAgain;
  await hub.stop();
  const own = states.filter(([id]) => id === job.id).map(([, state]) => state);
  console.log(JSON.stringify({ name, own, texts, error, again }));
}
cable.close();
cut();
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
    return [json.loads(line) for line in said_by(node, script, *arguments).splitlines()]


def said_by(node: str, script: str, *arguments: str) -> str:
    """Run a script; give what it says."""
    command = [node, "--input-type=module", "-", *arguments]
    ran = subprocess.run(
        command, input=script, cwd=NPM, capture_output=True, text=True, timeout=patient(60), check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_signalr_in_node_hears_over_each_transport_and_returns_when_it_is_cut(instance: Instance, node: str) -> None:
    told = run(node, FOLLOW, str(instance.port))

    assert [one["name"] for one in told] == ["WebSockets", "ServerSentEvents", "LongPolling", "direct", "stateful"]
    for one in told:
        assert one["own"][-1] == "succeeded", one
        assert [text.split()[-1] for text in one["texts"]] == ["started", "succeeded"], one
        assert "The hub has no method 'Nothing'" in one["error"], one
        assert one["again"] == "succeeded", one


def test_the_example_of_the_page_for_programs_says_what_it_hears(instance: Instance, node: str) -> None:
    page = (ROOT / "docs" / "programs.md").read_text("utf-8")
    [example] = re.findall(r"^```js\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    job = instance.api.post("/api/v1/kinds/activity_report/start?wait=60", json={"params": {"days": 1}}).json()
    example = example.replace("127.0.0.1:8080", f"127.0.0.1:{instance.port}").replace("42", str(job["id"]))

    ran = said_by(node, f"{example}\nawait hub.stop();")

    assert f"{job['id']} succeeded" in ran.splitlines()


def test_an_agent_of_another_maker_runs_a_job_to_its_end(instance: Instance, folder: Folder, node: str) -> None:
    [told] = run(node, ACT, f"http://127.0.0.1:{instance.port}", str(folder.path))

    assert (told["job"]["state"], told["job"]["result"]) == ("succeeded", 2)
    assert instance.transitions(told["job"]["id"])[0].via == "mcp"
    assert isinstance(told["log"]["items"], list)
