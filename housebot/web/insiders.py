"""Owns who may look inside the desk: somebody on this machine, or a key that may read. One rule for figures and details of health."""

from collections.abc import Callable

from aiohttp import web

from housebot.errors import Refusal
from housebot.services import keys
from housebot.services.ports import Clock, Database
from housebot.web import addresses
from housebot.web.api.serving import presented

_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")

MayLook = Callable[[web.Request], bool]


def insiders(desk: tuple[Database, Clock] | None) -> MayLook:
    """Whether a request comes from this machine itself, or shows a key with scope `read`.

    A proxy on this machine speaks for strangers: what was forwarded is not from here, whatever it says of itself.
    """

    def may_look(request: web.Request) -> bool:
        came_straight = not any(name in request.headers for name in _FORWARDED)
        peer = addresses.client(request.remote, "", trusted=())
        if came_straight and peer is not None and peer.is_loopback:
            return True
        return desk is not None and _shows_key(request, *desk)

    return may_look


def _shows_key(request: web.Request, db: Database, clock: Clock) -> bool:
    text = presented(request)
    if text is None:
        return False
    try:
        return keys.may(db.read(lambda tx: keys.authenticate(tx, text, now=clock.now())), "read")
    except Refusal:
        return False
