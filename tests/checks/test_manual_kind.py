from dataclasses import replace

import pytest

from pytest_tracks.checks.manual import ManualKind
from pytest_tracks.core.kinds import Remembered
from pytest_tracks.core.model import Criterion
from pytest_tracks.core.sign_off import Standing
from pytest_tracks.core.verdict import Outcome
from tests.checks.conftest import PLACE

KIND = ManualKind()


def test_what_may_be_said(read):
    assert read(KIND, "true").params == {}
    given = read(KIND, "true", expires="90d", covers=["src/**", "./docs/a.yaml"])
    assert given.params == {"expires": 90, "covers": ("src/**", "docs/a.yaml")}
    assert read(KIND, "true", expires="2w").params == {"expires": 14}


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        ("false", {}, "'manual: false' is none"),
        ("yes", {}, "'manual' is 'yes'"),
        ("true", {"expires": "soon"}, "'expires' is 'soon'"),
        ("true", {"expires": "0d"}, "'expires' is '0d'"),
        ("true", {"covers": []}, "'covers' names no file"),
        ("true", {"covers": "../x"}, "leads out of the project"),
    ],
)
def test_what_may_not(read, value, options, message):
    assert message in read(KIND, value, **options).error.message


def test_it_passes_by_a_signature_alone(read, context):
    criterion = Criterion("AC-005", "Reviewed", read(KIND, "true").check, PLACE)
    unsigned = KIND.run(criterion, context)
    assert (unsigned.outcome, unsigned.gap) == (Outcome.PENDING, "not signed yet")
    assert "pytest-tracks sign-off TASK-004 AC-005 --by NAME" in unsigned.recommended_fix
    for is_signed, outcome in ((True, Outcome.PASSED), (False, Outcome.PENDING)):
        told = replace(context, remembered=Remembered(standing=Standing(is_signed, "by ada")))
        assert KIND.run(criterion, told).outcome is outcome
