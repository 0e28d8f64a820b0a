"""TASK-015 Monitoring setup."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from conftest import CARD, ROOT, Client

from shop.catalog import Product
from shop.metrics import Metrics

MONITORING = ROOT / "deploy/monitoring"
PROMETHEUS = yaml.safe_load((MONITORING / "prometheus.yml").read_text("utf-8"))
RULES = yaml.safe_load((MONITORING / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
PANELS = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))["panels"]


def samples(client: Client) -> dict[str, float]:
    lines = [line for line in client.get("/metrics").text.splitlines() if line[0] != "#"]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.mark.criterion("TASK-015/AC-001")
def test_requests_are_counted(guest: Client) -> None:
    guest.get("/")
    guest.get("/nowhere")
    found = samples(guest)
    assert found['shop_requests_total{method="GET",status="200"}'] == 1
    assert found['shop_requests_total{method="GET",status="404"}'] == 1
    assert found["shop_request_seconds_count"] == 2


@pytest.mark.criterion("TASK-015/AC-001")
def test_buckets_add_up() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.15, 0.15, 30):
        metrics.request("GET", 200, seconds)
    bounds = re.findall(r'le="(\S+)"} (\d+)', metrics.exposition())
    counts = {bound: int(count) for bound, count in bounds}
    assert (counts["0.005"], counts["0.2"], counts["5.0"], counts["+Inf"]) == (1, 3, 3, 4)


@pytest.mark.criterion("TASK-015/AC-001")
def test_orders_are_counted(customer: Client, stock: dict[str, Product]) -> None:
    customer.post("/cart", product_id=stock["Cup"].id, quantity=2)
    customer.api("POST", "/api/checkout", key="order-0001", address="1 Main Street", **CARD)
    found = samples(customer)
    assert (found["shop_orders_total"], found["shop_revenue_cents_total"]) == (1, 2500)


@pytest.mark.criterion("TASK-015/AC-002")
@pytest.mark.parametrize(
    "expression",
    [rule["expr"] for rule in RULES] + [panel["targets"][0]["expr"] for panel in PANELS],
)
def test_alerts_and_panels_ask_for_what_exists(guest: Client, expression: str) -> None:
    guest.get("/")
    exposed = {name.partition("{")[0] for name in samples(guest)} | {"up"}
    asked = set(re.findall(r"\b(shop_\w+|up)\b", expression))
    assert asked
    assert asked <= exposed


def test_the_scraper_knows_its_rules_and_the_shop(guest: Client) -> None:
    (job,) = PROMETHEUS["scrape_configs"]
    assert guest.get(job["metrics_path"]).status == 200
    compose = yaml.safe_load((ROOT / "deploy/docker-compose.yml").read_text("utf-8"))
    host, port = job["static_configs"][0]["targets"][0].split(":")
    assert compose["services"][host]["ports"][0].endswith(f":{port}")
    mounted = " ".join(compose["services"]["prometheus"]["volumes"])
    assert all(f"/etc/prometheus/{name}:" in mounted for name in PROMETHEUS["rule_files"])


def test_grafana_finds_the_dashboard_and_its_source() -> None:
    compose = yaml.safe_load((ROOT / "deploy/docker-compose.yml").read_text("utf-8"))["services"]
    mounted = dict(volume.split(":")[:2] for volume in compose["grafana"]["volumes"])
    places = yaml.safe_load((MONITORING / "grafana-dashboards.yml").read_text("utf-8"))
    folder = places["providers"][0]["options"]["path"]
    assert mounted["./monitoring/dashboard.json"].startswith(f"{folder}/")
    sources = yaml.safe_load((MONITORING / "grafana-datasources.yml").read_text("utf-8"))
    host, port = sources["datasources"][0]["url"].removeprefix("http://").split(":")
    assert (host in compose, port) == (True, "9090")


def test_every_alert_says_how_urgent_it_is() -> None:
    assert {rule["labels"]["severity"] for rule in RULES} == {"page", "ticket"}
    assert all(rule["annotations"]["summary"] for rule in RULES)
