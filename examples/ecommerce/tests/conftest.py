"""A shop of its own for every test, and somebody to talk to it, without a server."""

from __future__ import annotations

import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http import cookies
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from shop import auth, catalog, db
from shop.app import ROUTES, Application
from shop.catalog import Draft, Product
from shop.gateway import SandboxGateway
from shop.notifications import Outbox
from shop.web import Services

ROOT = Path(__file__).parent.parent
PASSWORD = "correct horse"
CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12/99", "cvc": "123"}


@dataclass
class Clock:
    """Time that passes when the test says so."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def fields(self) -> dict[str, str]:
        """Names and values of the inputs of the page."""
        return dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', self.text))


@dataclass
class Client:
    """Calls the application as a server would; keeps cookies as a browser does."""

    application: Application
    token: str = ""
    jar: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def post(self, path: str, **form: object) -> Reply:
        """Submit a form."""
        return self.send("POST", path, urlencode(form).encode())

    def api(self, method: str, path: str, /, key: str = "", **body: object) -> Reply:
        """Send JSON."""
        return self.send(method, path, json.dumps(body).encode(), idempotency_key=key)

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "shop.test",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.jar.items()),
            "wsgi.input": io.BytesIO(body),
        }
        if self.token:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items() if value}
        started: list[Any] = []
        content = b"".join(self.application(environ, lambda *call: started.extend(call)))
        for cookie in [value for name, value in started[1] if name == "Set-Cookie"]:
            self.jar |= {
                name: morsel.value for name, morsel in cookies.SimpleCookie(cookie).items()
            }
        return Reply(int(started[0][:3]), dict(started[1]), content)


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash and store as in production, but neither slowly nor for a power cut."""
    monkeypatch.setattr(auth, "SCRYPT_COST", 2**4)
    monkeypatch.setattr(db, "PRAGMAS", ("synchronous = OFF", *db.PRAGMAS[:-1]))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def gateway() -> SandboxGateway:
    return SandboxGateway()


@pytest.fixture
def services(tmp_path: Path, outbox: Outbox, gateway: SandboxGateway, clock: Clock) -> Services:
    return Services(tmp_path / "shop.sqlite3", outbox, gateway, clock=clock)


@pytest.fixture
def application(services: Services) -> Application:
    return Application(services)


@pytest.fixture
def database(application: Application, services: Services) -> Iterator[sqlite3.Connection]:
    """The shop's own database, behind its back."""
    with closing(db.connect(services.database)) as connection:
        yield connection


@pytest.fixture
def guest(application: Application) -> Client:
    return Client(application)


@pytest.fixture
def account(
    application: Application, database: sqlite3.Connection, clock: Clock
) -> Callable[[str], Client]:
    """Open an account and sign in, for the API and in the browser."""

    def open_account(email: str) -> Client:
        auth.register(database, email, PASSWORD, clock())
        token = auth.sign_in(database, email, PASSWORD, clock())
        return Client(application, token, {"session": token})

    return open_account


@pytest.fixture
def customer(account: Callable[[str], Client]) -> Client:
    return account("ann@example.org")


@pytest.fixture
def admin(account: Callable[[str], Client], database: sqlite3.Connection) -> Client:
    client = account("boss@example.org")
    database.execute("UPDATE users SET is_admin = 1 WHERE email = 'boss@example.org'")
    return client


@pytest.fixture
def stock(database: sqlite3.Connection) -> dict[str, Product]:
    """Three products in two categories, by name."""
    drafts = (
        Draft("Cup", "100% porcelain", "Kitchen", 1250, 10),
        Draft("Kettle", "For tea", "Kitchen", 6400, 2),
        Draft("Lamp", "Warm light", "Office", 8900, 0),
    )
    return {draft.name: catalog.create(database, draft) for draft in drafts}


@pytest.fixture
def undocumented() -> Callable[[str, str], set[tuple[str, str]]]:
    """Find the operations under a path that stand only in the code or only in the contract."""

    def compare(contract: str, prefix: str) -> set[tuple[str, str]]:
        paths = yaml.safe_load((ROOT / "docs/api" / contract).read_text("utf-8"))["paths"]
        written = {(verb.upper(), path) for path, verbs in paths.items() for verb in verbs}
        routed = {(method, path) for method, path in ROUTES if path.startswith(prefix)}
        assert written, f"{contract} documents nothing"
        return written ^ routed

    return compare
