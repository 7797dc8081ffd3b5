"""Owns the price of a changed stay: of the catalog in force, with what was agreed and granted before (R23, R37)."""

from dataclasses import replace
from datetime import datetime

from housebot.domain.catalog import Catalog
from housebot.domain.pricing import Price, owner, price, whole
from housebot.domain.stay import Stay, StayRequest
from housebot.services import (
    catalogs,
    gift_money,
    promos,
    quotes,
)
from housebot.services.ports import Tx
from housebot.services.quotes import Quote
from housebot.storage.bookings import Booking

REPRICED = "repriced"  # note: the price is of another version of the document than the one it was sold under


def quote(
    tx: Tx,
    booking: Booking,
    catalog: Catalog,
    request: StayRequest,
    was: Quote,
    stay: Stay,
    *,
    agreed: bool,
    now: datetime,
) -> Quote:
    """The new price under the catalog in force, by the policy the booking was made under; what the owner granted goes with it."""
    promo = None
    if request.promo is not None:
        promo = promos.fitting(tx, request.promo, stay, guest_id=booking.guest_id, booking=booking, now=now)
    hand_prices = catalogs.hand_prices(tx)
    new = price(catalog, stay, hand_prices=hand_prices, promo=promo)
    if granted := owner.difference(was.price):
        new = owner.with_difference(catalog, stay, new, granted)
    if agreed:
        new = _with_old_deposit(new, was.price)
    new = gift_money.still_pays(tx, catalog, booking, stay, new, was.price, hand_prices=hand_prices, agreed=agreed)
    if not agreed:
        new = whole.at_once(catalog, stay, new, now=now)
    if catalog.version != was.catalog_version:
        new = replace(new, notes=(*new.notes, f"{REPRICED}:{catalog.version}"))
    return quotes.unkept(catalog, request, stay, new, policy=was.policy, guest_id=was.guest_id, now=now)


def _with_old_deposit(new: Price, old: Price) -> Price:
    deposit = min(old.deposit_of_policy, new.total - new.city_tax)
    return replace(new, deposit=deposit, deposit_reason=old.deposit_reason)
