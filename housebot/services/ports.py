"""Owns what services ask of the outside: database, clock, renderer, and the ports of the world. Values and Protocols only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from housebot.storage.file import Tx

__all__ = [
    "SYSTEM", "Actor", "Answered", "Button", "Channel", "ChannelEvent", "Clock", "Database", "ForeignOrder", "Invoice", "Message",
    "Messenger", "Order", "OrderReader", "Outgoing", "PaymentProvider", "Picture", "ProviderPayment", "ProviderRefund", "Reader",
    "Renderer", "ReplyKeyboard", "Sent", "Tx", "WebhookPort",
]  # fmt: skip

T = TypeVar("T")


class Reader(Protocol):
    """Reads one consistent snapshot, inline. `cache` lives as long as the open file; `data_version` moves with every commit."""

    cache: dict[Any, Any]

    def read(self, work: Callable[[Tx], T]) -> T: ...

    def data_version(self) -> int: ...


class Database(Reader, Protocol):
    """The server's database: reads inline, or aside what takes long; writes through the group-committing writer."""

    async def write(self, work: Callable[[Tx], T]) -> T: ...

    async def aside(self, work: Callable[[Tx], T]) -> T: ...


class Clock(Protocol):
    """The only way to learn the time (R9): aware UTC."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and through which door (A7)."""

    kind: str  # guest, staff, shell, key, system
    id: int | None
    name: str
    channel: str  # telegram, shell, api, web, system
    role: str = ""  # owner, manager, cleaner, specialist for staff

    def __str__(self) -> str:
        return f"{self.kind}:{self.id if self.id is not None else self.name}"

    @property
    def is_staff(self) -> bool:
        """May override soft rules, with a reason (R13)."""
        return self.kind in {"staff", "shell"} or self.role in {"owner", "manager"}


SYSTEM = Actor("system", None, "housebot", "system")


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button: exactly one of data, url and copy."""

    text: str
    data: str | None = None
    url: str | None = None
    copy: str | None = None
    style: str | None = None


@dataclass(frozen=True, slots=True)
class ReplyKeyboard:
    """The keyboard under the text field. A row item is its text; `contact` names the one that shares the phone."""

    rows: tuple[tuple[str, ...], ...]
    contact: str | None = None
    persistent: bool = True
    one_time: bool = False
    placeholder: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture or file to send: a file Telegram already has, bytes, or how to draw them: off the loop, with no transaction open."""

    file_id: str | None = None
    content: bytes | None = None
    draw: Callable[[], bytes] | None = None
    name: str = "picture.png"
    document: bool = False  # True: sent as a file
    stays: bool = False  # True: an edit of the message changes its words and leaves the picture that stands there


@dataclass(frozen=True, slots=True)
class Invoice:
    """One sum asked for inside the messenger. `payload` comes back with the payment, `start` is where a forwarded copy leads."""

    title: str
    description: str
    payload: str
    start: str
    label: str
    amount: int  # minor units
    currency: str


@dataclass(frozen=True, slots=True)
class Message:
    """What the Renderer made of one outbox row: ready to send. Text is Telegram HTML."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_keyboard: ReplyKeyboard | None = None
    remove_keyboard: bool = False
    force_reply: str | None = None  # placeholder of a forced reply
    pictures: tuple[Picture, ...] = ()  # one: text is its caption; several: an album
    reply_to: int | None = None
    invoice: Invoice | None = None  # the message is one, and has no other content
    followed_by: str | None = None  # a long comment that did not fit a caption, sent as a reply


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One row of the outbox as delivery sees it."""

    id: int
    kind: str
    facts: dict[str, Any]
    chat_id: int
    thread_id: int | None
    language: str
    silent: bool
    card: str | None
    message_id: int | None = None  # of the card to edit, where there is one
    delivery: str = "must"
    replaces: str | None = None


class Renderer(Protocol):
    """Chooses words and draws pictures for a row, at delivery. Raises Refusal("stale") when there is nothing left to say."""

    def render(self, tx: Tx, row: Outgoing, *, now: datetime) -> Message: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one call to the messenger."""

    outcome: str  # sent, gone (403), later (429, 5xx, refused before it left), ambiguous (may have arrived), failed (will never work), card_lost
    message_id: int | None = None
    retry_after: float = 0.0
    error: str = ""
    moved_to: int | None = None  # a group that became a supergroup
    relay: dict[str, Any] = field(default_factory=dict)


class Messenger(Protocol):
    """Telegram, as services see it. Never raises for what the other side answers."""

    async def send(self, row: Outgoing, message: Message) -> Sent: ...

    async def answer(self, query_id: str, text: str, *, alert: bool) -> None: ...

    async def answer_checkout(self, query_id: str, refusal: str | None) -> None:
        """Yes to a payment about to be made, or why not."""

    async def download(self, file_id: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Order:
    """What a provider is asked to collect, or to send back. The same key always goes with the same order."""

    amount: int  # minor units
    currency: str
    booking: str  # the public code; comes back with the payment
    description: str
    return_url: str
    phone: str | None = None  # of the guest, for a receipt
    whole: bool = False  # the whole price at once, not a part of it


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """A payment as the provider tells it when asked."""

    id: str
    state: str  # pending, waiting_for_capture, succeeded, canceled
    amount: int
    currency: str
    booking: str  # what the order named; empty where it is nobody's
    confirmation_url: str | None = None
    reason: str = ""  # of a cancelled one, in the provider's word
    genuine: bool = True  # False: money of a test shop on a real desk, or the other way round


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the provider tells it."""

    id: str
    state: str  # pending, succeeded, canceled
    reason: str = ""
    payment: str = ""  # of which payment, in the provider's words
    amount: int = 0
    currency: str = ""


class PaymentProvider(Protocol):
    """Somebody who collects money for the desk. Every call raises ProviderAway or ProviderRefused when it has no result.

    A call repeated with its key has its effect once, for a day. Money is authorised first: it is taken by `capture`, and
    let go by `cancel`, which only authorised money can be.
    """

    name: str

    async def create(self, order: Order, *, key: str) -> ProviderPayment: ...

    async def get(self, payment_id: str) -> ProviderPayment: ...

    async def capture(self, payment: ProviderPayment, *, key: str) -> ProviderPayment: ...

    async def cancel(self, payment_id: str, *, key: str) -> ProviderPayment: ...

    async def refund(self, payment_id: str, order: Order, *, key: str) -> ProviderRefund: ...

    async def get_refund(self, refund_id: str) -> ProviderRefund: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one call to somebody's program. `status` is None where there was no answer."""

    status: int | None
    problem: str  # empty for a good answer, else its kind in a word or two, never words of the other side
    milliseconds: int
    retry_after: float = 0.0  # seconds, where it named them


class WebhookPort(Protocol):
    """Programs of others, which are told what happens here. Never raises for what the other side does."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered: ...


@dataclass(frozen=True, slots=True)
class ForeignOrder:
    """An order of another booking system as it tells it, in its own words; times are the unit's, unless they carry an offset."""

    number: str
    reservation: str  # its name for the one stay of the order; empty where it tells none
    status: str
    changed_at: datetime | None
    resource: str
    start: datetime
    end: datetime
    total: str
    paid: str
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    comment: str = field(default="", repr=False)


class OrderReader(Protocol):
    """Reads what a booking system sends. Raises Unreadable for what it cannot make out."""

    name: str

    def read(self, body: bytes) -> ForeignOrder: ...


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """Something that happened in another messenger: who, where, and what was said; `text` is empty for what is no message."""

    id: str
    service: str
    bot: str
    contact: str
    kind: str  # in, out, other
    text: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    language: str = ""
    at: datetime | None = None


class Channel(Protocol):
    """Another messenger, as services see it. `send` raises ProviderAway or ProviderRefused when the words have not left."""

    name: str

    def read(self, body: bytes) -> list[ChannelEvent]: ...

    async def send(self, service: str, contact: str, text: str) -> None: ...
