from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tracks.formats.shell_commands import ShellCommand, read_commands
from pytest_tracks.formats.shell_statements import statements


def read(script: str) -> tuple[ShellCommand, ...]:
    return read_commands(textwrap.dedent(script))


def only(script: str) -> ShellCommand:
    (command,) = read(script)
    return command


@pytest.mark.parametrize(
    "code",
    [
        "echo 'a\nb' | cat",
        'grep "x\ny" f',
        "make \\\n  -j2",
        "cat <<EOF > f\nfor x in\nEOF",
        "cat <<-'END'\n\tif (\n\tEND",
        "for x in a b; do\n  test $x\ndone",
        "if test -f a; then\n  cat a\nfi",
        "while read x; do\n  case $x in\n    a) true ;;\n    *) false ;;\n  esac\ndone < f",
        "f || {\n  echo 'no'\n  exit 1\n}",
        "(\n  cd src\n  make\n)",
        "x=$(\n  make\n)",
        "a |\n  b",
        "a &&\nb",
        "echo ${x:-{a,b} } | cat",
        "test $(ls | wc -l) -gt 3 && grep -c 'for' f",
        "echo done | cat",
    ],
)
def test_a_statement_may_have_several_lines(code: str) -> None:
    found = [one for one in statements(f"first\n{code}\nlast") if not one.is_blank]
    assert [one.code for one in found] == ["first", code, "last"]
    assert all(one.complete for one in found)


@pytest.mark.parametrize("code", ["echo 'open", "for x in a; do", "cat <<EOF\nx", "( a", "a |"])
def test_what_has_no_end_is_not_run(code: str) -> None:
    command = read_commands(code)[-1]
    assert "no end" in command.doubt


@given(st.text(alphabet="ab '\"`\\$(){}|&;<>#\n\tEOFdoneif=-", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_cut_without_loss(script: str) -> None:
    lines = [one.line for one in statements(script)]
    assert lines == sorted(set(lines))
    for command in read_commands(script):
        assert command.code.strip()


def test_a_comment_is_the_text_of_its_command() -> None:
    one, two, three, four = read(
        """
        # Check the schema
        make check
        # Run both
        a --x
        b --y   # quickly

        c --z
        """
    )
    assert (one.text, one.line) == ("Check the schema", 3)
    assert (two.text, three.text) == ("Run both: `a --x`", "Run both: `b --y`")
    assert (four.text, four.code) == ("`c --z`", "c --z")


def test_what_prepares_goes_before_each_command_behind_it() -> None:
    one, two = read("cd app\nexport X=1\nNAME=$(git describe | head -1)\nmake\nmake lint\n")
    assert one.script == "cd app\nexport X=1\nNAME=$(git describe | head -1)\nmake"
    assert two.script.endswith("\nmake lint")
    assert two.preparation == one.preparation


def test_what_only_speaks_is_no_criterion() -> None:
    assert read('echo "all fine"\nprintf done\ntrue\n:\nexit 0\n') == ()


def test_what_writes_prepares() -> None:
    assert only("echo x > in.txt\nmake in.txt").script == "echo x > in.txt\nmake in.txt"


def test_a_test_of_the_status_stays_with_its_command() -> None:
    command = only("cd x\nmake\n# must work\n[ $? -eq 0 ] || exit 1\n")
    assert command.script == "cd x\nset +e\nmake\n[ $? -eq 0 ] || exit 1"
    assert read("[ $? -eq 0 ] || exit 1") == ()


@pytest.mark.parametrize(
    ("script", "alternatives"),
    [
        ("npm list / pip list / cargo check", ("npm list", "pip list", "cargo check")),
        ("npm test\n# Or: pytest tests", ("npm test", "pytest tests")),
        ("npm test  # or yarn test", ("npm test", "yarn test")),
        ("npm test OR yarn test", ("npm test", "yarn test")),
        ("a x\n# Or: b x\n# Alternatively: c x", ("a x", "b x", "c x")),
    ],
)
def test_alternatives_are_for_a_person_to_choose(script: str, alternatives: tuple[str]) -> None:
    command = only(script)
    assert command.alternatives == alternatives
    assert command.doubt.startswith("offers `")


@pytest.mark.parametrize(
    "script", ["find / -name x", 'grep " / " f', "cd / && ls", "test a || test b", "ls -la"]
)
def test_what_only_looks_like_alternatives_is_run(script: str) -> None:
    assert [command.doubt for command in read(script)] == [""]


@pytest.mark.parametrize(
    ("script", "doubt"),
    [
        ("grep -q x f && echo bad || echo good", "cannot fail"),
        ("make || true", "cannot fail"),
        ("git revert <commit>..<other>", "placeholder"),
        ("pytest tests/...", "placeholder"),
        ("bash lint.sh\n# Expect exit code 1 (bad input)", "is to fail"),
        ("bash lint.sh  # should fail", "is to fail"),
    ],
)
def test_what_could_never_fail_or_is_no_command_is_doubted(script: str, doubt: str) -> None:
    assert doubt in only(script).doubt


@pytest.mark.parametrize("script", ["sort < in.txt", "diff <(a) <(b)", "cat <<< word", "a 2>&1"])
def test_redirections_are_no_placeholders(script: str) -> None:
    assert only(script).doubt == ""
