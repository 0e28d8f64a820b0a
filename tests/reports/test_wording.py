from __future__ import annotations

import pytest

from pytest_tracks.reports.wording import duration, enumeration, hours, plural


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (-3, "0.0 s"),
        (0.4 / 60, "0.4 s"),
        (9.96 / 60, "10 s"),
        (38 / 60, "38 s"),
        (89.4 / 60, "89 s"),
        (89.6 / 60, "1.5 min"),
        (4, "4 min"),
        (9.97, "10 min"),
        (45, "45 min"),
        (62, "62 min"),
        (89.7, "1.5 hours"),
        (150, "2.5 hours"),
        (330, "5.5 hours"),
    ],
)
def test_duration(minutes: float, shown: str) -> None:
    assert duration(minutes) == shown


def test_hours() -> None:
    assert [hours(42), hours(1), hours(2.5)] == ["42 hours", "1 hour", "2.5 hours"]
    assert [hours(2.5, short=True), hours(10_159.5, short=True)] == ["2.5 h", "10,159.5 h"]


def test_plural() -> None:
    assert [plural(1, "iteration"), plural(3, "iteration")] == ["1 iteration", "3 iterations"]
    assert [plural(1, "criterion", "criteria"), plural(0, "criterion", "criteria")] == [
        "1 criterion",
        "0 criteria",
    ]


def test_enumeration_counts_what_it_leaves_out() -> None:
    assert enumeration(["a", "b", "c"]) == "a, b, c"
    assert enumeration(["a", "b", "c", "d", "e"]) == "a, b, c, … 2 more"
