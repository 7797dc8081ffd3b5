"""Owns which ways to pay the running desk has beyond those of the catalog: the app says so at each start, for it knows the settings."""

from collections.abc import Collection

from housebot.domain.catalog import Catalog
from housebot.services.ports import Tx
from housebot.storage import meta

CARDS, TELEGRAM = "yookassa", "telegram"
PROVIDERS = (CARDS, TELEGRAM)  # who may collect money for the desk: on a page, in the chat

_PROVIDERS = "payment_providers"


def remember(tx: Tx, providers: Collection[str]) -> None:
    """These collect money for the desk, as long as it runs with these settings."""
    text = " ".join(sorted(providers))
    if meta.get(tx, _PROVIDERS) != text:
        meta.put(tx, _PROVIDERS, text)


def providers(tx: Tx) -> tuple[str, ...]:
    """Those who do collect money for it."""
    known = (meta.get(tx, _PROVIDERS) or "").split()
    return tuple(one for one in PROVIDERS if one in known)


def takes_cards(tx: Tx) -> bool:
    """Whether a guest may be offered to pay by card."""
    return CARDS in providers(tx)


def offered(tx: Tx, catalog: Catalog) -> tuple[str, ...]:
    """Every way a guest may choose."""
    return (*catalog.desk.payment_methods, *providers(tx))
