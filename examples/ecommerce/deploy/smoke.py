"""``python -m deploy.smoke``: start the shop as the image does and buy something.

The command comes from the Dockerfile's CMD, so that what is tried is what is shipped; only the
places differ (a free port, the staging folder).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from deploy.staging import CHECKOUT, staging_shop

CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12/99", "cvc": "123"}


def image_command() -> list[str]:
    """The Dockerfile's CMD, run by this Python."""
    lines = (CHECKOUT / "deploy" / "Dockerfile").read_text("utf-8").splitlines()
    command: list[str] = json.loads(next(line[4:] for line in lines if line.startswith("CMD ")))
    return [sys.executable, *command[1:]]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run the shop on a free port with everything it keeps in ``folder``; give its address."""
    places = {"SHOP_DATABASE": str(folder / "shop.sqlite3"), "SHOP_MAIL": str(folder / "mail")}
    environment = {**os.environ, **places, "SHOP_HOST": "127.0.0.1", "SHOP_PORT": "0"}
    with subprocess.Popen(
        image_command(),
        cwd=CHECKOUT,
        env={**environment, "SHOP_SEED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            said = server.stdout.readline()  # empty where the server died: no waiting
            match = re.fullmatch(r"listening on (http://\S+)\n", said)
            if match is None:
                raise RuntimeError(f"the shop did not start: it said {said!r}")
            yield match[1]
        finally:
            server.terminate()


def call(address: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    """GET, or POST a JSON body; give the JSON answer. Raises HTTPError for 4xx and 5xx."""
    content = None if body is None else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    with urlopen(Request(address, content, headers), timeout=10) as answer:
        return json.load(answer)


def buy_something(shop: str) -> str:
    """Register, choose, pay; give the status of the order."""
    person = {"email": "smoke@shop.example", "password": "smoke and mirrors"}
    call(f"{shop}/api/auth/register", person)
    token = f"Bearer {call(f'{shop}/api/auth/login', person)['token']}"
    product = call(f"{shop}/api/products?search=cup")["products"][0]
    call(
        f"{shop}/api/cart/items", {"product_id": product["id"], "quantity": 2}, Authorization=token
    )
    order = call(
        f"{shop}/api/checkout",
        {"address": "1 Test Street", **CARD},
        Authorization=token,
        Idempotency_Key="smoke-test-1",
    )
    return str(order["status"])


def main() -> int:
    """Walk through a shop of its own; 0 where the order was paid and confirmed by mail."""
    with staging_shop() as folder, serving(folder) as shop:
        print("health:", call(f"{shop}/health"))
        print("order:", status := buy_something(shop))
        mails = len(list((folder / "mail").glob("*.eml")))
        print("mails:", mails)
        if (status, mails) != ("paid", 1):
            raise SystemExit("smoke test failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
