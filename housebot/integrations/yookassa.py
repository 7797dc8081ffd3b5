"""Owns the wire to YooKassa: two-step card payments and refunds over one aiohttp session; the secret key never leaves this file.

A repeated call must carry its first key, for a random one would be a second payment: keys come from the caller, who stores them.
"""

import re
from base64 import b64encode
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from housebot.domain.money import exponent
from housebot.errors import ProviderAway, ProviderRefused, Refusal
from housebot.services.ports import Order, ProviderPayment, ProviderRefund

CONNECT, ANSWER = 10.0, 30.0  # seconds
# From where it sends notifications, which are not signed: https://yookassa.ru/developers/using-api/webhooks
SENDERS = (
    "185.71.76.0/27",
    "185.71.77.0/27",
    "77.75.153.0/25",
    "77.75.154.128/25",
    "77.75.156.11",
    "77.75.156.35",
    "2a02:5180::/32",
)
_BUSY = {408, 425, 429}
_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)


class YooKassa:
    """One shop. Open it once and share it: `async with YooKassa(...) as provider`."""

    name = "yookassa"

    def __init__(
        self,
        shop_id: int,
        secret_key: str,
        *,
        base: str,
        test: bool = False,
        return_url: str | None = None,
        vat_code: int | None = None,
        tax_system: int | None = None,
        receipt_email: str | None = None,
    ) -> None:
        self._login = "Basic " + b64encode(f"{shop_id}:{secret_key}".encode()).decode()
        self._base = base.rstrip("/")
        self._test = test
        self._return_url = return_url
        self._vat_code, self._tax_system, self._receipt_email = vat_code, tax_system, receipt_email
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=ANSWER, connect=CONNECT)
        self._session = aiohttp.ClientSession(
            headers={"Authorization": self._login}, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def create(self, order: Order, *, key: str) -> ProviderPayment:
        body: dict[str, Any] = {
            "amount": _value(order.amount, order.currency),
            "capture": False,
            "confirmation": {"type": "redirect", "return_url": self._return_url or order.return_url},
            "description": order.description[:128],
            "metadata": {"booking": order.booking},
        }
        if self._vat_code is not None:
            body["receipt"] = self._receipt(order)
        return self._payment(await self._call("POST", "payments", body, key=key))

    async def get(self, payment_id: str) -> ProviderPayment:
        return self._payment(await self._call("GET", f"payments/{_safe(payment_id)}"))

    async def capture(self, payment: ProviderPayment, *, key: str) -> ProviderPayment:
        body = {"amount": _value(payment.amount, payment.currency)}
        return self._payment(await self._call("POST", f"payments/{_safe(payment.id)}/capture", body, key=key))

    async def cancel(self, payment_id: str, *, key: str) -> ProviderPayment:
        return self._payment(await self._call("POST", f"payments/{_safe(payment_id)}/cancel", {}, key=key))

    async def refund(self, payment_id: str, order: Order, *, key: str) -> ProviderRefund:
        body: dict[str, Any] = {"payment_id": payment_id, "amount": _value(order.amount, order.currency)}
        if self._vat_code is not None:
            body["receipt"] = self._receipt(order)
        return _refund(await self._call("POST", "refunds", body, key=key))

    async def get_refund(self, refund_id: str) -> ProviderRefund:
        return _refund(await self._call("GET", f"refunds/{_safe(refund_id)}"))

    def _receipt(self, order: Order) -> dict[str, Any]:
        """54-FZ: one line, a service paid in part or in full before it is given."""
        customer = {"phone": order.phone.lstrip("+")} if order.phone else {"email": self._receipt_email}
        line = {
            "description": order.description[:128],
            "quantity": "1",
            "amount": _value(order.amount, order.currency),
            "vat_code": self._vat_code,
            "payment_mode": "full_prepayment" if order.whole else "prepayment",
            "payment_subject": "service",
        }
        tax = {} if self._tax_system is None else {"tax_system_code": self._tax_system}
        return {"customer": customer, "items": [line], **tax}

    def _payment(self, found: Any) -> ProviderPayment:
        try:
            return ProviderPayment(
                id=str(found["id"]),
                state=str(found["status"]),
                amount=_minor(found["amount"]),
                currency=str(found["amount"]["currency"]),
                booking=str((found.get("metadata") or {}).get("booking", "")),
                confirmation_url=(found.get("confirmation") or {}).get("confirmation_url"),
                reason=str((found.get("cancellation_details") or {}).get("reason", "")),
                genuine=bool(found.get("test", False)) == self._test,
            )
        except (KeyError, TypeError, ValueError, AttributeError, Refusal):
            raise ProviderAway("payment: not an answer of YooKassa") from None

    async def _call(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        # The name of the call without its ids is all that is told of it; an error of aiohttp may repeat headers and is not chained.
        assert self._session is not None, "use it as a context manager"
        what = f"{method} {path.partition('/')[0]}"
        try:
            async with self._session.request(
                method,
                f"{self._base}/{path}",
                data=None if body is None else orjson.dumps(body),
                headers={"Content-Type": "application/json"} | ({} if key is None else {"Idempotence-Key": key}),
                allow_redirects=False,
            ) as response:
                status, content = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            away = ProviderAway(f"{what}: {type(problem).__name__}")
        else:
            return _answer(what, status, content)
        raise away


def _answer(what: str, status: int, content: bytes) -> Any:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        found = {}
    known = found if isinstance(found, dict) else {}
    if status == 200 and known:
        return known
    if status == 202:  # still at work: the same call again says how it ended
        return _later(what, float(known.get("retry_after") or 0) / 1000)
    code = str(known.get("code", status))[:40]
    if status in {401, 403}:
        raise ProviderAway(f"{what}: {status} {code}", locked_out=True)
    if 400 <= status < 500 and status not in _BUSY and known.get("type") == "error":
        raise ProviderRefused(what, code=code)
    return _later(f"{what}: {status}", 0.0)


def _later(what: str, retry_after: float) -> Any:
    raise ProviderAway(what, retry_after=retry_after)


def _refund(found: Any) -> ProviderRefund:
    try:
        return ProviderRefund(
            id=str(found["id"]),
            state=str(found["status"]),
            reason=str((found.get("cancellation_details") or {}).get("reason", "")),
            payment=str(found["payment_id"]),
            amount=_minor(found["amount"]),
            currency=str(found["amount"]["currency"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, Refusal):
        raise ProviderAway("refund: not an answer of YooKassa") from None


def _safe(number: str) -> str:
    """An id as part of a path; nothing else gets there."""
    if not _ID.fullmatch(number):
        raise ProviderRefused("id", code="not_found")
    return number


def _value(amount: int, currency: str) -> dict[str, str]:
    digits = exponent(currency)
    whole, rest = divmod(amount, 10**digits)
    return {"value": f"{whole}.{rest:0{digits}}" if digits else str(whole), "currency": currency}


def _minor(money: Any) -> int:
    """Minor units of `{"value": "400.00", "currency": "BYN"}`, without a float on the way."""
    whole, _, rest = str(money["value"]).partition(".")
    digits = exponent(str(money["currency"]))
    if not (whole + rest).isdigit() or rest[digits:].strip("0"):
        raise ValueError("amount")
    return int(whole + rest[:digits].ljust(digits, "0"))
