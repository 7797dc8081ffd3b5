"""Owns `/metrics`: what the desk counts and what it reads when asked, in the words of Prometheus."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any

from aiohttp import web

from housebot.errors import Refusal
from housebot.measures import Counter, Figure, Gauge, Histogram, Measures
from housebot.web import answers
from housebot.web.insiders import MayLook

KEPT = 2.0  # seconds a reading is good for: several scrapers cost no more than one

Read = Callable[[], Awaitable[Sequence[Figure]]]


class Metrics:
    """The page. `read` gives figures from rows, files and the process; it is set once there is a desk behind the port."""

    def __init__(self, measures: Measures, may_look: MayLook) -> None:
        self.read: Read | None = None
        self._measures = measures
        self._may_look = may_look
        self._figures: Sequence[Figure] = ()
        self._until = 0.0
        self._turn = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/metrics", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        """401 for strangers."""
        if not self._may_look(request):
            return answers.refused(Refusal("unauthorized"))
        # The package is heavy, and most desks are never scraped.
        from prometheus_client.exposition import CONTENT_TYPE_LATEST

        body = exposition(self._measures, await self._read())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    async def _read(self) -> Sequence[Figure]:
        async with self._turn:
            if self.read is not None and time.monotonic() >= self._until:
                self._figures = await self.read()
                self._until = time.monotonic() + KEPT
            return self._figures


def exposition(measures: Measures, figures: Iterable[Figure]) -> bytes:
    """The text of Prometheus."""
    from prometheus_client.exposition import generate_latest

    families = [*map(_family, measures.all()), *map(_gauge, figures)]

    class Collected:
        def collect(self) -> Iterator[Any]:
            return iter(families)

    return generate_latest(Collected())


def _family(measure: Counter | Histogram) -> Any:
    from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

    if isinstance(measure, Gauge):
        return _gauge(Figure(measure.name, measure.help, measure.labels, dict(measure.values)))
    if isinstance(measure, Counter):
        counter = CounterMetricFamily(measure.name, measure.help, labels=measure.labels)
        for labels, value in measure.values.items():
            counter.add_metric(labels, value)
        return counter
    histogram = HistogramMetricFamily(measure.name, measure.help, labels=measure.labels)
    for labels, (counts, total) in measure.values.items():
        buckets, below = [], 0
        for bound, count in zip([*map(str, measure.bounds), "+Inf"], counts, strict=True):
            below += count
            buckets.append((bound, below))
        histogram.add_metric(labels, buckets, total[0])
    return histogram


def _gauge(figure: Figure) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    gauge = GaugeMetricFamily(figure.name, figure.help, labels=figure.labels)
    for labels, value in figure.values.items():
        gauge.add_metric(labels, value)
    return gauge
