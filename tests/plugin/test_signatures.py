"""A person's word: PENDING without it, PASS with it, and nothing once it is void."""

import os
import pty
import subprocess
import sys

import pytest

LATER = """
from datetime import datetime, timedelta, timezone
from pytest_tracks.state.clock import SystemSurroundings

def later(self):
    moment = datetime.now(timezone.utc) + timedelta(days=91)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

SystemSurroundings.now = later
"""

REVIEWED = {"id": "AC-REV", "text": "Security reviewed", "manual": True, "expires": "90d"}


@pytest.fixture
def signed_plan(project):
    project.plan(project="P", reviewers=["ada", "bob"])
    project.write("src/auth.py", "SECRET = 1\n")
    project.write("docs/other.txt", "one\n")
    project.task("A", {"text": "Works", "run": "test -f src/auth.py"}, REVIEWED, files=["src/**"])
    return project


def sign(project, *arguments):
    return project.command("sign-off", "A", "AC-REV", *arguments)


def test_pending_then_signed_then_void(signed_plan, way):
    project = signed_plan
    ran = project.run(*way)
    assert ran.status == 1
    assert ran.sentence == "exit 1: 0 failed, 1 PENDING (sign off: A/AC-REV)"
    assert project.verdicts() == {"A": "PENDING"}
    text = project.command("next").stdout.str()
    assert "SIGN AC-REV Security reviewed: not signed yet" in text
    assert "pytest-tracks sign-off A AC-REV --by NAME" in text
    assert "awaits a sign-off: A/AC-REV" in project.command("status").stdout.str()

    given = sign(project, "--by", "ada", "--note", "read all of it", "--yes")
    assert given.ret == 0
    assert project.verdicts() == {"A": "PENDING"}  # a signature runs nothing
    assert "SIGNED AC-REV" in project.command("next").stdout.str()
    log = " ".join(project.command("state", "log", "A").stdout.str().split())
    assert "AC-REV by ada on 20" in log
    assert "unattended" in log
    assert ": read all of it" in log

    assert project.run(*way).status == 0
    assert project.verdicts() == {"A": "PASS"}
    project.write("docs/other.txt", "two\n")  # no file of the task
    assert project.run(*way).sentence == "exit 0: 1 task PASS"
    project.write("src/auth.py", "SECRET = 2\n")
    assert project.run(*way).status == 1
    gap = project.recorded("A")["criteria"]["AC-REV"]["gap"]
    assert gap.startswith("signed by ada on 20")
    assert "but what it covers or its text has changed since" in gap


@pytest.mark.fault(60)
def test_fault_60_a_pass_ends_with_the_signature(signed_plan, monkeypatch, tmp_path):
    project = signed_plan
    sign(project, "--by", "bob", "--yes")
    assert project.run("--tracks=1", "-n", "0").status == 0
    assert "PASS" in project.command("status").stdout.str()
    (tmp_path / "later.py").write_text(LATER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p later")
    assert "STALE" in project.command("status").stdout.str()
    assert "expired on 20" in project.command("status").stdout.str()
    ran = project.run("--tracks=1", "-n", "0")
    assert (ran.status, project.verdicts()) == (1, {"A": "PENDING"})
    assert "expired on 20" in project.recorded("A")["criteria"]["AC-REV"]["gap"]


@pytest.mark.fault(69)
def test_fault_69_only_reviewers_sign(signed_plan):
    project = signed_plan
    refused = sign(project, "--by", "eve", "--yes")
    assert refused.ret == 4
    assert "eve is not under 'reviewers' of the plan (may sign: ada, bob)" in refused.stderr.str()
    assert not project.journal_file.exists()
    sign(project, "--by", "bob", "--yes")
    project.plan(project="P", reviewers=["ada"])  # bob may no longer
    ran = project.run("--tracks=1", "-n", "0")
    assert (ran.status, project.verdicts()) == (1, {"A": "PENDING"})
    assert "who is not under 'reviewers'" in project.recorded("A")["criteria"]["AC-REV"]["gap"]


def test_what_cannot_be_signed_is_refused(signed_plan):
    project = signed_plan
    assert (
        "decided by a check of kind run"
        in project.command("sign-off", "A", "AC-001", "--by", "ada", "--yes").stderr.str()
    )
    assert (
        "did you mean AC-REV?"
        in project.command("sign-off", "A", "AC-REW", "--by", "ada", "--yes").stderr.str()
    )
    assert "there is no terminal to confirm on" in sign(project, "--by", "ada").stderr.str()
    project.task("A", {**REVIEWED, "covers": ["nowhere/**"]})
    assert "matches no file" in sign(project, "--by", "ada", "--yes").stderr.str()
    assert not project.journal_file.exists()


def test_a_person_confirms_on_the_terminal(signed_plan):
    project = signed_plan
    for answer, status in ((b"n\n", 1), (b"y\n", 0)):
        master, slave = pty.openpty()
        command = [sys.executable, "-m", "pytest_tracks", "sign-off", "A", "AC-REV", "--by", "ada"]
        with subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, text=True) as process:
            os.write(master, answer)
            said, _ = process.communicate(timeout=60)
        os.close(slave)
        os.close(master)
        assert process.returncode == status
        assert "Sign as ada? [y/N]" in said
    assert project.recorded("A")["sign_offs"]["AC-REV"]["attended"] is True


def test_without_reviewers_anybody_signs_and_a_warning_says_so(project):
    project.write("a.txt", "a")
    project.task("A", {**REVIEWED, "covers": ["a.txt"]})
    assert sign(project, "--by", "anybody", "--yes").ret == 0
    ran = project.run("--tracks=1", "-n", "0")
    assert ran.status == 0
    assert "no-reviewers A/AC-REV: anybody may sign it" in ran.out
    assert project.run("--tracks=1", "-n", "0", "--tracks-strict").status == 4


def test_a_signature_survives_merge_and_repair(signed_plan, tmp_path):
    project = signed_plan
    sign(project, "--by", "ada", "--yes")
    shard = tmp_path / "shard.yaml"
    shard.write_bytes(project.state_file.read_bytes())
    project.state_file.write_text("tasks: [")  # damaged: from the journal
    assert project.command("state", "repair").ret == 0
    assert project.recorded("A")["sign_offs"]["AC-REV"]["by"] == "ada"
    for path in (project.state_file, project.journal_file):
        path.unlink()
    project.command("state", "merge", str(shard))  # exit 1: nothing has passed yet
    assert project.recorded("A")["sign_offs"]["AC-REV"]["by"] == "ada"
    assert project.run("--tracks=1", "-n", "0").sentence == "exit 0: 1 task PASS"
