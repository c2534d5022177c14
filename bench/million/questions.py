"""The queries that are measured: what a person or a program may ask of a long history."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from bench.million.story import RARE_WORD


def questions() -> Mapping[str, str]:
    """Return what is asked, in words, and the query of the address."""
    now = datetime.now(UTC)
    hour, day, month = (now - timedelta(**{unit: number}) for unit, number in (("hours", 1), ("days", 1), ("days", 30)))
    asked: dict[str, dict[str, str]] = {
        "first page": {},
        "a state": {"state": "failed"},
        "a kind": {"kind": "send_mail"},
        "a queue, common": {"queue": "mail"},
        "a queue, rare": {"queue": "rare"},
        "a queue, unknown": {"queue": "nowhere"},
        "a word, selective": {"q": RARE_WORD},
        "a word, unselective": {"q": "mirror"},
        "a word that no job has": {"q": "zzyzx"},
        "two letters, common": {"q": "in"},
        "two letters, rare": {"q": "xy"},
        "a number": {"q": "#5000"},
        "one word OR another": {"q": f"{RARE_WORD} OR zzyzx"},
        "NOT a word": {"q": "-mirror"},
        "state and kind pattern": {"q": "state:failed kind:import_*"},
        "a phrase": {"q": '"rows of velvet"'},
        "a parameter path": {"q": "params.customer.id:123"},
        "a parameter path, no hit": {"q": "params.customer.id:99999999"},
        "an error's text": {"q": 'error:"timed out"'},
        "a result's text": {"q": "result:orchid"},
        "a tag, common": {"q": "tag:nightly"},
        "a tag, rare": {"q": "tag:rare"},
        "a person": {"q": "by:ops"},
        "a long duration": {"q": "duration:>30s"},
        "the last hour": {"since": hour.isoformat()},
        "a day, 30 days ago": {"since": month.isoformat(), "until": (month + timedelta(days=1)).isoformat()},
        "the last day, in words": {"q": "after:1d"},
        "a kind in the last day": {"kind": "import_readings", "since": day.isoformat()},
    }
    for column in ("id", "started_at", "finished_at", "run_seconds"):
        asked |= {f"by {column}, {way}": {"sort": f"{sign}{column}"} for way, sign in (("up", ""), ("down", "-"))}
    for column in ("started_at", "finished_at", "run_seconds"):
        asked[f"a kind by {column}"] = {"sort": f"-{column}", "kind": "import_orders"}
        asked[f"a state by {column}"] = {"sort": f"-{column}", "state": "failed"}
    asked["a queue by run_seconds"] = {"sort": "-run_seconds", "queue": "reports"}
    return {name: urlencode(query) for name, query in asked.items()}
