import os

import pytest

from pytest_tracks.checks import file as file_module
from pytest_tracks.checks.file import FileKind
from pytest_tracks.core.verdict import Outcome

KIND = FileKind()


@pytest.fixture
def judge(carry_out):
    def run(value):
        return carry_out(KIND, value)

    return run


@pytest.mark.parametrize(
    ("written", "params"),
    [
        ("docs/a.md", {"path": "docs/a.md"}),
        ({"path": "./docs//a.md"}, {"path": "docs/a.md"}),
        ({"path": "a", "contains": "x"}, {"path": "a", "contains": ("x",)}),
        ({"path": "a", "contains": ["x", "y"]}, {"path": "a", "contains": ("x", "y")}),
        (
            {"path": "a", "matches": "^x", "min_lines": "3", "absent": "false"},
            {"path": "a", "matches": "^x", "min_lines": 3},
        ),
        ({"path": "a", "absent": "true"}, {"path": "a", "absent": True}),
    ],
)
def test_read(read, written, params):
    assert read(KIND, written).params == params


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("/etc/passwd", "bad-path"),
        ({"path": "../x"}, "bad-path"),
        ({"contains": "x"}, "missing-key"),
        ({"path": "a", "contian": "x"}, "unknown-key"),
        ({"path": "a", "contains": []}, "empty-list"),
        ({"path": "a", "matches": "(x"}, "bad-regex"),
        ({"path": "a", "matches": "x{99999999999999999999}"}, "bad-regex"),
        ({"path": "a", "min_lines": "0"}, "wrong-type"),
        ({"path": "a", "min_lines": "-1"}, "wrong-type"),
        ({"path": "a", "absent": "no"}, "wrong-type"),
        ({"path": "a", "absent": "true", "contains": "x"}, "contradiction"),
        (["a", "b"], "wrong-type"),
        ("", "wrong-type"),
    ],
)
def test_refused(read, written, code):
    assert read(KIND, written).error.code == code


def test_misspelt_key_is_answered_with_the_nearest(read):
    assert "'contains'" in read(KIND, {"path": "a", "contian": "x"}).error.hint


def test_pattern_that_an_empty_file_matches_is_doubtful(read):
    found = read(KIND, {"path": "a", "matches": ".*"})
    assert [warning.code for warning in found.warnings] == ["weak-regex"]
    assert found.params["matches"] == ".*"


def test_file_exists(judge, root):
    (root / "a.md").write_text("x")
    assert judge("a.md").outcome is Outcome.PASSED


def test_file_is_missing(judge):
    result = judge("a.md")
    assert result.outcome is Outcome.FAILED
    assert result.gap == "a.md does not exist"


def test_all_that_is_asked_must_hold(judge, root):
    (root / "a.md").write_text("one\n\ntwo\n")
    assert judge(
        {"path": "a.md", "contains": ["one", "two"], "matches": "^two$", "min_lines": "2"}
    ) == judge({"path": "a.md", "contains": "o", "matches": "o", "min_lines": "1"})
    result = judge(
        {"path": "a.md", "contains": ["one", "three"], "matches": "^wo", "min_lines": "3"}
    )
    assert result.outcome is Outcome.FAILED
    assert result.gap == "a.md does not contain 'three'"
    assert "does not match '^wo'" in result.detail
    assert "has 2 lines that are not blank, fewer than 3" in result.detail
    assert "'one'" not in result.detail


def test_text_of_windows_with_a_mark_at_its_start(judge, root):
    (root / "a").write_bytes(b"\xef\xbb\xbffirst\r\nsecond\r\n")
    value = {"path": "a", "contains": "first\nsecond", "matches": "^first$"}
    assert judge(value).outcome is Outcome.PASSED


def test_bytes_that_are_no_text_do_not_raise(judge, root):
    (root / "a").write_bytes(b"\xff\xfe\x00needle\x00")
    assert judge({"path": "a", "contains": "needle"}).outcome is Outcome.PASSED
    assert judge({"path": "a", "contains": "\ufffd\ufffd\ufffd\ufffd"}).outcome is Outcome.FAILED


def test_absent(judge, root):
    assert judge({"path": "a", "absent": "true"}).outcome is Outcome.PASSED
    (root / "a").symlink_to("nowhere")  # a dangling link is there
    assert judge({"path": "a", "absent": "true"}).gap == "a exists, and must not"
    (root / "b").write_text("")
    assert judge({"path": "b/c", "absent": "true"}).outcome is Outcome.PASSED


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_absence_that_cannot_be_told_is_no_pass(judge, root):
    (root / "shut").mkdir(mode=0o000)
    result = judge({"path": "shut/a", "absent": "true"})
    (root / "shut").chmod(0o700)
    assert result.outcome is Outcome.FAILED
    assert "cannot be read" in result.gap


def test_absence_under_a_name_that_cannot_be_looked_up_is_no_pass(judge):
    result = judge({"path": "x" * 5000, "absent": "true"})
    assert result.outcome is Outcome.FAILED
    assert "errno" in result.gap


@pytest.mark.parametrize("value", ["thing", {"path": "thing", "contains": "x"}])
def test_fault_21_what_is_no_regular_file_is_refused_without_a_hang(judge, root, value):
    thing = root / "thing"
    os.mkfifo(thing)
    assert judge(value).gap == "thing is no regular file"
    thing.unlink()
    thing.mkdir()
    assert judge(value).gap == "thing is a folder, not a file"
    thing.rmdir()
    thing.symlink_to("/dev/zero")
    assert judge(value).gap == "thing leads out of the project through a symbolic link"
    thing.unlink()
    thing.symlink_to("thing")
    assert judge(value).outcome is Outcome.FAILED


def test_link_inside_the_project(judge, root):
    (root / "real").write_text("x")
    (root / "link").symlink_to("real")
    assert judge({"path": "link", "contains": "x"}).outcome is Outcome.PASSED


def test_file_that_is_too_large_is_not_read(judge, root, monkeypatch):
    monkeypatch.setattr(file_module, "LARGEST_SEARCHED", 10)
    (root / "a").write_text("needle " * 10)
    assert judge("a").outcome is Outcome.PASSED
    assert judge({"path": "a", "contains": "needle"}).gap.startswith("a is too large")


def test_fault_45_secret_in_the_plan_is_masked(carry_out, context, root):
    context.environment["API_TOKEN"] = "hush-hush-42"
    (root / "a").write_text("")
    result = carry_out(KIND, {"path": "a", "contains": "key: hush-hush-42"})
    assert result.gap == "a does not contain 'key: ***'"
    assert "hush" not in result.detail
