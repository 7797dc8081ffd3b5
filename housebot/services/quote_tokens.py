"""Owns quotes as signed texts, stored nowhere: the shell and the API give one out and keep its price when it is brought back (R23)."""

import base64
import binascii
import hashlib
import hmac
import zlib
from datetime import datetime
from typing import Any

import orjson

from housebot.domain.period import from_utc_text, utc_text
from housebot.domain.promo import folded
from housebot.errors import Refusal
from housebot.services import quotes, vault
from housebot.services.ports import Tx
from housebot.services.quotes import Quote
from housebot.storage import quotes as rows

LONGEST = 16_384


def sign(tx: Tx, quote: Quote) -> str:
    """The quote as a signed text: whoever brings it back within its time gets this price."""
    body = {
        "request": quotes.request_json(quote.request),
        "price": quotes.price_json(quote),
        "code": quote.code,
        "version": quote.catalog_version,
        "at": utc_text(quote.created_at),
        "until": utc_text(quote.expires_at),
    }
    packed = zlib.compress(orjson.dumps(body), 9)
    return f"{_text(packed)}.{_text(_signature(tx, packed))}"


def opened(tx: Tx, token: str, *, now: datetime) -> Quote:
    """The quote in a token of ours; `invalid` for any other text, `stale` once its time is over."""
    body = _content(tx, token)
    quote = quotes.restored(
        tx,
        body["request"],
        body["price"],
        id=None,
        code=body["code"],
        guest_id=None,
        catalog_version=body["version"],
        created_at=from_utc_text(body["at"]),
        expires_at=from_utc_text(body["until"]),
    )
    if quote.expired(now):
        raise Refusal("stale", what="quote", expired_at=utc_text(quote.expires_at))
    return quote


def promised(tx: Tx, token: str, drawn: Quote, *, now: datetime) -> Quote:
    """The quote in a token of ours, if it is about the very stay that was drawn up just now; as `opened`, `invalid` for another one.

    A promo code may be left out beside a token, which has it; another one is another stay.
    """
    signed = opened(tx, token, now=now)
    code = drawn.request.promo
    other_code = code is not None and folded(code) != folded(signed.request.promo or "")
    if other_code or _wish(signed) != _wish(drawn):
        raise Refusal("invalid", reason="quote_token_of_another_stay")
    return signed


def _content(tx: Tx, token: str) -> dict[str, Any]:
    packed, _, signature = token.strip().partition(".")
    try:
        if len(token) > LONGEST:
            raise ValueError
        body = _bytes(packed)
        # The signature is judged before anything is unpacked: nobody feeds us a bomb.
        if not hmac.compare_digest(_bytes(signature), _signature(tx, body)):
            raise ValueError
    except (ValueError, binascii.Error):
        raise Refusal("invalid", reason="quote_token") from None
    opened: dict[str, Any] = orjson.loads(zlib.decompress(body))
    return opened


def _signature(tx: Tx, packed: bytes) -> bytes:
    key = rows.key(tx)
    if key is None:
        raise Refusal("not_found", what="catalog")
    # With a part from outside of the database: who has a copy of that alone would else name prices by himself.
    return hmac.new(key + vault.outside(tx), packed, hashlib.sha256).digest()


def _wish(quote: Quote) -> tuple[Any, ...]:
    """The stay and the gift that are meant, whatever the document says that it was drawn up under."""
    stay = quote.stay
    gift = None if quote.price.gift is None else quote.price.gift.gift_id
    return stay.unit.id, stay.tariff.id, stay.start, stay.end, stay.party, stay.all_extras(), gift


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
