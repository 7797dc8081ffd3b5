"""Owns how gifts are looked up by other programs: page by page, one with its ledger, what a typed code is worth. Codes are money (R49)."""

from typing import Any

from housebot.domain.catalog import Catalog
from housebot.domain.gift import Gift
from housebot.domain.gift import check as still_good
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import catalogs, gift_ledger, gift_views, gifts, guesses
from housebot.services.ports import Tx
from housebot.web.api import asked, pages
from housebot.web.api.discretion import guesser
from housebot.web.api.gifts import EXAMPLE, KNOWN, Gifts, GiftShown, Known, Typed, Verdict, Which
from housebot.web.api.operation import Call, Operation


def listing(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of gifts, in the order in which they were sold."""
    query: pages.Changes = call.query
    catalog = catalogs.current(tx, now=call.now)
    page = pages.changed(tx, "gift", query, gifts.listing(tx))
    return {"items": [shown(tx, catalog, call, one) for one in page.rows], "next_cursor": page.next_cursor}


def show(tx: Tx, call: Call) -> dict[str, Any]:
    """One gift with its ledger."""
    return shown(tx, catalogs.current(tx, now=call.now), call, named(tx, call))


def validate(tx: Tx, call: Call) -> dict[str, Any]:
    """Whether a code is worth something. Guessing is limited, and unknown, foreign and expired look the same (R49)."""
    staff, who = call.may("manage"), guesser(call)
    if not staff:
        guesses.limit(tx, who, now=call.now)
    catalog = catalogs.current(tx, now=call.now)
    try:
        gift = gifts.get(tx, call.body.certificate_number)
        still_good(gift, on=local(call.now, catalog.zone).date())
        if gift.currency != catalog.currency:
            raise Refusal("gift_invalid", reason="currency")
        if gift_ledger.left(tx, gift.id) <= 0:
            raise Refusal("gift_insufficient", reason="empty")
    except Refusal as refusal:
        if not staff:
            guesses.wrong(tx, who, now=call.now)
        reason = "unknown" if refusal.code == "not_found" else str(refusal.facts["reason"])
        return {"valid": False, "gift": None, "reason": reason if staff else None}
    whole = gift_views.as_json(tx, catalog, gift, now=call.now)
    return {"valid": True, "gift": {name: whole[name] for name in Known.model_fields}, "reason": None}


def named(tx: Tx, call: Call) -> Gift:
    """By its number; who may see codes may say one. Others would be guessing (R49)."""
    word: str = call.path.id
    number = asked.number(word)
    if number is not None:
        return gifts.by_id(tx, number)
    if not call.may("manage"):
        raise Refusal("not_found", what="gift")
    return gifts.get(tx, word)


def shown(tx: Tx, catalog: Catalog, call: Call, gift: Gift) -> dict[str, Any]:
    """The gift with its ledger, its code masked for who might only look."""
    whole = gift_views.as_json(tx, catalog, gift, now=call.now)
    if not call.may("manage"):
        whole["code"] = _masked(gift.code)
    return whole


def _masked(code: str) -> str:
    """Enough of a code to tell it from another, not to use it."""
    *hidden, last = code.split("-")
    return "-".join([*("•" * len(group) for group in hidden), last])


OPERATIONS = [
    Operation(
        "GET",
        "/gifts",
        name="listGifts",
        summary="Gifts, page by page",
        tag="gifts",
        description="Codes are whole for `manage`, masked for others. With `updated_since` only those something happened to since then.",
        scope="read",
        query=pages.Changes,
        answers=Gifts,
        example={"items": [EXAMPLE], "next_cursor": None},
        reads=listing,
        refusals=("not_found",),
    ),
    Operation(
        "POST",
        "/gifts/validate",
        name="validateGift",
        summary="Whether a gift may be used",
        tag="gifts",
        description="Unknown, used, expired and void look the same but for `manage`. Wrong codes are limited.",
        scope="book",
        takes=Typed,
        body_example={"certificate_number": "GNXGG-BBEDS-EWMKN"},
        answers=Verdict,
        example={"valid": True, "gift": KNOWN, "reason": None},
        writes=validate,
        refusals=("rate_limited", "not_found"),
    ),
    Operation(
        "GET",
        "/gifts/{id}",
        name="getGift",
        summary="One gift with its ledger",
        tag="gifts",
        scope="read",
        in_path=Which,
        answers=GiftShown,
        example=EXAMPLE,
        reads=show,
        refusals=("not_found",),
    ),
]
