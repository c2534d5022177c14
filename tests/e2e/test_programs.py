"""`docs/programs.md`: its examples do what it says, against real processes. They run side by side, as programs do."""

import asyncio
import re
import subprocess
import sys

from tests.e2e.instance import ROOT, Instance
from tests.patience import patient

PAGE = (ROOT / "docs" / "programs.md").read_text("utf-8")
COMMANDS = re.findall(r"^python3 (main\.py .*)$", PAGE, re.MULTILINE)
"""Each is run by itself: where nothing runs on a data folder it would start what it needs."""


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


async def test_every_example_of_the_page_does_what_it_says(instance: Instance) -> None:
    here = f"127.0.0.1:{instance.port}"

    async def run(*words: str, text: str = "") -> str:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=instance.environment,
        )
        said = text.replace("127.0.0.1:8080", here).encode()
        output, errors = await asyncio.wait_for(process.communicate(said), patient(60))
        assert process.returncode == 0, f"{text or words}\n{errors.decode()}"
        return output.decode()

    programs = [run(sys.executable, "-", text=text) for text in examples("python")]
    shells = [run("bash", "-euo", "pipefail", text=text) for text in examples("bash")]
    folder = ("--data-dir", str(instance.data_dir))
    terminals = [run(sys.executable, *_words(command.replace("127.0.0.1:8080", here)), *folder) for command in COMMANDS]

    by_http, by_client, followed, by_signalr, by_websocket, by_agent, measured = await asyncio.gather(*programs)
    started, ready = await asyncio.gather(*shells)
    in_terminal, found, far_away = await asyncio.gather(*terminals)

    assert re.search(r"^#\d+: \d+ jobs$", by_http, re.MULTILINE)
    assert by_client.split()[-1] == "report.json"
    assert "succeeded" in by_client.splitlines()
    assert followed.split()[-1] == "succeeded"
    assert re.search(r"Activity report #\d+ started", by_signalr)
    assert re.search(r"Activity report #\d+ succeeded", by_signalr)
    assert re.search(r"^\d+ succeeded$", by_signalr, re.MULTILINE)
    assert re.search(r"Activity report #\d+ started", by_websocket)
    assert by_agent.split()[-1] == "succeeded"
    assert "'working': 2.0" in measured
    assert '"state":"succeeded"' in started
    assert '"workers":"ok"' in ready
    assert "report.json" in in_terminal
    assert re.search(r"^report\.json \(\d+ bytes\): http://" + here, far_away.replace(",", ""), re.MULTILINE)
    assert '"kind":"activity_report"' in found.replace('": ', '":')


def _words(command: str) -> list[str]:
    return [word.strip("'") for word in re.findall(r"'[^']*'|\S+", command)]
