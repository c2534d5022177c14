"""How often a password may be tried."""

from app.auth.throttle import Throttle
from app.errors import TooMany


class Clock:
    """Seconds that grow when the test says so."""

    seconds = 1000.0

    def __call__(self) -> float:
        """Return them."""
        return self.seconds


def wait(throttle: Throttle, name: str, address: str, *, is_known: bool = False) -> int:
    """Return how long a try has to wait."""
    try:
        throttle.require_turn(name, address, is_known=is_known)
    except TooMany as error:
        return error.wait_seconds
    return 0


def test_who_mistypes_waits_for_seconds_then_longer_and_begins_anew_after_a_success() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(5):
        assert wait(throttle, "ann", "home") == 0
        throttle.failed("ann", "home")
    assert wait(throttle, "ann", "home") in range(5, 8)
    clock.seconds += 8
    assert wait(throttle, "ann", "home") == 0
    throttle.failed("ann", "home")
    assert wait(throttle, "ann", "home") in range(10, 13)

    throttle.succeeded("ann", "home")
    assert wait(throttle, "ann", "home") == 0


def test_a_stranger_keeps_nobody_from_coming_in_elsewhere() -> None:
    throttle = Throttle(Clock())
    for _ in range(20):
        throttle.failed("ann", "stranger")
    assert wait(throttle, "ann", "stranger") > 60
    assert wait(throttle, "ann", "home") == 0


def test_many_strangers_keep_nobody_from_coming_in_where_they_are_known() -> None:
    throttle = Throttle(Clock())
    for number in range(150):
        throttle.failed("ann", f"10.0.0.{number}")
    assert wait(throttle, "ann", "10.0.1.1") > 0
    assert wait(throttle, "ann", "home", is_known=True) == 0


def test_one_address_that_goes_through_names_waits() -> None:
    throttle = Throttle(Clock())
    for number in range(40):
        throttle.failed(f"name{number}", "stranger")
    assert wait(throttle, "another", "stranger") > 60


def test_nothing_is_kept_for_ever() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(50):
        throttle.failed("ann", "stranger")
    assert wait(throttle, "ann", "stranger") == 900
    clock.seconds += 3601
    assert wait(throttle, "ann", "stranger") == 0


def test_how_many_tries_are_free_is_a_setting() -> None:
    throttle = Throttle(Clock(), tries=1)
    throttle.failed("ann", "home")
    assert wait(throttle, "ann", "home") > 0
