#!/usr/bin/env bash
# holidays: to set the name of a day adds to the name that is there.
#
# Guess: `calendar[day] = name` sets a name, as in every dict: twice the same is once, and a company's name for a day replaces the public one.
# Instead: names pile up: two assignments give "Site closed; Works outing", a company's name stands beside the public one, and update() does the same. Only the same name twice is once.
# Hurts: job schedules that skip holidays and keep a company's own days in the calendar: what was corrected is still there under its old name.
# Source: __setitem__ of HolidayBase appends the value to what is there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "holidays==0.109"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import holidays

days = holidays.country_holidays("US", years=2026)
days["2026-02-02"] = "Site closed"
days["2026-02-02"] = "Works outing"
days["2026-01-01"] = "Inventory"
days.update({"2026-02-02": "Stocktaking"})
seen = [days["2026-02-02"], days["2026-01-01"]]
print("holidays", version("holidays"))
print("expected: ['Stocktaking', 'Inventory']")
print(f"seen:     {seen}")
sys.exit(not ("Works outing" in seen[0] and "Site closed" in seen[0] and "New Year" in seen[1]))
PYTHON
