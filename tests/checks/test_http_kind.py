"""Answers: what they have to be, how long they may take, and whose they are."""

import os
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_tracks.checks import http_client
from pytest_tracks.checks.http import HttpKind
from pytest_tracks.core.model import Criterion
from pytest_tracks.core.verdict import Outcome
from tests.checks.conftest import PLACE
from tests.checks.http_answers import answering

KIND = HttpKind()


@pytest.fixture(scope="module")
def server():
    with answering() as (url, seen):
        yield url, seen


@pytest.fixture
def ask(read, context, server):
    def run(path, environment=None, **keys):
        timeout = keys.pop("timeout", 10)
        url = path if "//" in path else server[0] + path
        given = read(KIND, {"url": url, **keys}, timeout=timeout)
        assert given.check is not None, given.errors
        told = replace(context, environment={**context.environment, **(environment or {})})
        return KIND.run(Criterion("AC-002", "Answers", given.check, PLACE), told)

    return run


def test_all_that_is_asked_holds(ask, server):
    result = ask(
        "/health",
        status=200,
        response_headers={"content-type": "application/json"},
        json={"status": "ok", "checks.0.ok": "true", "$.checks[?@.name=='db'].ms": 1},
        contains='"db"',
        matches='"ms": \\d+',
    )
    assert (result.outcome, result.gap) == (Outcome.PASSED, "")
    assert result.evidence == (f"GET {server[0]}/health: 200",)


@pytest.mark.parametrize(
    ("path", "keys", "gap"),
    [
        ("/none", {}, "status 404, not 2xx"),
        ("/health", {"status": [201, 204]}, "status 200, not 201 or 204"),
        ("/health", {"json": {"status": "bad"}}, "status is 'ok', not 'bad'"),
        ("/health", {"json": {"checks.0.ms": "true"}}, "checks.0.ms is 1, not True"),
        ("/health", {"json": {"nowhere": 1}}, "the body has no nowhere"),
        ("/health", {"json": {"$.checks[?@.ok==false].ms": 1}}, "the body has no $.checks"),
        ("/health", {"contains": "pgsql"}, "the body does not contain 'pgsql'"),
        ("/health", {"matches": "^no"}, "the body does not match '^no'"),
        ("/health", {"response_headers": {"X-No": "1"}}, "no header X-No"),
        ("/none", {"status": 404, "json": {"a": 1}}, "the body is no JSON"),
        ("/garbage", {}, "no answer from"),
    ],
)
def test_what_does_not_hold_fails(ask, path, keys, gap):
    result = ask(path, **keys)
    assert result.outcome is Outcome.FAILED
    assert result.gap.startswith(gap)


def test_method_headers_and_body_are_sent(ask, server):
    result = ask(
        "/health",
        {"API_TOKEN": "s3cret-value-of-the-token"},
        method="POST",
        body={"name": "ada", "age": 3},
        headers={"X-Kind": "test", "Authorization": {"env": "API_TOKEN"}},
    )
    assert result.outcome is Outcome.PASSED
    method, _, headers, body = server[1][-1]
    assert (method, body) == ("POST", b'{"name": "ada", "age": 3}')
    assert headers["X-Kind"] == "test"
    assert headers["Authorization"] == "s3cret-value-of-the-token"
    assert headers["Content-Type"] == "application/json"
    missing = ask("/health", headers={"Authorization": {"env": "NO_TOKEN"}})
    assert missing.gap == "header Authorization: NO_TOKEN is not in the environment"


def test_redirects_are_followed_unless_one_is_asked_for(ask):
    assert ask("/moved", json={"status": "ok"}).outcome is Outcome.PASSED
    assert ask("/moved", status=302).outcome is Outcome.PASSED
    assert ask("/moved", redirects=0).gap.startswith("status 302, not 2xx")


@pytest.mark.fault(59)
def test_fault_59_a_redirect_loop_ends(ask, server):
    before = len(server[1])
    assert "too many redirects" in ask("/loop", redirects=3).gap
    assert len(server[1]) - before == 4


@pytest.mark.fault(59)
@pytest.mark.parametrize("path", ["/drip", "/drip-headers"])
def test_fault_59_a_slow_drip_ends_at_the_deadline(ask, path):
    began = time.monotonic()
    result = ask(path, timeout=0.5)
    assert result.gap.startswith("no whole answer after 0.5 s")
    assert time.monotonic() - began < 5


@pytest.mark.fault(59)
def test_fault_59_a_huge_body_is_cut(ask, monkeypatch):
    monkeypatch.setattr(http_client, "LARGEST_BODY", 300_000)
    assert ask("/huge").gap.startswith("the body is longer than 300,000 bytes")


@pytest.mark.fault(59)
def test_fault_59_only_http(read, ask):
    for url in ("file:///etc/passwd", "ftp://host/x", "javascript:alert(1)", "gopher://x"):
        assert "is neither http nor https" in read(KIND, {"url": url}).error.message
    result = ask("/to-file")
    assert result.outcome is Outcome.FAILED
    assert "root:" not in result.detail


def test_nobody_there(ask):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        result = ask(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert "Connection refused" in result.gap


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"status": 200}, "has no 'url'"),
        ({"url": "http:///x"}, "names no host"),
        ({"url": "http://h:99999/"}, "is no URL"),
        ({"url": "http://h/a b"}, "holds a blank"),
        ({"url": "http://127.0.0.1:{port}/"}, "no server is started"),
        ({"url": "http://h:1/{port}", "serve": ["x"]}, "stands where no port is"),
        ({"url": "http://h/", "status": 99}, "'http: status' is '99'"),
        ({"url": "http://h/", "status": []}, "is an empty list"),
        ({"url": "http://h/", "method": "get"}, "'http: method' 'get'"),
        ({"url": "http://h/", "headers": {"a b": "c"}}, "is no name of a header"),
        ({"url": "http://h/", "headers": {"a": "b\r\nc: d"}}, "holds a line end"),
        ({"url": "http://h/", "json": {}}, "asks for nothing"),
        ({"url": "http://h/", "json": {"$[": "1"}}, "'http: json'"),
        ({"url": "http://h/", "matches": "("}, "'http: matches'"),
        ({"url": "http://h/", "redirects": 99}, "'http: redirects'"),
        ({"url": "http://h/", "stauts": 200}, "has no key 'stauts'"),
    ],
)
def test_what_cannot_be_asked_is_refused(read, value, message):
    assert message in read(KIND, value).error.message


# -- a server of its own -------------------------------------------------------------------------

SERVER = """
import http.server, os, sys
port = os.environ["PORT"]
assert os.environ["TRACKS_PORT"] == port
print("serving on", port, "as", os.getpid(), flush=True)
open("pid", "w").write(str(os.getpid()))
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"of its own")
http.server.HTTPServer(("127.0.0.1", int(port)), H).serve_forever()
"""
URL = "http://127.0.0.1:{port}/"


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_server_is_started_on_a_free_port_and_ended(ask, root):
    (root / "server.py").write_text(SERVER)
    result = ask(URL, serve=[sys.executable, "server.py"], contains="of its own")
    assert (result.outcome, result.gap) == (Outcome.PASSED, "")
    assert is_gone(int((root / "pid").read_text()))
    failed = ask(URL, serve=[sys.executable, "server.py"], contains="another")
    assert failed.gap == "the body does not contain 'another'"
    assert "serving on" in failed.detail
    assert is_gone(int((root / "pid").read_text()))


def test_a_server_that_ends_or_never_listens_fails(ask):
    ended = ask(URL, serve="echo no database >&2; exit 3")
    assert ended.gap == "the server has ended (exit status 3)"
    assert "no database" in ended.detail
    silent = ask(URL, serve="exec sleep 60", timeout=0.5)
    assert silent.gap.startswith("the server does not listen: http://127.0.0.1:")
    assert "cannot be started" in ask(URL, serve=["/no/such/program"]).gap


def test_an_answer_of_somebody_else_does_not_count(ask, server):
    result = ask("/health", serve="exec sleep 60")
    assert result.outcome is Outcome.FAILED
    assert result.gap.startswith("something else listens at 127.0.0.1:")


def test_a_server_that_sends_to_another_has_not_answered(ask, server, root):
    moved = f'self.send_response(302); self.send_header("Location", "{server[0]}/health")'
    (root / "server.py").write_text(SERVER.replace("self.send_response(200)", moved))
    result = ask(URL, serve=[sys.executable, "server.py"], json={"status": "ok"})
    assert result.outcome is Outcome.FAILED
    assert result.gap.startswith("the answer is not of the server that was started")


@pytest.mark.fault(64)
def test_fault_64_nothing_is_put_into_a_command(ask, root):
    path = "/$(touch${IFS}marker)"
    result = ask(f"http://127.0.0.1:{{port}}{path}", serve='echo "{port}" > said; exit 1')
    assert result.gap == "the server has ended (exit status 1)"
    assert (root / "said").read_text() == "{port}\n"
    assert not Path(root, "marker").exists()


@pytest.mark.parametrize("missing", ["urllib3", "jsonpath"])
def test_what_is_not_installed_is_named(ask, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    result = ask("/health", json={"$.status": "ok"})
    assert result.outcome is Outcome.FAILED
    assert "is not installed" in result.gap
    assert result.recommended_fix == "pip install 'pytest-tracks[http]'"
