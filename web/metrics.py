"""``/metrics`` for Prometheus: how requests go, and what the office has to do. Numbers only, nobody's data.

The text is for whoever runs the service: it is given on this machine, and elsewhere to a token that may read it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.limits import is_local

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


@dataclass(frozen=True)
class Measure:
    """One thing measured at this moment: its name, what it means, values by what `label` says (``""`` for one)."""

    name: str
    meaning: str
    values: Mapping[str, float]
    label: str = ""


@dataclass
class Metrics:
    """What is counted since the start; `measure` tells the rest when somebody asks who `may_read` it."""

    measure: Callable[[], Sequence[Measure]] = lambda: ()
    may_read: Callable[[Request], bool] = lambda request: is_local(request.scope)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        """Register what is counted."""
        labels = ("method", "route", "status")
        self.requests = Counter("zhixun_http_requests", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram(
            "zhixun_http_request_seconds", "Until an answer began", ("route",), buckets=BOUNDS, registry=self.registry
        )
        self.registry.register(_Measured(self.measure))

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)


@dataclass
class Counted:
    """The application, its answers counted by route, never by address: an unknown path is ``other``."""

    app: ASGIApp
    metrics: Metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "other")
                method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "PUT", "DELETE") else "other"
                self.metrics.requests.labels(method, route, str(message["status"])).inc()
                self.metrics.seconds.labels(route).observe(time.perf_counter() - started)
            await send(message)

        await self.app(scope, receive, counted)


@dataclass(frozen=True)
class _Measured(Collector):
    """What is measured when somebody asks."""

    measure: Callable[[], Sequence[Measure]]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for each in self.measure():
            family = GaugeMetricFamily(each.name, each.meaning, labels=[each.label] if each.label else [])
            for value, number in each.values.items():
                family.add_metric([value] if each.label else [], number)
            yield family

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is measured before somebody asks."""
        return iter(())
