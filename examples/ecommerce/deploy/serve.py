"""``python -m deploy.serve``: the shop as the image runs it, on $PORT, with places of its own.

For checks that ask it something: everything that it keeps goes when it ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.smoke import image_command
from deploy.staging import CHECKOUT


def main() -> int:
    """Serve until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="shop-") as name:
        folder = Path(name)
        places = {"SHOP_DATABASE": str(folder / "shop.sqlite3"), "SHOP_MAIL": str(folder / "mail")}
        address = {"SHOP_HOST": "127.0.0.1", "SHOP_PORT": os.environ["PORT"], "SHOP_SEED": "1"}
        environment = {**os.environ, **places, **address}
        with subprocess.Popen(image_command(), cwd=CHECKOUT, env=environment) as server:
            try:
                return server.wait()
            finally:
                server.terminate()


if __name__ == "__main__":
    sys.exit(main())
