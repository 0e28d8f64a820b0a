"""A server for one check: started in a group of its own, awaited until it answers, and ended.

An answer counts only where it is the server's own. So nobody may listen at the address before,
and the server has to be alive after.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from pytest_tracks.checks.command import Limits, command_environment
from pytest_tracks.checks.group import ProcessGroup
from pytest_tracks.checks.http_schema import PORT
from pytest_tracks.checks.output import OutputFile, open_output
from pytest_tracks.core.kinds import CheckContext
from pytest_tracks.core.redact import secrets_of

__all__ = ["NotServingError", "Server", "serving"]

LOOK_SECONDS = 0.02
"""Between two attempts to connect: there is no event to wait for."""

CONNECT_SECONDS = 1.0


class NotServingError(Exception):
    """There is no server to ask; ``printed`` is what it said."""

    def __init__(self, gap: str, printed: str = "") -> None:
        super().__init__(gap)
        self.gap, self.printed = gap, printed


class Server:
    """A server that runs; ``url`` has its port."""

    def __init__(self, url: str, group: ProcessGroup, output: OutputFile, secrets: Sequence[str]):
        self.url = url
        self._group = group
        self._output = output
        self._secrets = secrets

    def printed(self) -> str:
        """Give what it has printed, for a report."""
        said = self._output.read().excerpt(self._secrets)
        return f"the server printed:\n{said}" if said else "the server printed nothing"

    def require_alive(self) -> None:
        """Raise NotServingError where it has ended by itself."""
        if self._group.wait(0):
            status = self._group.status
            raise NotServingError(f"the server has ended (exit status {status})", self.printed())

    def await_answer(self, deadline: float) -> None:
        """Wait until it takes connections; raises NotServingError."""
        while not _is_listening(self.url):
            self.require_alive()
            if time.monotonic() > deadline:
                raise NotServingError(f"the server does not listen: {self.url}", self.printed())
            self._group.wait(LOOK_SECONDS)


@contextmanager
def serving(
    argv: Sequence[str], url: str, context: CheckContext, deadline: float
) -> Iterator[Server]:
    """Start a server and wait until it listens where ``url`` says; raises NotServingError."""
    environment = command_environment(context)
    if PORT in url:
        port = str(_free_port(url))
        url = url.replace(PORT, port, 1)
        environment |= {"PORT": port, "TRACKS_PORT": port}
    elif _is_listening(url):
        hint = f"end it, or write {PORT} for the port"
        raise NotServingError(f"something else listens at {urlsplit(url).netloc} already ({hint})")
    with open_output(context.scratch) as output:
        group = ProcessGroup(
            argv, folder=context.root, environment=environment, output=output.descriptor
        )
        server = Server(url, group, output, secrets_of(context.environment))
        try:
            if not group.start():
                raise NotServingError(f"{argv[0]} cannot be started: {group.fault}")
            server.await_answer(deadline)
            yield server
        finally:
            group.end(Limits().grace)


def _free_port(url: str) -> int:
    """Let the system choose; it gives no number twice in a row, so that nobody else takes it."""
    host = urlsplit(url.replace(PORT, "1", 1)).hostname or "127.0.0.1"
    family, _, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    with socket.socket(family) as probe:
        probe.bind(address)
        return int(probe.getsockname()[1])


def _is_listening(url: str) -> bool:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), CONNECT_SECONDS):
            return True
    except OSError:
        return False
