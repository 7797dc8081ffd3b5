"""Owns people who book: who they are by Telegram id, how to reach them, in which language, and whom the owner has banned (T4)."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit
from housebot.services.ports import Actor
from housebot.storage import guests as rows
from housebot.storage.guests import Guest
from housebot.storage.tx import Tx

__all__ = [
    "Guest", "ban", "by_phone", "by_telegram", "enter", "find", "get", "in_chat", "known_as", "listing", "normalised", "region_of", "search", "seen", "set_contact",
    "set_language", "share_contact", "steady_page", "unban", "unreachable",
]  # fmt: skip

SPEAKS_RUSSIAN = frozenset({"ru", "be", "uk", "kk"})
LANGUAGES = ("ru", "en")
MAX_NAME = 128


def seen(
    tx: Tx,
    *,
    telegram_id: int,
    name: str,
    username: str | None,
    language_code: str | None,
    source: str = "",
    now: datetime,
) -> Guest:
    """The guest who wrote just now, known or new. A language that was chosen wins over Telegram's for ever; so does the first source."""
    spoken = "ru" if (language_code or "").partition("-")[0].casefold() in SPEAKS_RUSSIAN else "en"
    present = rows.by_telegram(tx, telegram_id)
    name = name[:MAX_NAME]
    if present is None:
        return rows.insert(
            tx,
            telegram_id=telegram_id,
            name=name,
            username=username,
            language=spoken,
            source=source[:64],
            at=utc_text(now),
        )
    language = present.language if present.language_chosen else spoken
    rows.touch(tx, present.id, name=name, username=username, language=language, at=utc_text(now))
    return get(tx, present.id)


def by_phone(
    tx: Tx,
    *,
    name: str,
    contact: str,
    language: str,
    now: datetime,
    region: str | None = None,
    source: str = "phone",
    by_staff: bool = True,
) -> Guest:
    """The guest without Telegram who has that contact, known or new. It never becomes a Telegram guest's row: typed gives no access (T4).

    Typed by others than staff it does not give somebody who has a name another one, and the contact of anybody who is banned
    is `forbidden`.
    """
    contact = normalised(contact, region=region)
    known = known_as(tx, contact)
    if not by_staff and any(one.banned for one in known):
        raise Refusal("forbidden", reason="banned")
    present = next((one for one in reversed(known) if one.telegram_id is None), None)
    if present is not None:
        if not name.strip() or (present.name and not by_staff):
            return present
        rows.set_name(tx, present.id, name.strip()[:MAX_NAME])
        return get(tx, present.id)
    return rows.insert(
        tx,
        telegram_id=None,
        name=name.strip()[:MAX_NAME],
        username=None,
        language=language,
        source=source[:64],
        contact=contact,
        at=utc_text(now),
    )


def enter(
    tx: Tx,
    *,
    contact: str | None,
    telegram_id: int | None,
    name: str | None,
    language: str | None,
    source: str,
    fallback: str,
    actor: Actor,
    now: datetime,
) -> Guest:
    """For staff: the guest of that Telegram id, else the one without Telegram who has that contact; new, or with these words changed.

    `contact` is in its normal form; what a Telegram guest has shared by the button is not replaced by a typed one (`contact_invalid`,
    `verified`). `fallback` is the language of somebody new. None changes nothing.
    """
    present = None
    if telegram_id is not None:
        present = rows.by_telegram(tx, telegram_id)
    elif contact is not None:
        present = rows.without_telegram(tx, contact)
    if present is None:
        known = rows.insert(
            tx, telegram_id=telegram_id, name="", username=None, language=fallback, source=source[:64], at=utc_text(now)
        )
        before = None
    else:
        before, known = _of_staff(present), present
    if contact is not None and contact != known.contact:
        if known.contact_shared:
            raise Refusal("contact_invalid", reason="verified")
        rows.set_contact(tx, known.id, contact, shared=False)
    if name is not None:
        rows.set_name(tx, known.id, name.strip()[:MAX_NAME])
    if language is not None:
        set_language(tx, known.id, language)
    after = get(tx, known.id)
    if before != _of_staff(after):
        audit.write(tx, actor, "guest.enter", f"guest:{known.id}", before, _of_staff(after), now=now)
    return after


def in_chat(tx: Tx, telegram_id: int, *, name: str, language: str, source: str, now: datetime) -> Guest:
    """The guest of that Telegram id, as somebody says whom we believe: known as they are, or new with these words."""
    present = rows.by_telegram(tx, telegram_id)
    if present is not None:
        return present
    return rows.insert(
        tx,
        telegram_id=telegram_id,
        name=name.strip()[:MAX_NAME],
        username=None,
        language=language,
        source=source[:64],
        at=utc_text(now),
    )


def get(tx: Tx, guest_id: int) -> Guest:
    """By id; `not_found`."""
    guest = rows.get(tx, guest_id)
    if guest is None:
        raise Refusal("not_found", what="guest")
    return guest


def by_telegram(tx: Tx, telegram_id: int) -> Guest | None:
    """By Telegram id, or None for somebody who never wrote."""
    return rows.by_telegram(tx, telegram_id)


def find(tx: Tx, text: str) -> Guest:
    """For staff: the guest meant by an id, @name or phone; `not_found`. The newest where several gave the same contact."""
    return search(tx, text)[0]


def search(tx: Tx, text: str) -> Sequence[Guest]:
    """For staff: every guest meant by an id, a Telegram id, @name or phone, at least one; `not_found`."""
    text = text.strip()
    found: list[Guest] = []
    if text.isascii() and text.isdigit() and len(text) < 19:
        number = int(text)
        found = [guest for guest in (rows.get(tx, number), rows.by_telegram(tx, number)) if guest is not None]
    if not found:
        found = rows.by_username(tx, text.removeprefix("@")) if text else []
    if not found:
        try:
            found = rows.by_contact(tx, normalised(text))
        except Refusal:
            found = []
    if not found:
        raise Refusal("not_found", what="guest")
    return found


def known_as(tx: Tx, contact: str) -> Sequence[Guest]:
    """For staff: everybody with that contact in its normal form, shared or typed, the newest first; @names of Telegram too."""
    named = rows.by_username(tx, contact.removeprefix("@")) if contact.startswith("@") else []
    return list({guest.id: guest for guest in (*named, *rows.by_contact(tx, contact))}.values())


def reachable(tx: Tx, username: str) -> Guest | None:
    """Whom the bot may write to under that @name; None for everybody else, of whom nothing is told."""
    found = rows.by_username(tx, username.strip().removeprefix("@")) if username.strip() else []
    return next((one for one in found if one.telegram_id is not None and one.unreachable_at is None), None)


def listing(tx: Tx, *, limit: int = 100, before: int | None = None) -> list[Guest]:
    """The newest guests first; the next page begins before the last id."""
    return rows.listing(tx, limit=limit, before=before)


def steady_page(tx: Tx, *, after: int, limit: int, updated_since: datetime | None = None) -> list[Guest]:
    """In the order in which they came, those behind a number; with `updated_since` only who was seen or changed since (A3)."""
    return rows.steady_page(
        tx, after=after, limit=limit, since=None if updated_since is None else utc_text(updated_since)
    )


def set_language(tx: Tx, guest_id: int, language: str) -> Guest:
    """The language the guest chose, for ever; `invalid` for one we do not speak."""
    if language not in LANGUAGES:
        raise Refusal("invalid", reason="language", allowed=list(LANGUAGES))
    rows.set_language(tx, get(tx, guest_id).id, language)
    return get(tx, guest_id)


def share_contact(tx: Tx, guest_id: int, phone: str, *, contact_user_id: int | None, now: datetime) -> Guest:
    """A contact card was sent. It counts only when it is the sender's own (T4); anybody else's is `contact_invalid`."""
    if contact_user_id is None or contact_user_id != get(tx, guest_id).telegram_id:
        raise Refusal("contact_invalid", reason="not_own")
    digits = phone.strip()
    # Telegram leaves the plus out on some clients; what it shares is always an international number.
    return set_contact(tx, guest_id, digits if digits.startswith("+") else f"+{digits}", shared=True, now=now)


def set_contact(
    tx: Tx, guest_id: int, contact: str, *, shared: bool, now: datetime, region: str | None = None
) -> Guest:
    """How to reach the guest, in its normal form; `contact_invalid`. A typed one is for staff to call and proves nothing (T4)."""
    guest = get(tx, guest_id)
    contact = normalised(contact, region=region)
    if contact == guest.contact and (guest.contact_shared or not shared):
        return guest
    rows.set_contact(tx, guest_id, contact, shared=shared)
    actor = Actor("guest", guest_id, guest.name, "telegram")
    before = {"contact": guest.contact, "shared": guest.contact_shared}
    audit.write(
        tx, actor, "guest.contact", f"guest:{guest_id}", before, {"contact": contact, "shared": shared}, now=now
    )
    return get(tx, guest_id)


def ban(tx: Tx, guest_id: int, *, reason: str, actor: Actor, now: datetime) -> Guest:
    """Take no more bookings from this guest, with a reason; `already_decided` when they are banned."""
    guest = get(tx, guest_id)
    if not reason.strip():
        raise Refusal("invalid", reason="reason_missing")
    if guest.banned:
        raise Refusal("already_decided", what="ban", since=guest.banned_at)
    rows.set_ban(tx, guest_id, at=utc_text(now), reason=reason.strip())
    audit.write(
        tx, actor, "guest.ban", f"guest:{guest_id}", {"banned": False}, {"banned": True}, reason.strip(), now=now
    )
    return get(tx, guest_id)


def unban(tx: Tx, guest_id: int, *, actor: Actor, now: datetime) -> Guest:
    """Take bookings from this guest again; nothing for a guest who is not banned."""
    guest = get(tx, guest_id)
    if guest.banned:
        rows.set_ban(tx, guest_id, at=None, reason=None)
        audit.write(
            tx,
            actor,
            "guest.unban",
            f"guest:{guest_id}",
            {"banned": True},
            {"banned": False},
            guest.ban_reason,
            now=now,
        )
    return get(tx, guest_id)


def unreachable(tx: Tx, telegram_id: int, *, now: datetime) -> None:
    """They blocked the bot (403); writing again makes them reachable (T2)."""
    rows.set_unreachable(tx, telegram_id, at=utc_text(now))


def normalised(contact: str, *, region: str | None = None) -> str:
    """`+375291234567`, or `@name` of 5–32 characters; `contact_invalid`. `region` ("BY") reads numbers without a country."""
    text = contact.strip()
    if text.startswith("@") or (text[:1].isalpha() and text.isascii()):
        return _telegram_name(text.removeprefix("@"))
    if not 5 <= len(text) <= 40:
        raise Refusal("contact_invalid", reason="length")
    return _phone(text, None if text.startswith("+") else region)


@lru_cache(maxsize=256)
def _phone(text: str, region: str | None) -> str:
    """Kept for a while: one booking asks several times."""
    import phonenumbers  # 30 ms: only for those who type a number

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise Refusal("contact_invalid", reason="phone") from None
    if not phonenumbers.is_valid_number(number):
        raise Refusal("contact_invalid", reason="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=64)
def region_of(zone: ZoneInfo) -> str | None:
    """The country of a zone ("BY"), to read local numbers by; None for a zone of no country."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    return next((line[:2] for line in table.splitlines() if line.split("\t")[2:3] == [str(zone)]), None)


def _of_staff(guest: Guest) -> dict[str, object]:
    """What staff may enter."""
    return {"contact": guest.contact, "name": guest.name, "language": guest.language}


def _telegram_name(name: str) -> str:
    if not (5 <= len(name) <= 32 and name.isascii() and name.replace("_", "").isalnum() and not name[0].isdigit()):
        raise Refusal("contact_invalid", reason="telegram_name")
    return f"@{name.lower()}"  # Telegram knows no case either
