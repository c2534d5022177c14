"""The arithmetic of `make bench`: ratios within a round, quantiles, what is missing. The measuring is no test."""

import pytest

from bench.throughput.results import Results


def test_ratio_of_rounds_that_differ_compares_within_each_round() -> None:
    results = Results()
    # The second round had half of the machine: both are slower, and the ratio stays.
    for round_number, ours, theirs in ((1, 3000.0, 2000.0), (2, 1500.0, 1000.0), (3, 3200.0, 2000.0)):
        results.add("ours", round_number, {"per_second": ours})
        results.add("theirs", round_number, {"per_second": theirs})
    assert results.ratios("ours", "theirs") == [1.5, 1.5, 1.6]
    assert results.ratio("ours", "theirs") == 1.5


def test_ratio_of_a_round_without_the_other_leaves_it_out() -> None:
    results = Results()
    results.add("ours", 1, {"per_second": 10.0, "per_second_bulk": 30.0})
    results.add("ours", 2, {"per_second": 40.0})
    results.add("theirs", 1, {"per_second": 20.0})
    results.add_failure("theirs", "throughput", "the workers ended")
    assert results.ratios("ours", "theirs") == [0.5]
    assert results.ratio("ours", "theirs", "per_second_bulk") == 1.5
    assert results.ratio("ours", "nobody") is None


def test_ratio_may_be_taken_of_another_figure() -> None:
    results = Results()
    results.add("ours", 1, {"drained": 60.0})
    results.add("theirs", 1, {"per_second": 10.0, "drained": 20.0})
    assert results.ratio("ours", "theirs", "drained", of="drained") == 3.0


def test_failures_of_one_reason_are_one_sentence() -> None:
    results = Results()
    for part in ("throughput", "start", "start"):
        results.add_failure("Jobdeck", part, "the workers ended")
    assert results.failures() == ["Jobdeck, no figures for throughput, start: the workers ended"]


@pytest.mark.parametrize(("share", "expected"), [(0.5, 11.0), (0.95, 20.0)])
def test_quantile_is_over_the_samples_of_all_rounds(share: float, expected: float) -> None:
    results = Results()
    results.add_pick_ups("ours", [float(value) for value in range(20, 10, -1)])
    results.add_pick_ups("ours", [float(value) for value in range(10, 0, -1)])
    assert results.quantile("ours", share) == expected
    assert results.quantile("theirs", share) is None


def test_memory_is_the_sum_of_all_processes() -> None:
    results = Results()
    results.add_memory({"main": 50.0, "web": 100.0, "worker": 120.0})
    assert results.memory() == 270.0
