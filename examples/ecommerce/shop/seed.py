"""A first stock, so that a new shop is not empty."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

from shop import auth, catalog, db
from shop.catalog import Draft

ADMIN = "admin@shop.example"
STOCK = (
    Draft("Espresso cup", "Two walls, no handle.", "Kitchen", 1250, 40),
    Draft("Pour-over kettle", "A thin spout for a steady hand.", "Kitchen", 6400, 8),
    Draft("Bread knife", "Serrated, 22 cm.", "Kitchen", 3900, 15),
    Draft("Desk lamp", "Warm light, one joint too many.", "Office", 8900, 5),
    Draft("Dot-grid notebook", "160 pages that lie flat.", "Office", 1450, 120),
    Draft("Wool blanket", "Heavier than it looks.", "Living room", 11900, 3),
)


def sow(database: Path, admin_password: str = "") -> None:
    """Fill a shop without products; with a password there is an administrator, too."""
    with closing(db.connect(database)) as connection:
        if catalog.find(connection, catalog.Wish()).total:
            return
        for draft in STOCK:
            catalog.create(connection, draft)
        if admin_password:
            admin = auth.register(connection, ADMIN, admin_password, time.time())
            connection.execute("UPDATE users SET is_admin = 1 WHERE id = ?", (admin.id,))
