"""Owns what may be set: each section of the settings with its keys, what a value must be, and how a wrong one is mended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

TELEGRAM_API = "https://api.telegram.org"
YOOKASSA_API = "https://api.yookassa.ru/v3"
SENDPULSE_API = "https://api.sendpulse.com"


@dataclass(frozen=True, slots=True)
class Telegram:
    """The bot, and who owns the desk. `owners`, `approvals_chat` and `facts_chat` only seed the desk at its first start."""

    token: str = field(repr=False)
    api_base: str = TELEGRAM_API
    owners: list[int] = field(default_factory=list)
    approvals_chat: int | None = None
    facts_chat: int | None = None
    proxy: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DatabaseSection:
    """Where the one file is, and the keys of the secrets in it."""

    path: str = "housebot.db"
    key_file: str | None = None  # beside the database without it


@dataclass(frozen=True, slots=True)
class Web:
    """Where the desk listens. Loopback unless told otherwise."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    trusted_proxies: list[str] = field(default_factory=list)
    cors_origins: list[str] = field(default_factory=list)
    # Requests of the API a minute; 0 is no limit.
    rate_per_minute: int = 120
    rate_per_address: int = 60
    wrong_keys_per_minute: int = 10
    rate_overall: int = 6000
    max_connections: int = 800
    max_connections_per_address: int = 100
    webhooks_to_private: bool = False  # programs of one's own network may be told of events, by http too


@dataclass(frozen=True, slots=True)
class Log:
    """What the process says about itself."""

    level: str = "info"
    format: str = "text"


@dataclass(frozen=True, slots=True)
class Demo:
    """Marks a demo desk: the clock may be moved (`--now`), nothing here is real."""

    test_mode: bool = False
    clock_file: str | None = None  # seconds by which the demo's clock was moved, for commands in a second shell


@dataclass(frozen=True, slots=True)
class YooKassa:
    """A shop at YooKassa. With `vat_code` every payment carries the data of a 54-FZ receipt."""

    shop_id: int
    secret_key: str = field(repr=False)
    test: bool = False  # the shop's own word for itself: money of the other kind is never credited
    return_url: str | None = None  # where the payment page leads back to; without it, to the bot
    vat_code: int | None = None
    tax_system: int | None = None
    receipt_email: str | None = None  # where receipts of guests without a phone go
    check_address: bool = True  # notifications are taken from YooKassa's own addresses alone
    api_base: str = YOOKASSA_API


@dataclass(frozen=True, slots=True)
class Invoices:
    """Payments inside Telegram, through a provider connected at BotFather."""

    provider_token: str = field(repr=False)
    currency: str | None = None  # the one the provider takes; invoices are offered while the house sells in it


@dataclass(frozen=True, slots=True)
class Bukza:
    """A booking widget of Bukza whose orders become bookings here."""

    resources: list[str]  # "Bukza's name=unit" or "Bukza's name=unit/tariff"; * is every other
    tariff: str | None = None  # where a unit is sold by several and the resource names none
    guests: int = 2  # Bukza does not tell how many come
    paid: list[str] = field(default_factory=list)  # its names of statuses, beside the usual ones
    cancelled: list[str] = field(default_factory=list)

    def places(self) -> dict[str, tuple[str, str | None]]:
        """The unit, and perhaps the tariff, by the name of a resource."""
        found = {}
        for line in self.resources:
            name, _, place = line.rpartition("=")
            unit, _, tariff = place.partition("/")
            found[name.strip()] = (unit.strip(), tariff.strip() or None)
        return found


@dataclass(frozen=True, slots=True)
class SendPulse:
    """An account at SendPulse whose chatbots send what people write there."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    bots: list[str] = field(default_factory=list)  # whose messages are answered; nothing: all of the account
    answer: bool = True  # answer by ourselves with the menu and the link to book
    quiet_hours: int = 12  # nobody is answered by ourselves twice within so many hours
    api_base: str = SENDPULSE_API


SECTIONS: dict[str, type] = {
    "telegram": Telegram,
    "database": DatabaseSection,
    "web": Web,
    "log": Log,
    "payments.yookassa": YooKassa,
    "payments.telegram": Invoices,
    "bukza": Bukza,
    "sendpulse": SendPulse,
    "demo": Demo,
}
GROUPS = {"payments"}  # sections that only hold sections: [payments.yookassa] is one by its full name
# Sections of later chapters of the desk: they may stand in the file already, and are validated by what uses them.
LATER = {"backup", "google", "llm"}

HINTS = {
    "telegram.token": "BotFather gives it: /newbot, then copy the token into [telegram] token",
    "telegram.api_base": f'write an address such as "{TELEGRAM_API}", or leave it out',
    "telegram.proxy": 'write an address such as "http://127.0.0.1:3128", or leave it out',
    "telegram.owners": "write numeric Telegram ids in brackets: owners = [123456789]; `housebot init` finds yours by itself",
    "telegram.approvals_chat": "write the number of a chat, such as -1001234567890; groups are easier to connect from /settings in Telegram",
    "telegram.facts_chat": "write the number of a chat, such as -1001234567890; groups are easier to connect from /settings in Telegram",
    "database.path": 'write [database] path = "housebot.db"',
    "database.key_file": 'write a path such as "/etc/housebot/housebot.key", or leave it out: then it is beside the database',
    "web.host": 'write an address of this machine: host = "127.0.0.1"',
    "web.port": "write a free port from 1 to 65535, without quotes: port = 8080",
    "web.public_url": 'write an address such as "https://book.example.com", or leave it out',
    "web.trusted_proxies": 'write addresses in brackets: trusted_proxies = ["127.0.0.1"]',
    "web.cors_origins": 'write origins in brackets, without a path: cors_origins = ["https://www.example.com"]; "*" for all',
    **{
        f"web.{key}": f"write how many a minute, or 0 for no limit: {key} = 100"
        for key in ("rate_per_minute", "rate_per_address", "wrong_keys_per_minute", "rate_overall")
    },
    "web.max_connections": "write a number from 10 to 100000: max_connections = 800",
    "web.max_connections_per_address": "write a number from 1 to 100000: max_connections_per_address = 100",
    "web.webhooks_to_private": "write true or false, without quotes",
    "log.format": 'use "text" or "json"',
    "log.level": 'use "debug", "info", "warning" or "error"',
    "payments.yookassa.shop_id": "YooKassa shows it in its cabinet beside the shop's name: shop_id = 123456",
    "payments.yookassa.secret_key": "YooKassa makes it in its cabinet: Integration, API keys",
    "payments.yookassa.test": "write true or false, without quotes",
    "payments.yookassa.return_url": 'write an address such as "https://example.com/thanks", or leave it out',
    "payments.yookassa.vat_code": "write YooKassa's code of your VAT rate, 1 to 12 (1 is without VAT): vat_code = 1",
    "payments.yookassa.tax_system": "write YooKassa's code of your tax system, 1 to 6: tax_system = 2",
    "payments.yookassa.receipt_email": 'with vat_code, name where receipts of guests without a phone go: receipt_email = "you@example.com"',
    "payments.yookassa.check_address": "write true or false, without quotes",
    "payments.yookassa.api_base": f'write an address such as "{YOOKASSA_API}", or leave it out',
    "payments.telegram.provider_token": "BotFather gives it: /mybots, your bot, Payments, then choose a provider",
    "payments.telegram.currency": 'write the currency your provider takes, such as "BYN"; Stars (XTR) are for digital goods only',
    "bukza.resources": 'write Bukza\'s resources with their units: resources = ["Дом=house", "Сауна=house/sauna"], or ["*=house"] for one house',
    "bukza.tariff": 'write the id of a tariff of the catalog: tariff = "day"',
    "bukza.guests": "write how many guests an order stands for, 1 to 500: guests = 2",
    "bukza.paid": 'write names of Bukza\'s statuses in brackets: paid = ["Prepaid in full"]',
    "bukza.cancelled": 'write names of Bukza\'s statuses in brackets: cancelled = ["Client refused"]',
    "sendpulse.client_id": "SendPulse shows it in its account settings, API: client_id",
    "sendpulse.client_secret": "SendPulse shows it in its account settings, API: client_secret",
    "sendpulse.bots": 'write the ids of your chatbots in brackets, or leave it out for all: bots = ["65a1…"]',
    "sendpulse.answer": "write true or false, without quotes",
    "sendpulse.quiet_hours": "write whole hours, 1 to 720: quiet_hours = 12",
    "sendpulse.api_base": f'write an address such as "{SENDPULSE_API}", or leave it out',
    "demo.test_mode": "write true or false, without quotes",
}
ALLOWED = {"log.format": {"text", "json"}, "log.level": {"debug", "info", "warning", "error"}}


def require_address(text: str) -> None:
    """Raise ValueError unless it is an http or https address; the text may hold a password and is not repeated."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # its own words repeat the text
        good = False
    if not good or any(sign.isspace() for sign in text):
        raise ValueError("expected an address that begins with http:// or https://")


def _require_port(number: int) -> None:
    if not 0 <= number <= 65535:
        raise ValueError("ports are 1 to 65535")


def _require_people(numbers: list[int]) -> None:
    if any(not is_person(number) for number in numbers):
        raise ValueError("ids of people are positive numbers")


def _require_networks(texts: list[str]) -> None:
    for text in texts:
        ip_network(text, strict=False)


def _require_origins(texts: list[str]) -> None:
    for text in texts:
        parts = urlsplit(text)
        if text == "*":
            continue
        if parts.scheme not in {"http", "https"} or text != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
            raise ValueError("an origin is http:// or https://, a host and perhaps a port, and nothing after it")
        if not parts.hostname or text != text.casefold():
            raise ValueError("a browser names origins in small letters")


def _require_pace(number: int) -> None:
    if not 0 <= number <= 1_000_000:
        raise ValueError("a pace is 0 to 1000000 a minute")


def _require_some(number: int) -> None:
    if not 1 <= number <= 100_000:
        raise ValueError("there must be room for somebody")


def _require_room(number: int) -> None:
    if not 10 <= number <= 100_000:
        raise ValueError("there must be room for ten")


def _require_vat_code(number: int) -> None:
    if not 1 <= number <= 12:
        raise ValueError("codes are 1 to 12")


def _require_tax_system(number: int) -> None:
    if not 1 <= number <= 6:
        raise ValueError("codes are 1 to 6")


def _require_email(text: str) -> None:
    name, _, host = text.partition("@")
    if not name or "." not in host or any(sign.isspace() for sign in text):
        raise ValueError("expected an e-mail address")


def _require_provider_token(text: str) -> None:
    if not text.strip() or any(sign.isspace() for sign in text):
        raise ValueError("expected the token of a payment provider")


def _require_currency(text: str) -> None:
    if text == "XTR" or len(text) != 3 or not (text.isascii() and text.isalpha() and text.isupper()):
        raise ValueError("expected a currency code of three letters, and not XTR")


def _require_resources(lines: list[str]) -> None:
    for line in lines:
        name, equals, place = line.rpartition("=")
        unit, slash, tariff = place.partition("/")
        if not (name.strip() and equals and unit.strip()) or (slash and not tariff.strip()):
            raise ValueError("expected names with their units, such as Дом=house")
    if not lines:
        raise ValueError("expected at least one")


def _require_party(number: int) -> None:
    if not 1 <= number <= 500:
        raise ValueError("an order stands for 1 to 500 guests")


def _require_hours(number: int) -> None:
    if not 1 <= number <= 720:
        raise ValueError("hours are 1 to 720")


def is_person(number: int) -> bool:
    """Whether a number may be somebody's Telegram id."""
    return 0 < number < 2**52


# What a value of the right type must be as well.
JUDGES: dict[str, Callable[[Any], None]] = {
    "telegram.api_base": require_address,
    "telegram.proxy": require_address,
    "telegram.owners": _require_people,
    "web.port": _require_port,
    "web.trusted_proxies": _require_networks,
    "web.cors_origins": _require_origins,
    "web.rate_per_minute": _require_pace,
    "web.rate_per_address": _require_pace,
    "web.wrong_keys_per_minute": _require_pace,
    "web.rate_overall": _require_pace,
    "web.max_connections": _require_room,
    "web.max_connections_per_address": _require_some,
    "payments.yookassa.return_url": require_address,
    "payments.yookassa.vat_code": _require_vat_code,
    "payments.yookassa.tax_system": _require_tax_system,
    "payments.yookassa.receipt_email": _require_email,
    "payments.yookassa.api_base": require_address,
    "payments.telegram.provider_token": _require_provider_token,
    "payments.telegram.currency": _require_currency,
    "bukza.resources": _require_resources,
    "bukza.guests": _require_party,
    "sendpulse.quiet_hours": _require_hours,
    "sendpulse.api_base": require_address,
}
