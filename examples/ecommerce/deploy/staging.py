"""The staging shop: one per checkout, rebuilt from nothing, kept only where something failed.

It lives outside the checkout, always in the same place, so that who comes after a failure finds
the database and the mail as they were. That makes it a thing that two tasks cannot use at once:
the plan names it as a resource (``staging-shop``).
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def place() -> Path:
    """Where this checkout's staging shop stands."""
    name = hashlib.sha256(f"{Path.home()} {CHECKOUT}".encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"staging-shop-{name}"


@contextmanager
def staging_shop() -> Iterator[Path]:
    """Give a new, empty staging folder; it goes when all went well."""
    folder = place()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)  # FileExistsError where the old one could not be removed
    try:
        yield folder
    except BaseException:
        print(f"kept for a look: {folder}", file=sys.stderr)
        raise
    shutil.rmtree(folder)
