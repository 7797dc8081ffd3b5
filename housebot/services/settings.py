"""Owns what people change from day to day, above the document: bank data, texts, photos. Every change is in the audit log (A7)."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args

from housebot.domain.catalog import Text
from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit
from housebot.services.ports import Actor
from housebot.storage import settings as rows
from housebot.storage.tx import Tx

Reference = Literal["required", "optional", "forbidden"]

MAX_COPY = 256  # Telegram's limit for what a copy button copies
MAX_TEXT = 4000
MAX_PHOTOS = 10  # an album

BANK = "bank"
_TEXT, _PHOTOS = "text.", "photos."


@dataclass(frozen=True, slots=True)
class BankData:
    """Where guests transfer money to. `reference` says what to write as the purpose of payment."""

    bank: str
    number: str
    holder: str
    reference: Reference = "optional"
    reference_text: str = ""  # empty: the booking's code

    @property
    def example(self) -> bool:
        """Whether it is the number shipped with the example: no account, so no guest may be sent it."""
        digits = [sign for sign in self.number if sign.isalnum()]
        return not digits or set(digits) == {"0"}


def get(tx: Tx, key: str, default: Any = None) -> Any:
    """The value stored under a key, or the default."""
    value = rows.get(tx, key)
    return default if value is None else value


def put(tx: Tx, key: str, value: Any, *, actor: Actor, now: datetime) -> None:
    """Store a value, or forget it with None; an equal value changes nothing."""
    before = rows.get(tx, key)
    if before == value:
        return
    if value is None:
        rows.remove(tx, key)
    else:
        rows.put(tx, key, value, actor=str(actor), at=utc_text(now))
    audit.write(tx, actor, "setting.change", f"setting:{key}", before, value, now=now)


def bank(tx: Tx) -> BankData | None:
    """The bank data, or None where nobody has set any."""
    stored = rows.get(tx, BANK)
    return None if stored is None else BankData(**stored)


def payable_bank(tx: Tx) -> BankData | None:
    """The bank data guests may be sent: none while they are missing or the example's."""
    data = bank(tx)
    return None if data is None or data.example else data


def set_bank(tx: Tx, data: BankData | None, *, actor: Actor, now: datetime) -> None:
    """Store the bank data as people typed them, or forget them; `invalid` for what no button could copy."""
    if data is not None:
        number = " ".join(data.number.split())
        if not 4 <= len(number) <= MAX_COPY or not any(sign.isdigit() for sign in number):
            raise Refusal("invalid", reason="bank_number", longest=MAX_COPY)
        if data.reference not in get_args(Reference):
            raise Refusal("invalid", reason="bank_reference", allowed=list(get_args(Reference)))
        if any(len(text) > MAX_COPY for text in (data.bank, data.holder, data.reference_text)):
            raise Refusal("invalid", reason="too_long", longest=MAX_COPY)
        data = BankData(data.bank.strip(), number, data.holder.strip(), data.reference, data.reference_text.strip())
    put(tx, BANK, None if data is None else asdict(data), actor=actor, now=now)


def text(tx: Tx, key: str) -> Text:
    """Words set by hand under that key, by language; empty where there are none."""
    return cast(Text, get(tx, _TEXT + key, {}))


def text_keys(tx: Tx) -> list[str]:
    """The keys of all words set by hand."""
    return [key.removeprefix(_TEXT) for key in rows.keys(tx, _TEXT)]


def set_text(tx: Tx, key: str, language: str, words: str, *, actor: Actor, now: datetime) -> None:
    """Words in one language above those of the document; empty words uncover the document's again."""
    if len(words) > MAX_TEXT:
        raise Refusal("invalid", reason="too_long", longest=MAX_TEXT)
    changed = {**text(tx, key), language: words.strip()}
    left = {spoken: said for spoken, said in changed.items() if said}
    put(tx, _TEXT + key, left or None, actor=actor, now=now)


def photos(tx: Tx, unit: str) -> tuple[str, ...]:
    """Telegram's file ids of the photos sent for a unit, in order."""
    return tuple(get(tx, _PHOTOS + unit, []))


def add_photo(tx: Tx, unit: str, file_id: str, *, actor: Actor, now: datetime) -> int:
    """One more photo at the end; how many there are now. `invalid` when the album is full."""
    present = photos(tx, unit)
    if file_id in present:
        return len(present)
    if len(present) >= MAX_PHOTOS:
        raise Refusal("invalid", reason="too_many_photos", most=MAX_PHOTOS)
    put(tx, _PHOTOS + unit, [*present, file_id], actor=actor, now=now)
    return len(present) + 1


def clear_photos(tx: Tx, unit: str, *, actor: Actor, now: datetime) -> None:
    """Forget the photos sent for a unit; those of the document show again."""
    put(tx, _PHOTOS + unit, None, actor=actor, now=now)
