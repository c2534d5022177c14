"""Acts as commands."""

import json
import shlex

from app.pages.job.copies import curl


def test_curl_quotes_what_is_in_the_body() -> None:
    params = {"path": "it's; rm -rf $HOME `x`", "n": 1}

    command = curl("http://127.0.0.1:8080", "POST", "/kinds/a/start", {"params": params})

    words = shlex.split(command)
    assert words[-1] == "http://127.0.0.1:8080/api/v1/kinds/a/start"
    assert json.loads(words[words.index("-d") + 1]) == {"params": params}
