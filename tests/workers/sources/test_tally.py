from collections.abc import Callable

import pytest

from workers.errors import (
    BrokenFile,
    Cancelled,
    DownloadFailed,
    EarthScapeError,
    InvalidInput,
    LimitExceeded,
    StoreUnavailable,
    UnsafeInput,
)
from workers.sources.tally import Arrived, Failures, Tally


def failing(error: EarthScapeError) -> Callable[[], str]:
    def run() -> str:
        raise error

    return run


def test_bytes_that_are_begun_anew_count_once() -> None:
    tally = Tally(3, 1000)
    tally.count("a", 500, None)
    tally.count("a", 100, 300)
    tally.count("b", 50, None)
    tally.finish()
    assert tally.arrived() == Arrived(files=1, begun=2, of=3, size=150, announced=350)


def test_what_is_announced_counts_against_the_limit() -> None:
    tally = Tally(2, 1000)
    tally.count("a", 0, 600)
    tally.count("a", 600, 600)
    tally.count("b", 0, 400)
    with pytest.raises(LimitExceeded, match="may have 1,000 bytes in all"):
        tally.count("b", 0, 401)


def test_nothing_is_raised_where_nothing_failed() -> None:
    failures = Failures(1)
    assert failures.bear(0, lambda: "kept") == "kept"
    failures.check()


def test_of_one_failure_its_own_error_is_raised() -> None:
    failures = Failures(2)
    assert failures.bear(0, failing(BrokenFile("a.tif", "is cut off"))) is None
    with pytest.raises(InvalidInput, match=r"^a\.tif: is cut off$"):
        failures.check()


def test_several_are_told_in_their_order() -> None:
    failures = Failures(9)
    failures.bear(5, failing(DownloadFailed("tile B: gone")))
    failures.bear(2, failing(InvalidInput("tile A: broken")))
    with pytest.raises(DownloadFailed, match=r"^2 of 9 files cannot be had:\n- tile A: broken\n- tile B: gone$"):
        failures.check()


def test_twenty_are_enough() -> None:
    failures = Failures(21)
    for number in range(19):
        failures.bear(number, failing(DownloadFailed(f"tile {number}")))
    with pytest.raises(
        DownloadFailed, match=r"^20 of 21 files cannot be had; not all were tried:\n- tile 0\n- tile 1\n"
    ):
        failures.bear(19, failing(DownloadFailed("tile 19")))


@pytest.mark.parametrize("kind", [Cancelled, LimitExceeded, StoreUnavailable, UnsafeInput])
def test_what_concerns_more_than_one_file_is_not_borne(kind: type[EarthScapeError]) -> None:
    with pytest.raises(kind, match="at once"):
        Failures(2).bear(0, failing(kind("at once")))
