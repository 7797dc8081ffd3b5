"""Owns the wire to programs that are told of events: one POST, ten seconds, no redirects, and of the answer little but its status."""

import time
from collections.abc import Mapping
from importlib.metadata import version

from housebot.integrations.guarded import CallFailed, Guarded
from housebot.services.ports import Answered


class WebhookClient:
    """One guard for all endpoints."""

    def __init__(self, guarded: Guarded) -> None:
        self._guarded = guarded
        self._name = f"housebot/{version('housebot')}"

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        about = {"Content-Type": "application/json", "User-Agent": self._name, **headers}
        begun = time.monotonic()
        try:
            answer = await self._guarded.request("POST", url, data=body, headers=about, most=0)
        except CallFailed as failed:
            return Answered(None, failed.kind, _milliseconds(begun))
        good = 200 <= answer.status < 300
        problem = "" if good else "redirect" if 300 <= answer.status < 400 else "status"
        wait = _seconds(answer.headers.get("Retry-After", "")) if answer.status in {429, 503} else 0.0
        return Answered(answer.status, problem, _milliseconds(begun), wait)


def _milliseconds(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _seconds(text: str) -> float:
    """Whole seconds alone: what is a date, or nonsense, is no wish of a program that answers by itself."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0
