"""Owns quotes: immutable snapshots of a price, stored for a conversation; signed ones are `quote_tokens` (R23)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from housebot.domain import stay_rules
from housebot.domain.catalog import CancellationPolicy, CancellationTier, Catalog, say
from housebot.domain.gift import Share
from housebot.domain.money import MoneyJson
from housebot.domain.occupancy import Busy
from housebot.domain.period import from_utc_text, utc_text
from housebot.domain.pricing import Line, Price, price, whole
from housebot.domain.stay import WITHOUT, Stay, StayRequest, resolve
from housebot.errors import Refusal
from housebot.services import availability, catalogs, codes, gift_money, limits, promos
from housebot.storage import quotes as rows
from housebot.storage.tx import Tx

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without look-alikes
_QUOTE = "quote"  # kept before, by this piece of work
GAP = timedelta(days=62)  # a free run longer than two months is no gap between stays


@dataclass(frozen=True, slots=True)
class Quote:
    """What was asked, what it is, what it costs, and until when that is honoured. `id` is None where nothing was stored."""

    id: int | None
    code: str
    guest_id: int | None
    request: StayRequest
    stay: Stay
    price: Price
    policy: dict[str, Any]  # the cancellation policy as it was shown
    catalog_version: int
    created_at: datetime
    expires_at: datetime

    def expired(self, now: datetime) -> bool:
        """To the second: a quote that ends now has ended."""
        return self.expires_at <= now

    @property
    def cancellation(self) -> CancellationPolicy:
        """The policy as it was shown: what a booking made from it is cancelled and moved by, whatever is sold today (R53)."""
        tiers = tuple(CancellationTier(**tier) for tier in self.policy.get("tiers", ()))
        return CancellationPolicy(tiers, self.policy.get("moves_allowed", 0), self.policy.get("words", {}))


def draw_up(tx: Tx, request: StayRequest, *, now: datetime, staff: bool = False, guest_id: int | None = None) -> Quote:
    """A quote that nobody keeps: for the shell and the API, which sign it.

    Judges the request and the stay rules (staff may leave soft ones), not whether the dates are free. Refusals of
    `stay.resolve` and `stay_rules.check`; promo_invalid, promo_used_up, gift_invalid, gift_insufficient.
    """
    catalog = catalogs.current(tx, now=now)
    stay = resolve(catalog, request)
    stay_rules.check(catalog, stay, now=now, staff=staff, busy=around(tx, catalog, stay, now=now))
    promo = None if request.promo is None else promos.fitting(tx, request.promo, stay, guest_id=guest_id, now=now)
    hand_prices = catalogs.hand_prices(tx)
    amounts = price(catalog, stay, hand_prices=hand_prices, promo=promo)
    if request.gift is not None:
        amounts = gift_money.applied(tx, catalog, request.gift, stay, amounts, hand_prices=hand_prices, now=now)
    amounts = whole.at_once(catalog, stay, amounts, now=now)
    return unkept(catalog, request, stay, amounts, guest_id=guest_id, now=now)


def unkept(
    catalog: Catalog,
    request: StayRequest,
    stay: Stay,
    price: Price,
    *,
    policy: dict[str, Any] | None = None,
    guest_id: int | None = None,
    now: datetime,
) -> Quote:
    """A quote of these parts that nobody has stored; with the policy of an earlier one where a booking keeps its own."""
    terms = catalog.cancellation
    return Quote(
        id=None,
        code=codes.random(ALPHABET, 10),
        guest_id=guest_id,
        request=request,
        stay=stay,
        price=price,
        policy=policy or {**_fields(terms), "tiers": [_fields(tier) for tier in terms.tiers]},
        catalog_version=catalog.version,
        created_at=now,
        expires_at=now + timedelta(minutes=catalog.desk.quote_ttl_minutes),
    )


def make(tx: Tx, request: StayRequest, *, guest_id: int | None = None, now: datetime, staff: bool = False) -> Quote:
    """A stored quote, for a conversation and for every booking. Refusals as `draw_up`."""
    return keep(tx, draw_up(tx, request, now=now, staff=staff, guest_id=guest_id))


def keep(tx: Tx, quote: Quote) -> Quote:
    """The same quote, stored: a booking made from a signed one keeps it for ever."""
    if quote.id is not None:
        return quote
    quote_id = rows.insert(
        tx,
        code=quote.code,
        guest_id=quote.guest_id,
        catalog_version=quote.catalog_version,
        request=request_json(quote.request),
        price=price_json(quote),
        total=quote.price.total,
        deposit=quote.price.deposit,
        currency=quote.price.currency,
        created_at=utc_text(quote.created_at),
        expires_at=utc_text(quote.expires_at),
    )
    if quote_id is None:
        return load(tx, rows.id_of(tx, quote.code))  # a signed one that was brought before: by its signature the same
    # To the second, as it will be read: everything else is what it was, values and all.
    kept = tx.read_before[_QUOTE, quote_id] = replace(
        quote,
        id=quote_id,
        created_at=from_utc_text(utc_text(quote.created_at)),
        expires_at=from_utc_text(utc_text(quote.expires_at)),
    )
    return kept


def load(tx: Tx, quote_id: int) -> Quote:
    """A stored quote with its stay as it was understood then; `not_found`.

    Kept by the same piece of work it is that very one, as it was drawn up: notes of what was changed in it are in its price.
    """
    known: Quote | None = tx.read_before.get((_QUOTE, quote_id))
    if known is not None:
        return known
    row = rows.get(tx, quote_id)
    if row is None:
        raise Refusal("not_found", what="quote")
    return restored(
        tx,
        row.request,
        row.price,
        id=row.id,
        code=row.code,
        guest_id=row.guest_id,
        catalog_version=row.catalog_version,
        created_at=from_utc_text(row.created_at),
        expires_at=from_utc_text(row.expires_at),
    )


def honoured(tx: Tx, quote: Quote, *, now: datetime, staff: bool = False) -> tuple[Quote, int]:
    """The quote while it lasts; after its end a new one and how much more it costs (less is negative), to be shown.

    It also ends where one of its extras was stopped: that nobody can give, `extra_sold_out` where it was asked for.
    """
    sold_under = catalogs.version(tx, quote.catalog_version)
    if not quote.expired(now) and not limits.stopped_since(tx, sold_under, quote.stay, now=now):
        return quote, 0
    fresh = draw_up(tx, quote.request, now=now, staff=staff, guest_id=quote.guest_id)
    if quote.id is not None:
        fresh = keep(tx, fresh)
    return fresh, fresh.price.total - quote.price.total


def as_json(quote: Quote, language: str = "en", *, token: str | None = None) -> dict[str, Any]:
    """The quote as scripts see it (INTERFACE); `quote_token` only where one was made.

    A gift takes nothing off the total: it pays, and the deposit is what is paid to book beside it (R48).
    """
    price, stay = quote.price, quote.stay

    def money(amount: int) -> MoneyJson:
        return {"amount": amount, "currency": price.currency}

    def line(one: Line) -> dict[str, Any]:
        return {
            "code": one.code,
            "label": say(one.label, language),
            "quantity": one.quantity,
            "unit_price": None if one.unit_price is None else money(one.unit_price),
            "amount": money(one.amount),
            "rule": one.rule,
        }

    return {
        "unit": stay.unit.id,
        "tariff": stay.tariff.id,
        "start": utc_text(stay.start),
        "end": utc_text(stay.end),
        "arrival": stay.arrival.isoformat(timespec="minutes"),
        "departure": stay.departure.isoformat(timespec="minutes"),
        "guests": stay.guests,
        "party": dict(stay.party),
        "extras": extras_json(stay),
        "lines": [line(one) for one in price.lines],
        "total": money(price.total),
        "gift": None if price.gift is None else {"code": price.gift.code, "amount": money(price.gift.amount)},
        "deposit": money(price.due_now),
        "deposit_reason": say(price.deposit_reason, language),
        "city_tax": money(price.city_tax),
        "currency": price.currency,
        "expires_at": utc_text(quote.expires_at),
        "quote_token": token,
        "taxes": [line(one) for one in price.taxes],
        "notes": list(price.notes),
        "cancellation": say(quote.policy.get("words", {}), language),
        "catalog_version": quote.catalog_version,
    }


def extras_json(stay: Stay) -> list[dict[str, Any]]:
    """`[{id, quantity, included}]`."""
    return [
        {"id": extra, "quantity": quantity, "included": extra in stay.included}
        for extra, quantity in stay.all_extras().items()
    ]


def around(tx: Tx, catalog: Catalog, stay: Stay, *, now: datetime, exclude: int | None = None) -> list[Busy]:
    """What lies around the stay, where a rule sells short gaps whole (R10); nothing where none asks."""
    if all(rule.strategy != "gap" for rule in catalog.stay_rules):
        return []
    return availability.busy(tx, stay.unit, stay.start - GAP, stay.end + GAP, now=now, exclude=exclude)


def request_json(request: StayRequest) -> dict[str, Any]:
    """What was asked, as it is stored and signed."""
    return {
        **_fields(request),
        "arrival": request.arrival.isoformat(timespec="minutes"),
        "departure": request.departure.isoformat(timespec="minutes"),
    }


def price_json(quote: Quote) -> dict[str, Any]:
    """What it costs and on which terms, as it is stored and signed. Its lines are values yet: what writes JSON knows them."""
    return {**_fields(quote.price), "policy": quote.policy}


def _fields(value: Any) -> dict[str, Any]:
    """One level deep: a deep copy of every quote costs more than the quote."""
    return {name: getattr(value, name) for name in value.__slots__}


def restored(
    tx: Tx, request: Mapping[str, Any], stored: Mapping[str, Any], *, catalog_version: int, **rest: Any
) -> Quote:
    """The quote of what `request_json` and `price_json` made, its stay understood by the catalog of that time."""
    asked = StayRequest(
        **{
            **request,
            "arrival": datetime.fromisoformat(request["arrival"]),
            "departure": datetime.fromisoformat(request["departure"]),
        }
    )
    figures = {key: value for key, value in stored.items() if key != "policy"}
    for lines in ("lines", "taxes"):
        figures[lines] = tuple(Line(**line) for line in figures[lines])
    for plain in ("notes", "nights"):
        figures[plain] = tuple(figures[plain])
    if figures.get("gift") is not None:
        figures["gift"] = Share(**figures["gift"])
    return Quote(
        request=asked,
        stay=_as_sold(resolve(catalogs.version(tx, catalog_version), asked), figures["notes"]),
        price=Price(**figures),
        policy=stored["policy"],
        catalog_version=catalog_version,
        **rest,
    )


def _as_sold(stay: Stay, notes: tuple[str, ...]) -> Stay:
    """The stay with the notes it was sold with: what its tariff includes and could not be had then, it has not."""
    if stay.notes == notes:
        return stay
    missing = {note.removeprefix(WITHOUT) for note in notes if note.startswith(WITHOUT)}
    return replace(stay, included=tuple(one for one in stay.included if one not in missing), notes=notes)
