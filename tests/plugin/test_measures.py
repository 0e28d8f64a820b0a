"""Metrics and servers in real runs: history, baselines, free ports."""

import sys

import pytest

SERVER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok"}')
    def log_message(self, *arguments):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


def metric(**more):
    return {
        "text": "Fast enough",
        "metric": {"run": ["cat", "p95"], "pattern": "(.+)", "unit": "ms", **more},
    }


def series(project, name="A"):
    known = project.recorded(name)["measures"]["AC-001"]
    return [(one["value"], one.get("passed", False)) for one in known]


def test_what_was_measured_is_kept_and_the_last_pass_is_the_baseline(project, way):
    project.task("A", metric(max=900, baseline={"tolerance": "10%"}), files=["p95"])
    verdicts = []
    for number in ("100", "109", "121", "118"):
        project.write("p95", number)
        verdicts.append((project.run(*way).status, project.recorded("A")["validation_result"]))
    assert verdicts == [(0, "PASS"), (0, "PASS"), (1, "FAIL"), (0, "PASS")]
    assert series(project) == [(100, True), (109, True), (121, False), (118, True)]
    gap = "121 ms, at the last PASS 109 ms"
    assert gap in project.command("state", "log", "A").stdout.str()
    criterion = project.recorded("A")["criteria"]["AC-001"]
    assert criterion["measured"] == {"value": 118, "unit": "ms"}


def test_another_definition_begins_anew(project):
    project.write("p95", "100")
    project.task("A", metric(baseline={"tolerance": "0", "better": "lower"}))
    assert project.run("--tracks=1", "-n", "0").status == 0
    project.write("p95", "500")
    assert project.run("--tracks=1", "-n", "0").status == 1
    project.task("A", metric(baseline={"tolerance": "1", "better": "lower"}))
    assert project.run("--tracks=1", "-n", "0").status == 0


@pytest.mark.fault(58)
def test_fault_58_a_file_of_an_earlier_run(project, way):
    project.write("size.json", '{"bytes": 3}')
    old = {"text": "Small", "metric": {"file": "size.json", "json": "bytes", "max": 9}}
    project.task("A", old)
    project.task("B", {"text": "measure", "run": 'echo "{\\"bytes\\": 4}" > size.json'}, old)
    assert project.run(*way).status == 1
    assert project.verdicts() == {"A": "FAIL", "B": "PASS"}
    assert project.recorded("A")["criteria"]["AC-001"]["gap"] == "size.json is older than this run"


def test_servers_of_two_lanes_have_ports_of_their_own(project):
    project.write("server.py", SERVER)
    check = {
        "url": "http://127.0.0.1:{port}/health",
        "serve": [sys.executable, "server.py"],
        "json": {"status": "ok"},
    }
    for name in ("A", "B"):
        project.task(name, {"text": "Answers", "http": check, "timeout": 30})
    ran = project.run("--tracks=2")
    assert (ran.status, project.verdicts()) == (0, {"A": "PASS", "B": "PASS"})
