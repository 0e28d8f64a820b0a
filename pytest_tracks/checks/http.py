"""``http: {url, status, json, …}``: an answer decides, perhaps of a server that the check starts.

::

    serve ──► answers? ──► request ──► status, headers, JSON, body ──► still serving? ──► end
              (free port)  deadline, size, redirects

    http: {url: "http://127.0.0.1:8000/health", status: 200, json: {status: ok}}
    http: {url: "http://127.0.0.1:{port}/health", serve: 'python -m http.server "$PORT"'}

``{port}`` stands in the URL alone: the server is told the port by ``PORT`` and ``TRACKS_PORT`` in
its environment, since nothing is ever put into a command's text. All that the check does, the
server's start included, has to end before ``timeout``.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import urlsplit

from pytest_tracks.checks.command_schema import argument_vector, find_bash
from pytest_tracks.checks.http_answer import gaps_in
from pytest_tracks.checks.http_schema import DEFAULT_TIMEOUT, read_http
from pytest_tracks.core.kinds import CheckContext, CheckResult
from pytest_tracks.core.model import Check, Criterion
from pytest_tracks.core.redact import mask, secrets_of, strip_controls
from pytest_tracks.core.tree import Keys, Node, Reader
from pytest_tracks.core.verdict import Outcome

__all__ = ["HttpKind"]

BODY_SHOWN = 2000
"""Characters of an answer that did not fit, in the failure's text."""


class HttpKind:
    """Criteria about an answer; ``params`` as ``http_schema`` types them, and ``timeout``."""

    name = "http"
    options = frozenset({"timeout"})

    def __init__(self, find_bash: Callable[[], str | None] = find_bash) -> None:
        self._find_bash = functools.cache(find_bash)

    def read(self, value: Node, criterion: Keys, reader: Reader) -> Check | None:
        """Type the mapping and the timeout."""
        params = read_http(value, criterion.get("timeout"), reader, self._find_bash)
        return None if params is None else Check(self.name, params)

    def run(self, criterion: Criterion, context: CheckContext) -> CheckResult:
        """Ask, and look at the answer."""
        params = criterion.check.params
        deadline = time.monotonic() + cast(float, params.get("timeout", DEFAULT_TIMEOUT))
        secrets = secrets_of(context.environment)
        if "serve" in params:
            gaps, detail, evidence = _with_server(params, context, deadline)
        else:
            gaps, detail, evidence = _ask(params, str(params["url"]), context, deadline)
        if not gaps:
            return CheckResult(Outcome.PASSED, evidence=(mask(evidence, secrets),))
        shown = [mask(strip_controls(gap), secrets) for gap in gaps]
        below = mask(strip_controls("\n".join((*gaps, detail)).strip()), secrets)
        return CheckResult(Outcome.FAILED, shown[0], below, recommended_fix=_fix(gaps))


_Found = tuple[list[str], str, str]
"""What does not fit; what to show beneath; what was seen, where all fits."""


def _with_server(params: Mapping[str, object], context: CheckContext, deadline: float) -> _Found:
    # Here, not above: a process that only reads plans needs neither sockets nor subprocess.
    from pytest_tracks.checks.http_server import NotServingError, serving

    argv = argument_vector(cast("str | tuple[str, ...]", params["serve"]))
    url = str(params["url"])
    try:
        with serving(argv, url, context, deadline) as server:
            found = _ask(params, server.url, context, deadline)
            if found[0]:
                return found[0], f"{found[1]}\n{server.printed()}".strip(), ""
            server.require_alive()
            return found
    except NotServingError as error:
        return [error.gap], error.printed, ""


def _ask(params: Mapping[str, object], url: str, context: CheckContext, deadline: float) -> _Found:
    from pytest_tracks.checks.http_client import NoAnswerError, ask

    try:
        answer = ask(params, url, context.environment, deadline)
    except NoAnswerError as error:
        return [error.gap], "", ""
    gaps = gaps_in(answer, params)
    if "serve" in params and urlsplit(answer.url).netloc != urlsplit(url).netloc:
        gaps = [f"the answer is not of the server that was started: {answer.url}", *gaps]
    detail = f"{answer.method} {answer.url}: {answer.status}\n{answer.text[:BODY_SHOWN]}"
    return gaps, detail, f"{answer.method} {url}: {answer.status}"


def _fix(gaps: list[str]) -> str:
    from pytest_tracks.checks.json_path import INSTALL

    return INSTALL if "is not installed" in gaps[0] else ""
