"""TASK-011 Kubernetes manifests."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from conftest import ROOT, Client

from deploy.manifests import load, pod_of, problems

MANIFESTS = load(ROOT / "deploy/k8s")


def spoil(kind: str, change: Callable[[Any], object]) -> list[str]:
    """Find the problems of the manifests after a change to one of them."""
    manifests = copy.deepcopy(MANIFESTS)
    change(next(manifest for manifest in manifests if manifest["kind"] == kind))
    return problems(manifests)


def container(manifest: Any) -> Any:
    return manifest["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.criterion("TASK-011/AC-002")
def test_probes_ask_what_the_shop_answers(guest: Client) -> None:
    (deployment,) = (manifest for manifest in MANIFESTS if manifest["kind"] == "Deployment")
    for probe in ("readinessProbe", "livenessProbe"):
        assert guest.get(container(deployment)[probe]["httpGet"]["path"]).status == 200


@pytest.mark.criterion("TASK-011/AC-003")
def test_the_database_has_one_writer() -> None:
    (deployment,) = (manifest for manifest in MANIFESTS if manifest["kind"] == "Deployment")
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert pod_of(deployment) is not None


@pytest.mark.parametrize(
    ("kind", "change", "problem"),
    [
        ("Service", lambda it: it["spec"]["selector"].update(app="x"), "selects no pods"),
        ("Service", lambda it: it["spec"]["ports"][0].update(targetPort="x"), "opens port x"),
        ("Deployment", lambda it: container(it).update(image="shop:latest"), "no fixed version"),
        ("Deployment", lambda it: container(it).update(image="shop"), "no fixed version"),
        ("Deployment", lambda it: container(it)["resources"].pop("limits"), "no limits"),
        ("Deployment", lambda it: container(it)["ports"].clear(), "does not open"),
        ("Deployment", lambda it: container(it)["volumeMounts"][0].update(name="x"), "no volume x"),
        (
            "Deployment",
            lambda it: it["spec"]["template"]["spec"].pop("securityContext"),
            "may run as root",
        ),
        (
            "Deployment",
            lambda it: it["spec"]["selector"]["matchLabels"].update(app="x"),
            "does not match its own pods",
        ),
        ("ConfigMap", lambda it: it["metadata"].update(name="x"), "there is no ConfigMap shop"),
        ("PersistentVolumeClaim", lambda it: it["metadata"].pop("name"), "metadata.name"),
    ],
)
def test_the_validator_finds(kind: str, change: Callable[[Any], object], problem: str) -> None:
    assert any(problem in line for line in spoil(kind, change))
