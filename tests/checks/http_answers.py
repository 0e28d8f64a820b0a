"""A server in threads of the test itself, with answers good and bad."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BIG = b"x" * 65536


class Handler(BaseHTTPRequestHandler):
    released: threading.Event
    seen: list[tuple[str, str, dict[str, str], bytes]]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.command, self.path, dict(self.headers), body))
        getattr(self, self.path.strip("/").partition("?")[0].replace("-", "_"), self.missing)()

    do_POST = do_GET  # noqa: N815

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def missing(self) -> None:
        self.answer(404, b"nothing here")

    def health(self) -> None:
        document = {"status": "ok", "checks": [{"name": "db", "ok": True, "ms": 1}]}
        self.answer(200, json.dumps(document).encode(), Content_Type="application/json")

    def loop(self) -> None:
        self.answer(302, Location="/loop")

    def moved(self) -> None:
        self.answer(302, Location="/health")

    def to_file(self) -> None:
        self.answer(302, Location="file:///etc/passwd")

    def drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while not self.released.wait(0.02):
                self.wfile.write(b".")
                self.wfile.flush()
        except OSError:
            pass

    def drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        try:
            while not self.released.wait(0.02):
                self.wfile.write(b".")
                self.wfile.flush()
        except OSError:
            pass

    def huge(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while not self.released.is_set():
                self.wfile.write(BIG)
        except OSError:
            pass

    def garbage(self) -> None:
        self.wfile.write(b"\x00\xff not http\r\n\r\n")

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def answering() -> Iterator[tuple[str, list[tuple[str, str, dict[str, str], bytes]]]]:
    """Serve; gives the URL and what was asked."""
    released, seen = threading.Event(), []
    handler = type("Handler", (Handler,), {"released": released, "seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join()
