"""Owns the wire to SendPulse: what its chatbots tell of, and words sent back through them; id, secret and token never leave this file.

Events come unsigned, as a JSON list: https://sendpulse.com/integrations/api/chatbot/webhooks
"""

import asyncio
import hashlib
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from housebot.errors import ProviderAway, ProviderRefused, Unreadable
from housebot.services.ports import ChannelEvent

NAME = "sendpulse"
CONNECT, ANSWER = 10.0, 30.0  # seconds
EARLY = 60.0  # a token is renewed so many seconds before it ends
MOST_EVENTS = 500
_KINDS = {"incoming_message": "in", "outgoing_message": "out"}


class SendPulse:
    """One account. Open it once and share it: `async with SendPulse(...) as channel`."""

    name = NAME

    def __init__(self, client_id: str, client_secret: str, *, base: str) -> None:
        self._login = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        self._base = base.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._token, self._ends = "", 0.0
        self._renewing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=ANSWER, connect=CONNECT)
        self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def read(self, body: bytes) -> list[ChannelEvent]:
        """Every event of one request; Unreadable for what is no list of them."""
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Unreadable("not JSON") from None
        events = found if isinstance(found, list) else [found]
        if len(events) > MOST_EVENTS:
            raise Unreadable("too many events")
        try:
            return [_event(one) for one in events]
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
            raise Unreadable("not an event of SendPulse") from None

    async def send(self, service: str, contact: str, text: str) -> None:
        """The words leave through the channel the contact is in. A token that is no longer known is renewed once."""
        body = _message(service, contact, text)
        path = f"{service}/contacts/send"
        status, found, pause = await self._call(path, body, await self._bearer())
        if status == 401:
            self._token = ""
            status, found, pause = await self._call(path, body, await self._bearer())
        if status == 200 and found.get("success") is True:
            return
        what = f"{service} send"
        if status == 401:
            raise ProviderAway(f"{what}: 401", locked_out=True)
        if 400 <= status < 500 and status not in {408, 425, 429}:
            raise ProviderRefused(what, code=str(found.get("error_code") or status)[:40])
        raise ProviderAway(f"{what}: {status}", retry_after=pause)

    async def _bearer(self) -> str:
        async with self._renewing:
            if not self._token or time.monotonic() >= self._ends - EARLY:
                status, found, pause = await self._call("oauth/access_token", self._login, None)
                token = found.get("access_token")
                if status != 200 or not isinstance(token, str) or not token:
                    locked = 400 <= status < 500 and status != 429
                    raise ProviderAway(f"token: {status}", retry_after=pause, locked_out=locked)
                lives = found.get("expires_in")
                self._token = token
                self._ends = time.monotonic() + (lives if isinstance(lives, int) else 0)
            return self._token

    async def _call(self, path: str, body: Any, token: str | None) -> tuple[int, dict[str, Any], float]:
        # An error of aiohttp may repeat headers, and is not chained.
        assert self._session is not None, "use it as a context manager"
        headers = {"Content-Type": "application/json"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
        try:
            async with self._session.post(
                f"{self._base}/{path}", data=orjson.dumps(body), headers=headers, allow_redirects=False
            ) as response:
                status, content, later = response.status, await response.read(), response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            away = ProviderAway(f"{path.partition('/')[0]}: {type(problem).__name__}")
        else:
            return status, _object(content), float(later) if later.isascii() and later.isdigit() else 0.0
        raise away


def _message(service: str, contact: str, text: str) -> dict[str, Any]:
    """Each channel has a form of its own."""
    match service:
        case "telegram":
            return {"contact_id": contact, "message": {"type": "text", "text": text}}
        case "whatsapp":
            return {"contact_id": contact, "message": {"type": "text", "text": {"body": text}}}
        case "instagram":
            return {"contact_id": contact, "messages": [{"type": "text", "message": {"text": text}}]}
        case "messenger":
            message = {"type": "RESPONSE", "content_type": "message", "text": text}
            return {"contact_id": contact, "message": message}
        case _:
            raise ProviderRefused("send", code=f"no way into {service[:20]}")


def _event(found: Any) -> ChannelEvent:
    contact, bot = found["contact"], found.get("bot") or {}
    title, service = _text(found["title"], 100), _text(found["service"], 32)
    number = _text(contact["id"], 64)
    if not (title and service.isascii() and service.isalnum() and number):
        raise ValueError("contact")
    message = (found.get("info") or {}).get("message") or {}
    data = message.get("channel_data") or {}
    inner: dict[str, Any] = data["message"] if isinstance(data.get("message"), dict) else {}
    kind = _KINDS.get(title, "other")
    said = (
        inner.get("text")
        or data.get("text")
        or message.get("text")
        or (contact.get("last_message") if kind == "in" else "")
    )
    message_id = data.get("message_id") or inner.get("message_id") or message.get("id")
    when = found.get("date")
    return ChannelEvent(
        id=_name(found, f"{service}:{number}:{title}:{message_id}" if message_id else ""),
        service=service,
        bot=_text(bot.get("id"), 64),
        contact=number,
        kind=kind,
        text=_text(said, 4000),
        name=_text(contact.get("name"), 128),
        phone=_text(contact.get("phone"), 40),
        language=_text((inner.get("from") or data.get("from") or {}).get("language_code"), 8),
        at=datetime.fromtimestamp(int(when), UTC) if isinstance(when, int) else None,
    )


def _name(found: Any, told: str) -> str:
    """What the event is called: by the channel's own number of the message, else by all that it says."""
    seed = told.encode() if told else orjson.dumps(found, option=orjson.OPT_SORT_KEYS)
    return f"{NAME}:{hashlib.sha256(seed).hexdigest()}"


def _text(value: Any, most: int) -> str:
    text = str(value) if isinstance(value, str | int) else ""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text).strip()[:most]


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
