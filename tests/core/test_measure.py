from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.measure import KEPT, Measure, baseline_of, joined

measures = st.builds(
    Measure,
    at=st.integers(1, 99).map(lambda day: f"2026-01-01T00:00:{day:02}Z"),
    value=st.integers(0, 9).map(float),
    passed=st.booleans(),
    definition=st.sampled_from(["one", "other"]),
)
series = st.lists(measures, max_size=KEPT * 2)


@given(series, series, series)
def test_joining_has_no_order_and_no_count(one, two, three):
    left, right = joined(joined(one, two), three), joined(one, joined(three, two))
    assert left == right == joined(left, right, left)
    assert joined(one) == joined(one, one)


@given(series)
def test_the_last_ones_and_the_last_pass_stay(measures):
    kept = joined(measures)
    assert len(kept) <= KEPT + 1
    assert max(kept, default=None, key=lambda one: one.at) is None or kept[-1].at == max(
        one.at for one in measures
    )
    passed = [one.at for one in measures if one.passed]
    assert max((one.at for one in kept if one.passed), default=None) == max(passed, default=None)


def test_the_baseline_is_of_the_last_pass_of_this_definition():
    one = Measure("2026-01-01", 1.0, passed=True, definition="d")
    two = Measure("2026-01-02", 2.0, passed=True, definition="d")
    failed = Measure("2026-01-03", 3.0, passed=False, definition="d")
    other = Measure("2026-01-04", 4.0, passed=True, definition="other")
    assert baseline_of([two, one, failed, other], "d") == two
    assert baseline_of([failed, other], "d") is None
