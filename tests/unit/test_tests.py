"""The tests of a module are found where the module is: `tests/unit` is laid out as `app` is."""

import re
from pathlib import Path

UNIT = Path(__file__).parent
ROOT = UNIT.parents[1]
APP = ROOT / "app"
ELSEWHERE = {
    "api/agents": "unit/api/agents/test_server.py",
    "api/protocol/caller": "unit/api/test_jobs.py",
    "auth/changes": "unit/auth/test_visits.py",
    "auth/secret_texts": "unit/auth/test_tokens.py",
    "auth/openid/asking": "unit/processes/http/test_provider_door.py",
    "auth/openid/entering": "unit/processes/http/test_provider_door.py",
    "auth/openid/registration": "unit/processes/http/test_provider_door.py",
    "auth/openid/provider": "unit/processes/http/test_provider_door.py",
    "db/clock": "unit/db/lifecycle/test_totals.py",
    "db/queries/language/comparisons": "unit/db/queries/language/test_conditions.py",
    "db/queries/language/mistakes": "unit/db/queries/language/test_parser.py",
    "db/queries/language/pieces": "unit/db/queries/test_finding.py",
    "db/lifecycle/told": "unit/db/notices/test_deciding.py",
    "db/notices": "unit/db/notices/test_deciding.py",
    "db/queries/notices": "unit/api/test_notices.py",
    "db/queries/schedules": "unit/queue/acts/schedules",
    "db/schedules": "unit/queue/acts/schedules",
    "db/schema": "unit/db/test_migrations.py",
    "db/snapshots/notice": "unit/db/notices/test_deciding.py",
    "db/snapshots/view": "unit/db/test_views.py",
    "db/sql/limits": "unit/db/sql/test_engine.py",
    "db/sql/shape": "unit/db/test_migrations.py",
    "db/states": "unit/db/test_state_machine.py",
    "db/text_index": "unit/db/queries/test_finding.py",
    "jobs/backfill": "unit/queue/acts/schedules/test_backfilling.py",
    "kept_program": "unit/jobs/test_run_command.py",
    "outward/mail": "unit/jobs/test_send_notice.py",
    "outward/network": "unit/jobs/test_check_urls.py",
    "own_python": "unit/test_main.py",
    "pages/flow/asking": "ui/test_flow.py",
    "pages/history/live_rows": "ui/test_history.py",
    "pages/insights/reading": "ui/test_insights.py",
    "pages/jobs/acts": "ui/test_history.py",
    "pages/jobs/questions": "ui/test_dialogs.py",
    "pages/jobs/reader": "ui/test_history.py",
    "pages/live/own_sockets": "ui/test_rights.py",
    "pages/settings/account": "ui/test_accounts.py",
    "pages/settings/lists": "ui/test_accounts.py",
    "pages/settings/people": "ui/test_accounts.py",
    "pages/queues/acts": "ui/test_dashboard.py",
    "pages/workers/acts": "ui/test_workers.py",
    "processes/agents": "e2e/test_agents.py",
    "processes/fork_signals": "e2e/test_isolation.py",
    "processes/isolated": "unit/queue/isolation/test_pool.py",
    "processes/http/addresses": "unit/processes/http/test_sign_in.py",
    "processes/http/sign_in_page": "unit/processes/http/test_sign_in.py",
    "processes/otlp/figures": "unit/processes/otlp/test_exporting.py",
    "processes/otlp/job_log": "unit/processes/otlp/test_exporting.py",
    "processes/otlp/process_log": "unit/processes/otlp/test_exporting.py",
    "processes/otlp/requests": "unit/processes/otlp/test_exporting.py",
    "processes/otlp/sending": "unit/processes/otlp/test_exporting.py",
    "processes/otlp/spans": "unit/processes/otlp/test_exporting.py",
    "pages/job_log/choice": "unit/pages/job_log/test_reading.py",
    "processes/supervision/child": "e2e/test_supervisor.py",
    "processes/supervision/forking": "unit/processes/supervision/test_template.py",
    "processes/supervision/shape_watch": "e2e/test_stop_and_start.py",
    "processes/terminal/account_arguments": "unit/processes/terminal/test_accounts.py",
    "processes/terminal/import_file": "unit/processes/terminal/test_schedule.py",
    "processes/terminal/place": "e2e/test_terminal.py",
    "processes/terminal/schedule_arguments": "unit/processes/terminal/test_schedule.py",
    "processes/terminal/start": "e2e/test_terminal.py",
    "processes/web": "e2e/test_run.py",
    "processes/window": "unit/processes/window/test_window.py",
    "processes/worker": "e2e/test_stop_and_start.py",
    "queue/acts/notices": "unit/api/test_notices.py",
    "queue/acts/schedules/moving": "unit/queue/acts/schedules/moving",
    "queue/acts/schedules/planning": "unit/queue/acts/schedules/test_ahead.py",
    "queue/acts/schedules/rules": "unit/queue/acts/schedules",
    "queue/context/stop": "unit/queue/execution/test_children.py",
    "queue/events/listener": "e2e/test_redis_away.py",
    "queue/execution/surroundings/process_wide": "unit/queue/execution/test_process_settings.py",
    "queue/isolation/child": "unit/queue/isolation/test_pool.py",
    "queue/isolation/warm_child": "unit/queue/isolation/test_pool.py",
    "queue/repair/noticing": "unit/jobs/test_send_notice.py",
    "reports/page": "unit/jobs/test_data_report_page.py",
}
"""Modules, and whole folders, of `app` whose tests lie elsewhere below `tests`: processes, questions to a person, and
what only serves other modules and is tested through them. Every other module that decides something has a file.
"""
_FUNCTION = re.compile(r"^\s*(async )?def ", re.MULTILINE)
_DRAWING = re.compile(r"^(from|import) (nicegui|app\.pages\.widgets\.markup)", re.MULTILINE)


def is_there(folder: Path, name: str) -> bool:
    """Say whether a folder, below `app` or the root, holds a module, a package or a page of documentation so named."""
    files = (f"{name}.py", f"{name}/__init__.py", f"{name.replace('_', '-')}.md")
    return any((root / folder / file).is_file() for root in (APP, ROOT) for file in files)


def has_module(test: Path) -> bool:
    """Say whether `test_kinds.py`, or `test_kinds_idempotency.py`, lies as its module `kinds.py` does."""
    words = test.stem.removeprefix("test_").split("_")
    beginnings = ("_".join(words[:number]) for number in range(1, len(words) + 1))
    return any(is_there(test.parent.relative_to(UNIT), name) for name in beginnings)


def has_file(module: str) -> bool:
    """Say whether `test_kinds.py`, or `test_kinds_idempotency.py`, lies as the module `api/kinds` does.

    A folder inside a room may have one for all of it: `jobs/check_urls` has `unit/jobs/test_check_urls.py`.
    """
    places = [Path(module), *(one for one in Path(module).parents if len(one.parts) > 1)]
    return any(any((UNIT / one).parent.glob(f"test_{one.name}*.py")) for one in places)


def is_tested_elsewhere(module: str) -> bool:
    """Say whether a module, or a folder that it is in, is named in `ELSEWHERE`."""
    parts = module.split("/")
    return any("/".join(parts[:number]) in ELSEWHERE for number in range(1, len(parts) + 1))


def decides(module: str) -> bool:
    """Say whether a module has something to test that needs no page.

    One without any function only declares. One of the pages that loads NiceGUI draws: what people see of it is tested
    by `tests/ui` and `tests/browser`, a page at a time.
    """
    source = (APP / f"{module}.py").read_text(encoding="utf-8")
    draws = module.startswith("pages/") and _DRAWING.search(source) is not None
    return _FUNCTION.search(source) is not None and not draws


def test_each_file_lies_where_its_module_lies() -> None:
    assert [str(test.relative_to(UNIT)) for test in sorted(UNIT.rglob("test_*.py")) if not has_module(test)] == []


def test_each_module_that_decides_something_has_a_file_or_is_tested_elsewhere() -> None:
    modules = [str(file.relative_to(APP).with_suffix("")) for file in APP.rglob("*.py") if file.name != "__init__.py"]
    missing = [one for one in modules if decides(one) and not has_file(one) and not is_tested_elsewhere(one)]

    assert sorted(missing) == [], "make tests/unit/…/test_<module>.py, or say in ELSEWHERE what tests it"


def test_what_is_tested_elsewhere_is_there_and_has_no_file_of_its_own() -> None:
    stale = [one for one in ELSEWHERE if not is_there(Path(one).parent, Path(one).name) or has_file(one)]
    gone = [test for test in ELSEWHERE.values() if not (ROOT / "tests" / test).exists()]

    assert (stale, gone) == ([], [])
