"""One request by ``urllib3``, held to a deadline, a size and a number of redirects.

urllib3 and not the standard library: ``urllib.request`` speaks ``file:`` and ``ftp:`` too and hands
credentials on to where it is redirected, ``http.client`` does neither redirects nor pools. Every
time limit of either is one of a single read, which a server that drips byte by byte never
exceeds, and a name that is looked up has none. So the request runs in a thread of its own, and
whoever waits for it waits until the deadline and no longer.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

from pytest_tracks.checks.http_answer import Answer
from pytest_tracks.checks.http_schema import DEFAULT_REDIRECTS

if TYPE_CHECKING:
    import urllib3

__all__ = ["NoAnswerError", "ask"]

LARGEST_BODY = 10 * 2**20
"""Bytes, unpacked: enough for any API, and no memory is filled by a body without end."""

_CHUNK = 64 * 2**10


class NoAnswerError(Exception):
    """There is no answer to look at; says so in a line."""

    def __init__(self, gap: str) -> None:
        super().__init__(gap)
        self.gap = gap


def ask(
    params: Mapping[str, object], url: str, environment: Mapping[str, str], deadline: float
) -> Answer:
    """Send the request; ``deadline`` is of ``time.monotonic``. Raises NoAnswerError."""
    try:
        import urllib3
    except ImportError:
        raise NoAnswerError("urllib3 is not installed") from None
    request = _Request(urllib3, params, url, _headers(params, environment), deadline)
    worker = threading.Thread(target=request.send, name="tracks-http", daemon=True)
    begun = time.monotonic()
    worker.start()
    worker.join(max(deadline - begun, 0))
    answer = request.answer
    if answer is not None:
        return answer
    late = f"no whole answer after {max(deadline - begun, 0):.3g} s: {url}"
    raise NoAnswerError(request.fault or late)


def _headers(params: Mapping[str, object], environment: Mapping[str, str]) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity", "User-Agent": "pytest-tracks"}
    body = params.get("body")
    if isinstance(body, Mapping):
        headers["Content-Type"] = "application/json"
    for name, value in cast("Mapping[str, object]", params.get("headers", {})).items():
        if not isinstance(value, Mapping):
            headers[name] = str(value)
        elif environment.get(str(value["env"])):
            headers[name] = environment[str(value["env"])]
        else:
            raise NoAnswerError(f"header {name}: {value['env']} is not in the environment")
    return headers


class _Request:
    """What the thread does; ``answer`` or ``fault`` is there when it has ended."""

    def __init__(
        self,
        library: Any,
        params: Mapping[str, object],
        url: str,
        headers: Mapping[str, str],
        deadline: float,
    ) -> None:
        self.answer: Answer | None = None
        self.fault = ""
        self._library = library
        self._params = params
        self._url = url
        self._headers = headers
        self._deadline = deadline

    def send(self) -> None:
        """Never raises: there is nobody above it."""
        try:
            with self._library.PoolManager(timeout=self._left()) as pool:
                self.answer = self._ask(pool)
        except NoAnswerError as error:
            self.fault = error.gap
        except self._library.exceptions.MaxRetryError as error:
            self.fault = self._in_words(error.reason or error)
        except Exception as error:  # whatever a library or a server makes of it, is no answer
            self.fault = self._in_words(error)

    def _in_words(self, error: BaseException) -> str:
        reason = str(getattr(error, "reason", None) or error) or type(error).__name__
        # urllib3 puts the object first: <… object at 0x…>: Failed to establish a new connection
        return f"no answer from {self._url}: {reason.split('>: ', 1)[-1].splitlines()[0]}"

    def _left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.001)

    def _ask(self, pool: urllib3.PoolManager) -> Answer:
        method = str(self._params.get("method", "GET"))
        limit = cast(int, self._params.get("redirects", self._usual_redirects()))
        retry = self._library.Retry(
            total=None, connect=0, read=0, status=0, other=0, redirect=limit
        )
        response = pool.request(
            method,
            self._url,
            body=self._body(),
            headers=dict(self._headers),
            retries=retry if limit else False,
            redirect=limit > 0,
            preload_content=False,
            timeout=self._left(),
        )
        with response:
            body = self._read(response)
        headers = {name.lower(): value for name, value in response.headers.items()}
        url = urljoin(self._url, response.geturl() or "")
        return Answer(method, url, response.status, headers, body.decode("utf-8", "replace"))

    def _usual_redirects(self) -> int:
        wanted = cast("tuple[int, ...]", self._params.get("status", ()))
        return 0 if any(300 <= status < 400 for status in wanted) else DEFAULT_REDIRECTS

    def _body(self) -> bytes | None:
        body = self._params.get("body")
        if isinstance(body, Mapping):
            return json.dumps(body["json"]).encode()
        return None if body is None else str(body).encode()

    def _read(self, response: Any) -> bytes:
        parts: list[bytes] = []
        size = 0
        # read1 would be a chunk at a time; read waits for all of it, and so for a drip.
        while chunk := response.read1(_CHUNK, decode_content=True):
            parts.append(chunk)
            size += len(chunk)
            if size > LARGEST_BODY:
                raise NoAnswerError(f"the body is longer than {LARGEST_BODY:,} bytes: {self._url}")
            if time.monotonic() > self._deadline:
                break  # nobody waits any more
        return b"".join(parts)
