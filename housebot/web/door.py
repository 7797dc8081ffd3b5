"""Owns what stands between strangers and the desk: how often they may ask, from where a page may ask, which keys came by."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web

from housebot.web import addresses
from housebot.web.addresses import Address, Network
from housebot.web.api.uses import Uses
from housebot.web.rates import Paces, Rates

_NO_LIMITS = Paces(key=0, address=0, wrong_keys=0, overall=0)


@dataclass(frozen=True, slots=True)
class Door:
    """The default lets everybody in as often as they like, and no page of another site."""

    rates: Rates = field(default_factory=lambda: Rates(_NO_LIMITS))
    origins: Sequence[str] = ()  # of pages that may ask; "*" for all
    trusted: Sequence[Network] = ()
    uses: Uses = field(default_factory=Uses)

    def address(self, request: web.Request) -> Address | None:
        """Whoever began the request, as far as the proxies we know tell it."""
        return addresses.client(request.remote, addresses.forwarded(request.headers), trusted=self.trusted)
