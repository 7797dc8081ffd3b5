"""Owns how the web says no: one envelope for every error (A2), in the language that was asked for, without our insides."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import orjson
from aiohttp import web

from housebot.errors import CODES, Refusal

RETRY_SOON = "1"  # seconds
_MARKUP = re.compile(r"</?[a-z-]+[^<>]*>")
_OF_HTTP = {401: "unauthorized", 403: "forbidden", 404: "not_found", 413: "body_too_large", 429: "rate_limited"}


def json(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """An answer of JSON."""
    return web.Response(body=orjson.dumps(content), status=status, headers=headers, content_type="application/json")


def refused(refusal: Refusal, *, language: str = "en") -> web.Response:
    """A rule said no."""
    status, headers = CODES[refusal.code], {}
    if refusal.code == "unauthorized":
        headers["WWW-Authenticate"] = "Bearer"
    if refusal.code == "rate_limited":
        headers["Retry-After"] = str(refusal.facts.get("retry_after", RETRY_SOON))
    if refusal.code == "temporarily_unavailable":
        headers["Retry-After"] = RETRY_SOON
    return json(envelope(refusal.code, words(refusal, language), refusal.facts), status=status, headers=headers)


def of_http(answer: web.HTTPException) -> web.Response:
    """What aiohttp itself refuses, in our envelope: 404, 405, 413 …"""
    said = json(envelope(_OF_HTTP.get(answer.status, "invalid"), answer.reason), status=answer.status)
    if allowed := answer.headers.get("Allow"):
        said.headers["Allow"] = allowed
    return said


def broken(message: str, *, status: int) -> web.Response:
    """A request that cannot be read, or came too slowly."""
    return json(envelope("invalid", message), status=status)


def fault() -> web.Response:
    """Something is wrong on our side; the log knows what."""
    return json(envelope("temporarily_unavailable", "something went wrong on our side"), status=500)


def envelope(code: str, message: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "details": dict(details or {})}}


def words(refusal: Refusal, language: str) -> str:
    """The reason as a guest would read it; the code alone where there are no words for it."""
    from housebot import words as catalog

    try:
        html = catalog.translator(language).refusal(refusal)
    except (LookupError, OSError):
        return str(refusal.code)
    return unescape(_MARKUP.sub("", html))
