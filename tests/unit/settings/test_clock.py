"""Can a process' clock be made wrong, and only by as much as was asked?"""

from datetime import timedelta

from shared import clock


def test_a_clock_that_is_made_wrong_is_wrong_by_so_much_until_it_is_set_right() -> None:
    before = clock.now()
    try:
        clock.go_wrong(-3600)
        behind = before - clock.now()
    finally:
        clock.go_wrong(0)
    assert timedelta(minutes=50) < behind <= timedelta(hours=1)
    assert clock.now() >= before
