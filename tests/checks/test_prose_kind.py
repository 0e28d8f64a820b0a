from pytest_tracks.checks.prose import ProseKind


def test_has_no_key_of_its_own(read):
    error = read(ProseKind(), "Login works").error
    assert error.code == "unknown-key"
    assert "leave it out" in error.hint


def test_cannot_be_run():
    assert not hasattr(ProseKind(), "run")
