"""TASK-003 Docker containers."""

from __future__ import annotations

import fnmatch
import json
import re
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from deploy.smoke import call, serving

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text("utf-8").replace("\\\n", " ")
COMPOSE = yaml.safe_load((ROOT / "deploy/docker-compose.yml").read_text("utf-8"))


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.*)$", DOCKERFILE, re.MULTILINE)


@pytest.mark.criterion("TASK-003/AC-001")
def test_the_image_does_not_run_as_root() -> None:
    assert instructions("USER")[-1] not in ("root", "0")


@pytest.mark.criterion("TASK-003/AC-001")
def test_versions_are_fixed() -> None:
    images = instructions("FROM") + [
        service["image"] for service in COMPOSE["services"].values() if "image" in service
    ]
    assert len(images) == 3
    assert [image for image in images if not re.search(r":v?\d+\.\d+\.\d+", image)] == []


def test_the_image_gets_what_it_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    for copied in (path for line in instructions("COPY") for path in line.split()[:-1]):
        assert (ROOT / copied).exists(), copied
        assert any(fnmatch.fnmatch(copied, pattern) for pattern in let_in), copied


def test_compose_mounts_what_exists() -> None:
    for service in COMPOSE["services"].values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            known = source in COMPOSE["volumes"] or (ROOT / "deploy" / source).is_file()
            assert known, volume


def test_who_waits_for_health_gets_it() -> None:
    (shop,) = (service for service in COMPOSE["services"].values() if "build" in service)
    assert (ROOT / "deploy" / shop["build"]["context"] / shop["build"]["dockerfile"]).is_file()
    assert "condition" in COMPOSE["services"]["prometheus"]["depends_on"]["shop"]
    assert "/health" in instructions("HEALTHCHECK")[0]


@pytest.mark.criterion("TASK-003/AC-003")
def test_the_command_of_the_image_serves(tmp_path: Path) -> None:
    assert json.loads(instructions("CMD")[-1])[0] == "python"
    with serving(tmp_path) as shop:
        assert call(f"{shop}/health") == {"status": "ok", "schema": 3}
    assert (tmp_path / "shop.sqlite3").exists()
