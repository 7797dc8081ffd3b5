"""A strict SendPulse for tests: an aiohttp server that behaves as the documented chatbot API, and the webhooks it sends.

It knows nothing of housebot. Kept here: OAuth by client_credentials with tokens that end; 401 without a token or with an old one; a
body of another form than its channel has is refused, and so is a contact nobody knows; 429 with Retry-After.
"""

import asyncio
import itertools
import json
from typing import Any

import aiohttp
from aiohttp import web

CLIENT, SECRET = "c0ffee", "sp-very-secret"


class SendPulseDouble:
    """`async with SendPulseDouble() as sendpulse`: `sendpulse.url` is the api_base."""

    def __init__(self) -> None:
        self.contacts: dict[str, str] = {}  # id -> channel
        self.sent: list[tuple[str, str, str]] = []  # channel, contact, text
        self.tokens: set[str] = set()
        self.asked_for_tokens = 0
        self.expires_in = 3600
        self.busy = 0  # the next so many sends are answered 429
        self.later = "30"  # what is said with it
        self.lost_answers = 0  # the next so many sends have their effect and are not answered
        self.down = False
        self.locked = False
        self.hook: str | None = None
        self._runner: web.AppRunner | None = None
        self._numbers = itertools.count(1)
        self.url = ""

    async def __aenter__(self) -> "SendPulseDouble":
        app = web.Application()
        app.add_routes(
            [
                web.post("/oauth/access_token", self._token),
                web.post("/{channel}/contacts/send", self._send),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    # What people do.

    def event(
        self, text: str, *, contact: str = "c1", channel: str = "telegram", title: str = "incoming_message", **more: Any
    ) -> dict[str, Any]:
        """One event as the webhooks have it."""
        self.contacts.setdefault(contact, channel)
        number = next(self._numbers)
        return {
            "service": channel,
            "title": title,
            "bot": {
                "id": more.get("bot", "bot-1"),
                "name": "House",
                "external_id": 7,
                "url": "https://t.me/house_sp_bot",
            },
            "contact": {
                "id": contact,
                "name": more.get("name", "Мария"),
                "phone": more.get("phone"),
                "last_message": text,
                "variables": {},
                "tags": [],
            },
            "info": {
                "message": {"channel_data": {"message_id": number, "message": {"message_id": number, "text": text}}}
            },
            "date": more.get("date", 1795435200),
        }

    async def tell(self, *events: dict[str, Any], copies: int = 1) -> list[int]:
        """Webhooks are unsigned, a list of events, and may come more than once."""
        assert self.hook is not None, "nobody wants to be told"
        statuses = []
        async with aiohttp.ClientSession() as client:
            for _ in range(copies):
                async with client.post(self.hook, json=list(events)) as answer:
                    statuses.append(answer.status)
        return statuses

    # What the API does.

    async def _token(self, request: web.Request) -> web.Response:
        self.asked_for_tokens += 1
        if self.down:
            return web.Response(status=502, text="<html>Bad Gateway</html>")
        body = json.loads(await request.text())
        known = body == {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        if self.locked or not known:
            said = {"error": "invalid_client", "error_description": "Client authentication failed"}
            return web.json_response(said, status=401)
        token = f"token-{self.asked_for_tokens}"
        self.tokens = {token}
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in})

    async def _send(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=502, text="<html>Bad Gateway</html>")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            return _error(401, 401)
        if self.busy:
            self.busy -= 1
            return web.json_response(
                {"success": False, "error_code": 429}, status=429, headers={"Retry-After": self.later}
            )
        try:
            body = json.loads(await request.text())
        except ValueError:
            return _error(400, 400)
        channel = request.match_info["channel"]
        text = _text(channel, body)
        if text is None or not 1 <= len(text) <= 4096:
            return _error(422, 422)
        if self.contacts.get(body["contact_id"]) != channel:
            return _error(400, 1102)
        self.sent.append((channel, body["contact_id"], text))
        if self.lost_answers:
            self.lost_answers -= 1
            assert request.transport is not None
            request.transport.close()
            await asyncio.sleep(0)
        return web.json_response({"success": True, "data": {}})


def _text(channel: str, body: Any) -> str | None:
    """The words, where the body has its channel's form and nothing else."""
    try:
        match channel:
            case "telegram":
                (message,) = [body["message"]]
                wanted, text = {"type": "text", "text": message["text"]}, message["text"]
            case "whatsapp":
                message = body["message"]
                text = message["text"]["body"]
                wanted = {"type": "text", "text": {"body": text}}
            case "instagram":
                (message,) = body["messages"]
                text = message["message"]["text"]
                wanted = {"type": "text", "message": {"text": text}}
            case _:
                return None
    except (KeyError, TypeError, ValueError):
        return None
    key = "messages" if channel == "instagram" else "message"
    good = message == wanted and set(body) == {"contact_id", key} and isinstance(text, str)
    return text if good else None


def _error(status: int, code: int) -> web.Response:
    return web.json_response({"success": False, "error_code": code, "errors": {}}, status=status)
