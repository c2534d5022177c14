"""The paths that columns can be made of."""

import pytest

from app.auth.visits import Identity, Visit, present
from app.db.queries.jobs import get_job
from app.pages.history.column_choice.paths import paths_in
from app.queue import JobContext, job
from app.rights import Rights, Role
from tests import store

pytestmark = pytest.mark.usefixtures("room")


def test_paths_lead_to_each_value_of_params_and_results_and_to_what_is_known_besides() -> None:
    message = store.stored(params={"customer": {"id": 3, "odd.name": 1}, "empty": {}, "rows": [1, 2]})
    store.claimed(message)
    store.done(message, result={"total": {"net": 1}})

    found = paths_in([get_job(message.job_id)], known=["customer.id", "other"])

    assert found == ["params.customer.id", "params.empty", "params.rows", "result.total.net", "params.other"]


def test_a_result_that_has_no_fields_and_a_job_without_params_offer_nothing() -> None:
    message = store.stored()
    store.claimed(message)
    store.done(message, result="12 rows")

    assert paths_in([get_job(message.job_id)]) == []


def test_of_a_private_kind_only_the_names_of_params_are_offered_to_a_viewer() -> None:
    @job(title="Pay", private=True)
    def pay(ctx: JobContext, to: str) -> None:
        """Pay."""

    message = store.stored(kind="pay", params={"to": {"iban": "DE1"}})

    visit = Visit("vera")
    visit.identity = Identity(account="vera", rights=Rights(role=Role.VIEWER))

    before = present.set(visit)
    try:
        assert paths_in([get_job(message.job_id)]) == ["params.to"]
    finally:
        present.reset(before)
