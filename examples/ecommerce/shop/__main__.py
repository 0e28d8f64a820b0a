"""``python -m shop``: serve the shop; where and what for comes from the environment.

SHOP_HOST, SHOP_PORT (0: any free one), SHOP_DATABASE, SHOP_MAIL (a folder, or smtp://host:port)
and SHOP_SEED=1 (sample products and an administrator for a database that is empty).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from shop.app import Application
from shop.gateway import SandboxGateway
from shop.notifications import FolderMailer, Mailer, SmtpMailer
from shop.seed import sow
from shop.web import Services


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """One thread a request; open ones do not hold up the end."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Leaves requests to the metrics; errors still go to stderr."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def mailer(place: str) -> Mailer:
    """Choose how mail leaves: a mail server's address or a folder."""
    address = urlsplit(place)
    if address.scheme == "smtp":
        return SmtpMailer(address.hostname or "localhost", address.port or 25)
    return FolderMailer(Path(place))


def main() -> int:
    """Serve until SIGTERM or Ctrl-C."""
    database = Path(os.environ.get("SHOP_DATABASE", "shop.sqlite3"))
    post = mailer(os.environ.get("SHOP_MAIL", "mail"))
    application = Application(Services(database, post, SandboxGateway()))
    if os.environ.get("SHOP_SEED") == "1":
        sow(database, os.environ.get("SHOP_ADMIN_PASSWORD", ""))
    host, port = os.environ.get("SHOP_HOST", "127.0.0.1"), int(os.environ.get("SHOP_PORT", "8000"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with make_server(host, port, application, ThreadingServer, QuietHandler) as server:
        print(f"listening on http://{host}:{server.server_port}", flush=True)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
