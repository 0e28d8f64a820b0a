"""What Prometheus scrapes: requests by status, their duration, orders and revenue."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

BUCKETS = (0.005, 0.025, 0.1, 0.2, 0.5, 1.0, 5.0)
"""Upper bounds in seconds; 0.2 is the promise of the alert rules."""


@dataclass
class Metrics:
    """Counters of one process; safe to use from several threads."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    durations: Counter[float] = field(default_factory=Counter)
    seconds: float = 0.0
    orders: int = 0
    revenue_cents: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def request(self, method: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        with self._lock:
            self.requests[method, status] += 1
            self.seconds += seconds
            for bound in BUCKETS:
                self.durations[bound] += seconds <= bound

    def order(self, cents: int) -> None:
        """Count an order that has been paid."""
        with self._lock:
            self.orders += 1
            self.revenue_cents += cents

    def exposition(self) -> str:
        """Write everything in Prometheus' text format."""
        with self._lock:
            return "\n".join([*self._requests(), *self._durations(), *self._business(), ""])

    def _requests(self) -> list[str]:
        return ["# TYPE shop_requests_total counter"] + [
            f'shop_requests_total{{method="{method}",status="{status}"}} {count}'
            for (method, status), count in sorted(self.requests.items())
        ]

    def _durations(self) -> list[str]:
        name, count = "shop_request_seconds", self.requests.total()
        bounds = [f'{name}_bucket{{le="{bound}"}} {self.durations[bound]}' for bound in BUCKETS]
        return [
            f"# TYPE {name} histogram",
            *bounds,
            f'{name}_bucket{{le="+Inf"}} {count}',
            f"{name}_sum {self.seconds:.6f}",
            f"{name}_count {count}",
        ]

    def _business(self) -> list[str]:
        return [
            "# TYPE shop_orders_total counter",
            f"shop_orders_total {self.orders}",
            "# TYPE shop_revenue_cents_total counter",
            f"shop_revenue_cents_total {self.revenue_cents}",
        ]
