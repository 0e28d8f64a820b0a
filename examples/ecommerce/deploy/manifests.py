"""``python -m deploy.manifests FILE-OR-FOLDER…``: do the manifests agree with each other?

A schema check would pass a Service that selects nothing. This one follows the names: selectors to
pods, ports to containers, volumes to claims, the ingress to its service.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import yaml

Manifest: TypeAlias = dict[str, Any]


def load(*places: Path) -> list[Manifest]:
    """Read all documents of files and folders; YAMLError where one is not YAML."""
    files = [file for place in places for file in (sorted(place.glob("*.y*ml")) or [place])]
    return [document for file in files for document in yaml.safe_load_all(file.read_text("utf-8"))]


def problems(manifests: list[Manifest]) -> list[str]:
    """Say in a line each what does not fit; empty where all does."""
    found = [f"{_name(manifest)}: {line}" for manifest in manifests for line in _shape(manifest)]
    if found:
        return found  # names cannot be followed through what has none
    known = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests}
    for manifest in manifests:
        found += [f"{_name(manifest)}: {line}" for line in _pods(manifest, known)]
        found += [f"{_name(manifest)}: {line}" for line in _traffic(manifest, manifests, known)]
    return found


def _name(manifest: Any) -> str:
    if not isinstance(manifest, dict):
        return repr(manifest)
    return f"{manifest.get('kind')}/{(manifest.get('metadata') or {}).get('name')}"


def _shape(manifest: Any) -> Iterator[str]:
    if not isinstance(manifest, dict):
        yield "not a mapping"
        return
    for key in ("apiVersion", "kind"):
        if not isinstance(manifest.get(key), str):
            yield f"{key} is missing"
    for key in ("name", "namespace"):
        if not (manifest.get("metadata") or {}).get(key):
            yield f"metadata.{key} is missing"


def pod_of(manifest: Manifest) -> Manifest | None:
    """The pod template of a workload; None for everything else."""
    spec = manifest.get("spec", {})
    template: Manifest | None = spec.get("jobTemplate", {}).get("spec", spec).get("template")
    return template


def _pods(manifest: Manifest, known: set[tuple[str, str]]) -> Iterator[str]:
    pod = pod_of(manifest)
    if pod is None:
        return
    if not _covers(manifest["spec"].get("selector", {}).get("matchLabels", {}), pod):
        yield "its selector does not match its own pods"
    if not pod["spec"].get("securityContext", {}).get("runAsNonRoot"):
        yield "its pods may run as root"
    claims = {
        volume["name"]: volume.get("persistentVolumeClaim", {}).get("claimName")
        for volume in pod["spec"].get("volumes", [])
    }
    for claim in filter(None, claims.values()):
        if ("PersistentVolumeClaim", claim) not in known:
            yield f"there is no claim {claim}"
    for container in pod["spec"]["containers"]:
        yield from _container(container, set(claims), known)


def _container(
    container: Manifest, volumes: set[str], known: set[tuple[str, str]]
) -> Iterator[str]:
    name = container["name"]
    if container["image"].rpartition(":")[2] in ("latest", container["image"]):
        yield f"{name}: the image has no fixed version"
    if not container.get("resources", {}).get("limits"):
        yield f"{name}: no limits"
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in volumes:
            yield f"{name}: there is no volume {mount['name']}"
    for source in container.get("envFrom", []):
        if ("ConfigMap", source["configMapRef"]["name"]) not in known:
            yield f"{name}: there is no ConfigMap {source['configMapRef']['name']}"
    ports = {port["name"] for port in container.get("ports", [])}
    for probe in ("readinessProbe", "livenessProbe"):
        port = container.get(probe, {}).get("httpGet", {}).get("port")
        if port is not None and port not in ports:
            yield f"{name}: {probe} asks port {port}, which it does not open"


def _traffic(
    manifest: Manifest, manifests: Iterable[Manifest], known: set[tuple[str, str]]
) -> Iterator[str]:
    if manifest["kind"] == "Service":
        pods = [pod for pod in map(pod_of, manifests) if pod]
        chosen = [pod for pod in pods if _covers(manifest["spec"]["selector"], pod)]
        if not chosen:
            yield "it selects no pods"
        open_ports = {
            port["name"]
            for pod in chosen
            for container in pod["spec"]["containers"]
            for port in container.get("ports", [])
        }
        for port in manifest["spec"]["ports"]:
            if chosen and port["targetPort"] not in open_ports:
                yield f"no container opens port {port['targetPort']}"
    if manifest["kind"] == "Ingress":
        for rule in manifest["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]["name"]
                if ("Service", service) not in known:
                    yield f"there is no service {service}"


def _covers(labels: dict[str, str], pod: Manifest) -> bool:
    carried = pod["metadata"]["labels"]
    return all(carried.get(name) == value for name, value in labels.items())


def main(*places: str) -> int:
    """Check what the command line names; 1 where something does not fit."""
    manifests = load(*map(Path, places))
    found = problems(manifests) if manifests else ["no manifests"]
    print("\n".join(found) or f"{len(manifests)} manifests agree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
