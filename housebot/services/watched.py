"""Owns the provider of card payments as it is seen at work: every call is noted, and passed on as it is."""

from housebot.measures import Measures
from housebot.services.ports import Order, PaymentProvider, ProviderPayment, ProviderRefund


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
