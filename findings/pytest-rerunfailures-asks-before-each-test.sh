#!/usr/bin/env bash
# pytest-rerunfailures with pytest-xdist: each test waits some 40 ms before it begins, also one that is marked never to be run again.
#
# Guess: a test marked flaky(reruns=0) costs what it costs without the mark.
# Instead: its process asks the controller over TCP how often the test has failed, then tells it something without an answer. The
# next question is the second small write in a row, which Linux holds back until the first is acknowledged, 40 ms later at most.
# Hurts: thousands of tests of some milliseconds each take twice as long, with idle processors. --rerun-exclude-path asks nothing.
# Source: get_test_failures and set_test_reruns in pytest_runtest_protocol; Nagle's algorithm and delayed acknowledgements, tcp(7).
# Linux. The limit is wide: 200 tests wait 8 s where they are asked about.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pytest==9.0.2" "pytest-xdist==3.8.0" "pytest-rerunfailures==16.7"
mkdir "$folder/tests"
cat > "$folder/tests/test_nothing.py" <<'PYTHON'
import pytest


@pytest.mark.parametrize("number", range(200))
def test_plain(number):
    pass
PYTHON
sed 's/^def /@pytest.mark.flaky(reruns=0)\ndef /; s/test_plain/test_marked/' "$folder/tests/test_nothing.py" > "$folder/tests/test_marked.py"
cd "$folder"
run() { # seconds of the tests alone
    venv/bin/python -m pytest -q -p no:cacheprovider --numprocesses 1 "$@" | grep -oE "200 passed in [0-9.]+" | grep -oE "[0-9.]+$"
}
plain=$(run tests/test_nothing.py)
marked=$(run tests/test_marked.py)
excluded=$(run --reruns 1 --rerun-exclude-path tests tests/test_marked.py)
venv/bin/pip list --disable-pip-version-check 2> /dev/null | grep -E "^pytest"
echo "200 empty tests, seconds: plain $plain, marked flaky(reruns=0) $marked, excluded by their path $excluded"
awk -v plain="$plain" -v marked="$marked" -v excluded="$excluded" 'BEGIN { exit !(marked > plain + 4 && excluded < plain + 3) }'
