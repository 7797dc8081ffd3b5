"""A strict YooKassa for tests: an aiohttp server that behaves as the documented API and remembers what it was asked.

It knows nothing of housebot. Documented behaviour kept here: Basic auth; every POST carries an Idempotence-Key of at most 64
characters, the same key and body give the same answer, the same key and another body are refused; 202 with `retry_after` in
milliseconds while it is at work; a payment goes pending -> waiting_for_capture -> succeeded, or canceled; only what waits for
capture can be captured or cancelled; refunds, partial ones too, never exceed what was captured.
"""

import asyncio
import base64
import copy
import json
import uuid
from decimal import Decimal
from typing import Any

import aiohttp
from aiohttp import web

SHOP, SECRET = 123456, "test_very-secret-key"


class YooKassaDouble:
    """`async with YooKassaDouble() as shop`: `shop.url` is the api_base."""

    def __init__(self) -> None:
        self.payments: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str, str | None]] = []  # method, path without ids, key
        self.bodies: list[dict[str, Any]] = []
        self.lost_answers = 0  # the next so many POSTs have their effect and are not answered
        self.busy = 0  # the next so many POSTs are answered 202
        self.down = False
        self.locked = False  # our credentials are not known any more
        self.refuses: str | None = None  # every new payment is refused with this code
        self.slow_refunds = False
        self.poor = False  # the shop has no money for refunds
        self.hook: str | None = None  # where notifications go
        self.test = False
        self._answers: dict[str, tuple[str, Any, int, Any]] = {}
        self._runner: web.AppRunner | None = None
        self._one_by_one = asyncio.Lock()
        self.url = ""

    async def __aenter__(self) -> "YooKassaDouble":
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.post("/v3/payments", self._create),
                web.get("/v3/payments/{id}", self._get),
                web.post("/v3/payments/{id}/capture", self._capture),
                web.post("/v3/payments/{id}/cancel", self._cancel),
                web.post("/v3/refunds", self._refund),
                web.get("/v3/refunds/{id}", self._get_refund),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v3"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    # What people do.

    def newest(self) -> dict[str, Any]:
        return list(self.payments.values())[-1]

    async def pay(self, payment: dict[str, Any] | None = None, *, notify: int = 0, at_once: bool = False) -> str:
        """A guest gives a card on the page; the bank says yes. `at_once`: by a way that knows no two steps."""
        found = payment or self.newest()
        assert found["status"] == "pending", "only what is pending can be paid"
        found["status"] = "succeeded" if at_once else "waiting_for_capture"
        found["paid"] = True
        await self.notify(f"payment.{found['status']}", found, copies=notify)
        return str(found["id"])

    def give_up(self, payment: dict[str, Any] | None = None, reason: str = "expired_on_confirmation") -> None:
        """Nobody paid in time, or the bank said no."""
        found = payment or self.newest()
        found["status"] = "canceled"
        found["cancellation_details"] = {"party": "yoo_money", "reason": reason}

    def captured_by_hand(self, payment: dict[str, Any] | None = None) -> None:
        """Somebody pressed the button in YooKassa's own cabinet."""
        found = payment or self.newest()
        assert found["status"] == "waiting_for_capture"
        found["status"] = "succeeded"

    def refunded_by_hand(self, payment: dict[str, Any], value: str) -> dict[str, Any]:
        """Somebody sent money back in YooKassa's own cabinet."""
        assert payment["status"] == "succeeded"
        number = str(uuid.uuid4())
        amount = {"value": value, "currency": payment["amount"]["currency"]}
        made = {"id": number, "payment_id": payment["id"], "amount": amount, "status": "succeeded"}
        self.refunds[number] = made
        return made

    async def notify(self, event: str, thing: dict[str, Any], *, copies: int = 1) -> list[int]:
        """Notifications are unsigned and may come never, once or several times."""
        assert self.hook is not None or not copies, "nobody wants to be told"
        statuses = []
        async with aiohttp.ClientSession() as client:
            for _ in range(copies):
                told = {"type": "notification", "event": event, "object": thing}
                async with client.post(str(self.hook), json=told) as answer:
                    statuses.append(answer.status)
        return statuses

    def taken(self) -> Decimal:
        """What the shop has got, less what it sent back."""
        got = sum(Decimal(one["amount"]["value"]) for one in self.payments.values() if one["status"] == "succeeded")
        back = sum(Decimal(one["amount"]["value"]) for one in self.refunds.values() if one["status"] == "succeeded")
        return Decimal(got) - Decimal(back)

    # What the API does.

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        key = request.headers.get("Idempotence-Key")
        path = request.path.removeprefix("/v3/")
        self.calls.append((request.method, "/".join(part for part in path.split("/") if len(part) < 36), key))
        if self.down:
            return web.Response(status=502, text="<html>Bad Gateway</html>")
        expected = "Basic " + base64.b64encode(f"{SHOP}:{SECRET}".encode()).decode()
        if self.locked or request.headers.get("Authorization") != expected:
            return _error(401, "invalid_credentials")
        if request.method == "GET":
            return await handler(request)  # type: ignore[no-any-return]
        async with self._one_by_one:
            return await self._once(request, handler, key)

    async def _once(self, request: web.Request, handler: Any, key: str | None) -> web.StreamResponse:
        if not key or len(key) > 64:
            return _error(400, "invalid_request", "Idempotence-Key")
        try:
            body = json.loads(await request.text())
        except ValueError:
            return _error(400, "invalid_request")
        self.bodies.append(body)
        asked = json.dumps([request.path, body], sort_keys=True)
        if key in self._answers:
            first, thing, status, said = self._answers[key]
            if first != asked:
                return _error(400, "invalid_request", "Idempotence-Key")
            answer = web.json_response(thing if thing is not None else said, status=status)
        else:
            if self.busy:
                self.busy -= 1
                return web.json_response({"type": "processing", "retry_after": 1800}, status=202)
            made = await handler(request)
            said = json.loads(made.text)
            self._answers[key] = (asked, None, made.status, said)
            answer = made
        if self.lost_answers:
            self.lost_answers -= 1
            assert request.transport is not None
            request.transport.close()
            await asyncio.sleep(0)
        return answer

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.refuses:
            return _error(400, self.refuses)
        unknown = set(body) - {"amount", "capture", "confirmation", "description", "metadata", "receipt"}
        confirmation = body.get("confirmation") or {}
        if unknown or not _good(body.get("amount")):
            return _error(400, "invalid_request", "amount")
        if confirmation.get("type") != "redirect" or not str(confirmation.get("return_url", "")).startswith("http"):
            return _error(400, "invalid_request", "confirmation")
        if len(body.get("description", "")) > 128 or any(len(str(one)) > 512 for one in body["metadata"].values()):
            return _error(400, "invalid_request", "description")
        if "receipt" in body and not _good_receipt(body["receipt"], body["amount"]):
            return _error(400, "invalid_request", "receipt")
        number = str(uuid.uuid4())
        self.payments[number] = {
            "id": number,
            "status": "pending",
            "paid": False,
            "amount": body["amount"],
            "confirmation": {"type": "redirect", "confirmation_url": f"https://yoomoney.example/pay?orderId={number}"},
            "metadata": body.get("metadata", {}),
            "description": body.get("description", ""),
            "refundable": False,
            "test": self.test,
        }
        return web.json_response(self.payments[number])

    async def _get(self, request: web.Request) -> web.Response:
        found = self.payments.get(request.match_info["id"])
        return _error(404, "not_found") if found is None else web.json_response(found)

    async def _capture(self, request: web.Request) -> web.Response:
        found, body = self.payments.get(request.match_info["id"]), await request.json()
        if found is None:
            return _error(404, "not_found")
        if found["status"] != "waiting_for_capture" or body.get("amount", found["amount"]) != found["amount"]:
            return _error(400, "invalid_request")
        found["status"], found["refundable"] = "succeeded", True
        return web.json_response(copy.deepcopy(found))

    async def _cancel(self, request: web.Request) -> web.Response:
        found = self.payments.get(request.match_info["id"])
        if found is None:
            return _error(404, "not_found")
        if found["status"] != "waiting_for_capture":
            return _error(400, "invalid_request")
        found["status"], found["paid"] = "canceled", False
        found["cancellation_details"] = {"party": "merchant", "reason": "canceled_by_merchant"}
        return web.json_response(copy.deepcopy(found))

    async def _refund(self, request: web.Request) -> web.Response:
        body = await request.json()
        found = self.payments.get(body["payment_id"])
        if found is None or found["status"] != "succeeded" or not _good(body.get("amount")):
            return _error(400, "invalid_request")
        if body["amount"]["currency"] != found["amount"]["currency"]:
            return _error(400, "invalid_request", "amount")
        before = sum(
            Decimal(one["amount"]["value"])
            for one in self.refunds.values()
            if one["payment_id"] == found["id"] and one["status"] != "canceled"
        )
        if before + Decimal(body["amount"]["value"]) > Decimal(found["amount"]["value"]):
            return _error(400, "invalid_request", "amount")
        number = str(uuid.uuid4())
        made = {
            "id": number,
            "payment_id": found["id"],
            "amount": body["amount"],
            "status": "canceled" if self.poor else "pending" if self.slow_refunds else "succeeded",
        }
        if self.poor:
            made["cancellation_details"] = {"party": "yoo_money", "reason": "insufficient_funds"}
        self.refunds[number] = made
        return web.json_response(made)

    async def _get_refund(self, request: web.Request) -> web.Response:
        found = self.refunds.get(request.match_info["id"])
        return _error(404, "not_found") if found is None else web.json_response(found)


def _good(amount: Any) -> bool:
    try:
        return Decimal(amount["value"]) > 0 and isinstance(amount["value"], str) and len(amount["currency"]) == 3
    except (KeyError, TypeError, ArithmeticError):
        return False


def _good_receipt(receipt: dict[str, Any], amount: dict[str, str]) -> bool:
    customer, items = receipt.get("customer", {}), receipt.get("items", [])
    total = sum(Decimal(one["amount"]["value"]) * Decimal(one["quantity"]) for one in items)
    reached = str(customer.get("phone", "")).isdigit() or "@" in str(customer.get("email", ""))
    return reached and total == Decimal(amount["value"]) and all(1 <= one["vat_code"] <= 12 for one in items)


def _error(status: int, code: str, parameter: str = "") -> web.Response:
    said = {"type": "error", "id": str(uuid.uuid4()), "code": code, "description": f"No: {code}"}
    return web.json_response(said | ({"parameter": parameter} if parameter else {}), status=status)
