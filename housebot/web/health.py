"""Owns the answer to "are you there"."""

from aiohttp import web


async def live(_: web.Request) -> web.Response:
    """The loop turns: nothing more is asked, so that a monitor never restarts a desk whose Telegram is away."""
    return web.json_response({"status": "ok"})


def routes() -> list[web.RouteDef]:
    return [web.get("/health/live", live)]
