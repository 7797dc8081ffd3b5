"""Owns whoever is outside as they are seen at work: every call is noted, and passed on as it is."""

import time
from collections.abc import Mapping

from housebot.measures import Measures
from housebot.services.ports import (
    Answered,
    Channel,
    ChannelEvent,
    Order,
    PaymentProvider,
    ProviderPayment,
    ProviderRefund,
    WebhookPort,
)


class Watched:
    """A PaymentProvider whose calls, their time and their failures are counted."""

    def __init__(self, provider: PaymentProvider, measures: Measures) -> None:
        self.name = provider.name
        self._provider = provider
        self._measures = measures

    async def create(self, order: Order, *, key: str) -> ProviderPayment:
        with self._measures.calling(self.name, "create"):
            return await self._provider.create(order, key=key)

    async def get(self, payment_id: str) -> ProviderPayment:
        with self._measures.calling(self.name, "get"):
            return await self._provider.get(payment_id)

    async def capture(self, payment: ProviderPayment, *, key: str) -> ProviderPayment:
        with self._measures.calling(self.name, "capture"):
            return await self._provider.capture(payment, key=key)

    async def cancel(self, payment_id: str, *, key: str) -> ProviderPayment:
        with self._measures.calling(self.name, "cancel"):
            return await self._provider.cancel(payment_id, key=key)

    async def refund(self, payment_id: str, order: Order, *, key: str) -> ProviderRefund:
        with self._measures.calling(self.name, "refund"):
            return await self._provider.refund(payment_id, order, key=key)

    async def get_refund(self, refund_id: str) -> ProviderRefund:
        with self._measures.calling(self.name, "get_refund"):
            return await self._provider.get_refund(refund_id)


class WatchedChannel:
    """A Channel whose calls, their time and their failures are counted."""

    def __init__(self, channel: Channel, measures: Measures) -> None:
        self.name = channel.name
        self._channel = channel
        self._measures = measures

    def read(self, body: bytes) -> list[ChannelEvent]:
        return self._channel.read(body)

    async def send(self, service: str, contact: str, text: str) -> None:
        with self._measures.calling(self.name, "send"):
            await self._channel.send(service, contact, text)


class WatchedPrograms:
    """A WebhookPort whose calls are counted. That somebody's program is away is no fault of the desk: its health is not asked."""

    def __init__(self, programs: WebhookPort, measures: Measures) -> None:
        self._programs = programs
        self._measures = measures

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        began = time.monotonic()
        answer = await self._programs.post(url, body, headers)
        outcome = "away" if answer.status is None else "refused" if answer.problem else "ok"
        self._measures.provider_calls.add("webhooks", "post", outcome)
        self._measures.provider_seconds.observe(time.monotonic() - began, "webhooks", "post")
        return answer
