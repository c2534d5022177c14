"""What may be written after `python main.py schedule`."""

import argparse

ACTS = (
    "list",
    "show",
    "add",
    "edit",
    "pause",
    "resume",
    "run",
    "remove",
    "next",
    "lint",
    "import",
    "backfill",
    "export",
)


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", *, parents: list[argparse.ArgumentParser]
) -> None:
    """Say what can be asked for: to `commands`, the sub-parsers of the command line."""
    parser = commands.add_parser(
        "schedule",
        parents=parents,
        help="list, add, pause, run and remove schedules",
        description="Work on schedules, while Jobdeck runs or not. Exit status: 0, 1 database away, 2 bad input.",
        epilog="As: schedule add import_rows path=/data --cron '0 3 * * *' --zone Europe/Berlin",
    )
    parser.add_argument("act", choices=ACTS, metavar="ACT", help=", ".join(ACTS))
    parser.add_argument(
        "target", nargs="?", default="", metavar="ID", help="its number; a kind to add; an expression; a file"
    )
    parser.add_argument("values", nargs="*", default=[], metavar="name=value", help="params, as of start")
    parser.add_argument("--cron", action="append", metavar="EXPRESSION", help="when; may be repeated")
    parser.add_argument("--every", type=int, metavar="SECONDS", help="instead: so many seconds apart")
    parser.add_argument("--from-start", action="store_true", help="of --every: counted from the start before")
    parser.add_argument("--at", metavar="TIME", help="instead: once, as 2027-01-31T08:30")
    parser.add_argument("--zone", metavar="ZONE", help="as Europe/Berlin (UTC)")
    parser.add_argument("--exclude", action="append", metavar="DAY", help="a local day without it, as 2027-12-24")
    parser.add_argument("--holidays", metavar="PLACE", help="days without it: public holidays of DE, or of DE-BY")
    parser.add_argument("--calendar", metavar="FILE", help="days without it: those of a calendar file (.ics)")
    parser.add_argument("--not-between", action="append", metavar="FROM-UNTIL", help="hours without it: 22:00-06:00")
    parser.add_argument("--misfire", metavar="POLICY", help="what was missed: once, all or skip")
    parser.add_argument("--misfire-after", type=int, metavar="SECONDS", help="less late than that is in time (60)")
    parser.add_argument("--overlap", metavar="POLICY", help="allow, skip, wait or cancel")
    parser.add_argument("--late-after", type=int, metavar="SECONDS", help="then it is overdue; 0: as it is learned")
    parser.add_argument("--pause-after-failures", type=int, metavar="N", help="of so many in a row; 0: it goes on")
    parser.add_argument("--name", metavar="TEXT", help="what to call it")
    parser.add_argument("--until", metavar="TIME", help="of a pause: when it ends; of backfill: up to when")
    parser.add_argument("--since", metavar="TIME", help="of backfill: from when on, as 2027-01-31T08:30")
    parser.add_argument("--reason", default="", metavar="TEXT", help="of a pause: why")
    parser.add_argument("--count", type=int, default=10, metavar="N", help="so many instants to come (10)")
    parser.add_argument("--format", metavar="NAME", help="of import: crontab, systemd or celery (told by the file)")
    parser.add_argument(
        "--kind", action="append", default=[], metavar="TASK=KIND", help="of import: what stands for a Celery task"
    )
    parser.add_argument("--system", action="store_true", help="of import: each line of the crontab names a user")
    parser.add_argument(
        "--yes", action="store_true", help="of import: make the schedules; else they are only shown; of run: do not ask"
    )
    parser.add_argument("--json", action="store_true", help="of list, show and import: for programs")
