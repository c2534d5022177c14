"""The style sheets of all parts, in the order in which browsers get them."""

from pathlib import Path

PAGES = Path(__file__).parent.parent
STYLES = (
    "shell/tokens.css",
    "shell/base.css",
    "first_paint/icons.css",
    "first_paint/outline.css",
    "shell/layout.css",
    "job/attempts.css",
    "job/approval/panel.css",
    "job/children.css",
    "widgets/dialog.css",
    "dashboard/page.css",
    "comparison/page.css",
    "previews/data_table.css",
    "job/earlier_runs.css",
    "start/fields/nested.css",
    "previews/file_list.css",
    "start/fields/field.css",
    "history/page.css",
    "history/column_choice/menu.css",
    "job/page.css",
    "job/facts.css",
    "job/head.css",
    "job/notes/note_list.css",
    "job/saved/checkpoint_card.css",
    "job_log/log.css",
    "jobs/job_table.css",
    "previews/json_tree.css",
    "start/questions/question.css",
    "start/offered.css",
    "job_log/tail.css",
    "previews/markdown_text.css",
    "shell/missing.css",
    "history/pager.css",
    "shell/palette.css",
    "history/narrowing.css",
    "insights/page.css",
    "widgets/placeholders.css",
    "widgets/progress_bar.css",
    "history/query_box.css",
    "queues/queue_list.css",
    "previews/result_view.css",
    "start/run_later.css",
    "dashboard/running_jobs.css",
    "widgets/segments.css",
    "history/selection/selection.css",
    "jobs/run_bars.css",
    "schedules/page.css",
    "schedules/band.css",
    "schedules/form.css",
    "shell/shortcuts.css",
    "start/dialog.css",
    "dashboard/start_list.css",
    "jobs/state_badge.css",
    "undo/undo_bar.css",
    "failures/failure_list.css",
    "dashboard/summary_strip.css",
    "dashboard/throughput.css",
    "job/timeline.css",
    "dashboard/up_next.css",
    "start/fields/upload_field.css",
    "job/waiting.css",
    "dashboard/worker_tiles.css",
    "workers/worker_card.css",
    "settings/page.css",
    "history/views/side.css",
)
"""Below `app/pages/`: each sheet lies beside the part that it is for. Of two rules that weigh the same the later one
wins, so the order is written down here: the tokens first, then what every page has, then the parts.
"""


def style_sheets() -> list[Path]:
    """Return the paths of all style sheets, in their order."""
    return [PAGES / name for name in STYLES]
