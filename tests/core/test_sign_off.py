import itertools

import pytest

from pytest_tracks.core.sign_off import SignOff, expiry, latest, standing_of

NOW = "2026-03-01T12:00:00.000Z"
GIVEN = SignOff("ada", "2026-01-01T12:00:00.000Z", "d" * 40, "seen", None, attended=True)


def judged(sign_off=GIVEN, *, digest="d" * 40, **more):
    return standing_of(sign_off, digest=digest, now=NOW, **more)


def test_what_is_signed_as_it_is_is_signed():
    standing = judged(reviewers=["bob", "ada"], days=90)
    assert standing.is_signed
    assert standing.words == (
        "signed by ada on 2026-01-01 (digest dddddddddddd), good until 2026-04-01"
    )


@pytest.mark.fault(60)
@pytest.mark.parametrize(
    ("given", "more", "why"),
    [
        (None, {}, "not signed yet"),
        (GIVEN, {"digest": "e" * 40}, "has changed since (now eeeeeeeeeeee)"),
        (GIVEN, {"days": 30}, "expired on 2026-01-31"),
        (GIVEN, {"reviewers": ("bob",)}, "who is not under 'reviewers'"),
        (GIVEN, {"digest": ""}, "matches no file"),
    ],
)
def test_fault_60_what_does_not_hold_is_not_signed(given, more, why):
    standing = judged(given, **more)
    assert not standing.is_signed
    assert why in standing.words
    if given is not None and more.get("digest") != "":
        assert "ada on 2026-01-01 (digest dddddddddddd)" in standing.words


def test_a_life_prolonged_later_revives_nothing():
    given = SignOff("ada", GIVEN.at, GIVEN.digest, "", expiry(GIVEN.at, 30))
    assert not judged(given, days=365).is_signed
    assert not judged(given, days=None).is_signed


def test_it_ends_at_the_very_moment():
    ends = expiry(GIVEN.at, 59)
    assert ends == "2026-03-01T12:00:00.000Z"
    assert not judged(days=59).is_signed
    assert judged(days=60).is_signed


def test_the_latest_counts_whatever_the_order():
    later = SignOff("bob", "2026-02-01T00:00:00.000Z", "x")
    for order in itertools.permutations([GIVEN, later, GIVEN]):
        assert latest(*order) == later
