"""Owns what the running desk counts of itself: plain numbers in memory, cheap enough for every request, shown at `/metrics`.

One `Measures` is made by the app and handed to whoever has something to count. Labels are names of ours (a route's template,
a class of messages, a provider), never what somebody typed: their number is bounded.
"""

import time
from asyncio import CancelledError
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from housebot.errors import ProviderAway, ProviderRefused

# Upper bounds in seconds.
QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PATIENT = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)

Labels = tuple[str, ...]


class Counter:
    """How often; it only grows."""

    __slots__ = ("help", "labels", "name", "values")

    def __init__(self, name: str, help_: str, labels: Labels = ()) -> None:
        self.name = name
        self.help = help_
        self.labels = labels
        self.values: dict[Labels, float] = {} if labels else {(): 0}

    def add(self, *labels: str, times: float = 1) -> None:
        self.values[labels] = self.values.get(labels, 0) + times


class Gauge(Counter):
    """How much there is now."""

    __slots__ = ()

    def set(self, value: float, *labels: str) -> None:
        self.values[labels] = value


class Histogram:
    """How long, in seconds, by bounds."""

    __slots__ = ("bounds", "help", "labels", "name", "values")

    def __init__(self, name: str, help_: str, labels: Labels = (), *, bounds: Sequence[float] = QUICK) -> None:
        self.name = name
        self.help = help_
        self.labels = labels
        self.bounds = tuple(bounds)
        self.values: dict[
            Labels, tuple[list[int], list[float]]
        ] = {}  # how many up to each bound and above all; their sum

    def observe(self, seconds: float, *labels: str) -> None:
        kept = self.values.get(labels)
        if kept is None:
            kept = self.values[labels] = ([0] * (len(self.bounds) + 1), [0.0])
        kept[0][bisect_left(self.bounds, seconds)] += 1
        kept[1][0] += seconds


Measure = Counter | Histogram


@dataclass(slots=True)
class Outside:
    """When somebody outside was last reached, and last was not; by the monotonic clock."""

    reached: float | None = None
    failed: float | None = None
    fault: str = ""  # the kind of the last failure, never its words


class Measures:
    """Everything that is counted while the desk runs. What rows can tell is asked of the rows instead."""

    def __init__(self) -> None:
        self.requests = Counter(
            "housebot_http_requests", "Requests answered, by route template.", ("method", "route", "status")
        )
        self.request_seconds = Histogram(
            "housebot_http_request_duration_seconds", "From the head of a request to its answer.", ("method", "route")
        )
        self.rate_limited = Counter(
            "housebot_rate_limited",
            "Requests refused because there were too many, by the limit that refused.",
            ("limit",),
        )
        self.updates = Counter(
            "housebot_updates_handled", "Telegram updates handled: done, again (tried once more), aside.", ("outcome",)
        )
        self.update_seconds = Histogram(
            "housebot_update_duration_seconds", "From the take of an update to the commit of its effect.", ("kind",)
        )
        self.deliveries = Counter(
            "housebot_deliveries",
            "Calls that carried a message, by class and by what became of them.",
            ("class", "outcome"),
        )
        self.delivery_seconds = Histogram(
            "housebot_delivery_duration_seconds", "Calls that carried a message.", ("class",), bounds=PATIENT
        )
        self.delivery_wait_seconds = Histogram(
            "housebot_delivery_wait_seconds",
            "From the row of a message to its arrival, waits and retries included.",
            ("class",),
            bounds=PATIENT,
        )
        self.provider_calls = Counter(
            "housebot_provider_calls",
            "Calls to providers outside: ok, refused, away, fault, cut off by ourselves.",
            ("provider", "call", "outcome"),
        )
        self.provider_seconds = Histogram(
            "housebot_provider_call_duration_seconds",
            "Calls to providers outside.",
            ("provider", "call"),
            bounds=PATIENT,
        )
        self.loop_lag = Histogram("housebot_loop_lag_seconds", "How late the loop came back from a short sleep.")
        self.outside: dict[str, Outside] = {}

    def all(self) -> Iterator[Measure]:
        """In the order in which they are shown."""
        yield from (one for one in vars(self).values() if isinstance(one, Counter | Histogram))

    @contextmanager
    def calling(self, provider: str, call: str) -> Iterator[None]:
        """One call to somebody outside. A refusal is an answer; away is none."""
        seen = self.outside.setdefault(provider, Outside())
        began = time.monotonic()
        outcome = "fault"
        try:
            yield
            outcome = "ok"
        except ProviderRefused:
            outcome = "refused"
            raise
        except ProviderAway:
            outcome = "away"
            raise
        except CancelledError:
            outcome = "cut"  # by ourselves: it says nothing of the other side
            raise
        finally:
            ended = time.monotonic()
            if outcome in {"ok", "refused"}:
                seen.reached = ended
            elif outcome != "cut":
                seen.failed, seen.fault = ended, outcome
            self.provider_calls.add(provider, call, outcome)
            self.provider_seconds.observe(ended - began, provider, call)


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that is read when it is asked for: from rows, files, the process."""

    name: str
    help: str
    labels: Labels
    values: Mapping[Labels, float]
