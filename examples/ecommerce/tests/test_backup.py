"""TASK-014 Database backups."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from deploy import backup
from shop import db
from shop.catalog import Product
from shop.web import Services


@pytest.mark.criterion("TASK-014/AC-002")
def test_a_backup_while_others_write_is_of_one_moment(
    services: Services, stock: dict[str, Product], tmp_path: Path
) -> None:
    """The writer keeps prices and stock equal; a copy of half a transaction would not."""
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        with closing(db.connect(services.database)) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                with db.transaction(connection):
                    connection.execute("UPDATE products SET price_cents = ?", (number,))
                    connection.execute("UPDATE products SET stock = ?", (number,))
                written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(10)
        copies = [backup.create(services.database, tmp_path / "backups") for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    for copy in copies:
        with closing(sqlite3.connect(copy)) as connection:
            rows = connection.execute("SELECT DISTINCT price_cents, stock FROM products").fetchall()
        assert len(rows) == 1
        assert rows[0][0] == rows[0][1]


def test_a_damaged_backup_is_not_put_back(
    services: Services, stock: dict[str, Product], tmp_path: Path
) -> None:
    copy = backup.create(services.database, tmp_path / "backups")
    content = bytearray(copy.read_bytes())
    content[len(content) // 2 :] = b"\0" * (len(content) - len(content) // 2)
    copy.write_bytes(content)
    before = backup.contents(services.database)
    with pytest.raises(backup.BackupError):
        backup.restore(copy, services.database)
    assert backup.contents(services.database) == before


def test_something_else_is_not_put_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("Dear diary, " * 100)
    for name in ("missing", "empty", "text"):
        assert backup.main(["restore", str(tmp_path / name), str(tmp_path / "shop.sqlite3")]) == 1
        assert name in capsys.readouterr().err
    assert not (tmp_path / "shop.sqlite3").exists()


def test_the_oldest_go(services: Services, stock: dict[str, Product], tmp_path: Path) -> None:
    made = [backup.create(services.database, tmp_path / "kept", keep=2) for _ in range(4)]
    assert sorted((tmp_path / "kept").iterdir()) == made[-2:]


def test_the_job_backs_up_what_the_image_writes() -> None:
    job = yaml.safe_load((ROOT / "deploy/backup-cronjob.yaml").read_text("utf-8"))
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    image = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    assert container["command"][:4] == ["python", "-m", "deploy.backup", "create"]
    assert f"SHOP_DATABASE={container['command'][4]}" in image
    assert "deploy/backup.py" in image
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {"/var/lib/shop", container["command"][5]}
