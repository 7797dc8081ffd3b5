"""Owns how the process runs and its secrets: config.toml, HOUSEBOT_* variables and $CREDENTIALS_DIRECTORY. Standard library only.

Sections are plain until somebody uses them: a command asks for the section it needs and only that one is validated, so
`bookings list` starts with `[database] path` alone.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from housebot.errors import ConfigProblem

S = TypeVar("S")

TELEGRAM_API = "https://api.telegram.org"
YOOKASSA_API = "https://api.yookassa.ru/v3"


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
    """Where the one file is."""

    path: str = "housebot.db"


@dataclass(frozen=True, slots=True)
class Web:
    """Where the desk listens. Loopback unless told otherwise."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    trusted_proxies: list[str] = field(default_factory=list)


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


SECTIONS: dict[str, type] = {
    "telegram": Telegram,
    "database": DatabaseSection,
    "web": Web,
    "log": Log,
    "payments.yookassa": YooKassa,
    "payments.telegram": Invoices,
    "demo": Demo,
}
GROUPS = {"payments"}  # sections that only hold sections: [payments.yookassa] is one by its full name
# Sections of later chapters of the desk: they may stand in the file already, and are validated by what uses them.
LATER = {"backup", "google", "llm", "sendpulse", "bukza"}

HINTS = {
    "telegram.token": "BotFather gives it: /newbot, then copy the token into [telegram] token",
    "telegram.api_base": f'write an address such as "{TELEGRAM_API}", or leave it out',
    "telegram.proxy": 'write an address such as "http://127.0.0.1:3128", or leave it out',
    "telegram.owners": "write numeric Telegram ids in brackets: owners = [123456789]; `housebot init` finds yours by itself",
    "telegram.approvals_chat": "write the number of a chat, such as -1001234567890; groups are easier to connect from /settings in Telegram",
    "telegram.facts_chat": "write the number of a chat, such as -1001234567890; groups are easier to connect from /settings in Telegram",
    "database.path": 'write [database] path = "housebot.db"',
    "web.host": 'write an address of this machine: host = "127.0.0.1"',
    "web.port": "write a free port from 1 to 65535, without quotes: port = 8080",
    "web.public_url": 'write an address such as "https://book.example.com", or leave it out',
    "web.trusted_proxies": 'write addresses in brackets: trusted_proxies = ["127.0.0.1"]',
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
    "payments.yookassa.return_url": require_address,
    "payments.yookassa.vat_code": _require_vat_code,
    "payments.yookassa.tax_system": _require_tax_system,
    "payments.yookassa.receipt_email": _require_email,
    "payments.yookassa.api_base": require_address,
    "payments.telegram.provider_token": _require_provider_token,
    "payments.telegram.currency": _require_currency,
}


@dataclass(frozen=True, slots=True)
class Config:
    """The settings as they were found. `folder` is what relative paths start from."""

    file: Path | None
    raw: Mapping[str, Mapping[str, Any]] = field(repr=False)
    # Where a value came from that does not stand in the file: (section, key) -> the variable, or the credential's file.
    origins: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Paths in the file are relative to it; without a file, to where the command runs."""
        return self.file.parent if self.file else Path.cwd()

    @property
    def telegram(self) -> Telegram:
        return self._section("telegram", Telegram)

    @property
    def database(self) -> DatabaseSection:
        return self._section("database", DatabaseSection)

    @property
    def web(self) -> Web:
        return self._section("web", Web)

    @property
    def log(self) -> Log:
        return self._section("log", Log)

    @property
    def yookassa(self) -> YooKassa | None:
        """None where nothing is set: a desk without card payments."""
        if not self.raw.get("payments.yookassa"):
            return None
        section = self._section("payments.yookassa", YooKassa)
        if section.vat_code is not None and section.receipt_email is None:
            raise self._missing("payments.yookassa", "receipt_email")
        return section

    @property
    def invoices(self) -> Invoices | None:
        """None where nothing is set: a desk without payments inside Telegram."""
        return self._section("payments.telegram", Invoices) if self.raw.get("payments.telegram") else None

    @property
    def database_path(self) -> Path:
        """The one file, absolute. Raises ConfigProblem where nobody says where it is and none lies here."""
        path = (self.folder / Path(self.database.path).expanduser()).resolve()
        if self.file is None and "path" not in self.raw.get("database", {}) and not path.exists():
            raise ConfigProblem(_NO_FILE.format(places=", ".join(_places())), fix=_NAME_FILE)
        return path

    @property
    def clock_shift(self) -> int:
        """Seconds by which a demo's clock was moved; 0 outside a demo."""
        demo = self._section("demo", Demo)
        if not demo.test_mode or demo.clock_file is None:
            return 0
        try:
            return int((self.folder / demo.clock_file).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    @property
    def test_mode(self) -> bool:
        """HOUSEBOT_TEST=1 or a demo's config: only then may the clock be set by hand."""
        return os.environ.get("HOUSEBOT_TEST") == "1" or self._section("demo", Demo).test_mode

    def _section(self, name: str, kind: type[S]) -> S:
        given = self.raw.get(name, {})
        if not isinstance(given, Mapping):
            raise ConfigProblem(
                f"{self.file}: [{name}] is not a section", fix=f"write [{name}] on a line of its own and its keys below"
            )
        known = {known.name: known for known in fields(kind)}  # type: ignore[arg-type]
        values: dict[str, Any] = {}
        for key, value in given.items():
            where = self.origins.get((name, key), str(self.file))
            if key not in known:
                raise ConfigProblem(f"{where}: [{name}] {key} is not known", fix=f"known keys are {', '.join(known)}")
            values[key] = _typed(value, _type_name(known[key]), place=f"{name}.{key}", where=where)
        missing = [key for key, entry in known.items() if key not in values and _required(entry)]
        if missing:
            raise self._missing(name, missing[0])
        return kind(**values)

    def _missing(self, name: str, key: str) -> ConfigProblem:
        if self.file is None and not self.raw:
            return ConfigProblem(_NO_FILE.format(places=", ".join(_places())), fix=_NAME_FILE)
        variable = f"HOUSEBOT_{name.upper().replace('.', '__')}__{key.upper()}"
        return ConfigProblem(
            f"{self.file or 'the environment'}: [{name}] {key} is missing",
            fix=HINTS.get(f"{name}.{key}", f"set it there or as {variable}"),
        )


_NO_FILE = "no settings file was found; looked for {places}"
_NAME_FILE = "name it: housebot --config FILE …; a new desk is made by: housebot init DIR"


def load(path: Path | None = None) -> Config:
    """Read the configuration from the first place that has one (INTERFACE, "Files").

    Order: `path` (--config), $HOUSEBOT_CONFIG, ./config.toml, the user's config folder, /etc/housebot/config.toml. A file
    that is named but missing, or is not TOML, is a ConfigProblem. Variables and credentials lie above the file.
    """
    file = _find(path)
    raw: dict[str, dict[str, Any]] = {}
    if file is not None:
        try:
            raw = _by_full_name(tomllib.loads(file.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigProblem(
                f"{file}: not readable as TOML: {error}", fix="mend that line; config.example.toml shows the form"
            ) from error
        except OSError as error:
            raise ConfigProblem(
                f"{file}: {error.strerror}", fix="check that the file exists and that you may read it"
            ) from error
    unknown = [name for name in raw if name not in SECTIONS and name not in LATER]
    if unknown:
        raise ConfigProblem(
            f"{file}: [{unknown[0]}] is not known", fix=f"known sections are {', '.join([*SECTIONS, *sorted(LATER)])}"
        )
    origins: dict[tuple[str, str], str] = {}
    for name, key, value, origin in [*_from_environment(), *_from_credentials()]:
        section = raw.setdefault(name, {})
        if isinstance(section, dict):
            section[key] = value
            origins[name, key] = origin
    return Config(file=file.resolve() if file else None, raw=raw, origins=origins)


def _by_full_name(found: dict[str, Any]) -> dict[str, Any]:
    """The sections of a file, those inside a group by their full names: `payments.yookassa`."""
    sections: dict[str, Any] = {}
    for name, content in found.items():
        if name in GROUPS and isinstance(content, dict):
            sections |= {f"{name}.{inner}": section for inner, section in content.items()}
        else:
            sections[name] = content
    return sections


def _full_name(name: str, key: str) -> tuple[str, str]:
    """`payments`, `yookassa__shop_id` is the key `shop_id` of the section `payments.yookassa`."""
    if name not in GROUPS:
        return name, key
    inner, _, rest = key.partition("__")
    return f"{name}.{inner}", rest


def _find(path: Path | None) -> Path | None:
    if path is not None:
        return path
    if named := os.environ.get("HOUSEBOT_CONFIG"):
        return Path(named)
    if Path("config.toml").is_file():
        return Path("config.toml")
    return next((place for place in _far_places() if place.is_file()), None)


def _far_places() -> list[Path]:
    import platformdirs  # only now: most commands find their file before

    return [platformdirs.user_config_path("housebot") / "config.toml", Path("/etc/housebot/config.toml")]


def _places() -> list[str]:
    """Everywhere a settings file is looked for, in words."""
    return ["$HOUSEBOT_CONFIG", str(Path("config.toml").absolute()), *map(str, _far_places())]


def _from_environment() -> list[tuple[str, str, Any, str]]:
    found: list[tuple[str, str, Any, str]] = []
    for variable, value in sorted(os.environ.items()):
        first, separator, rest = variable.removeprefix("HOUSEBOT_").lower().partition("__")
        name, key = _full_name(first, rest)
        if not variable.startswith("HOUSEBOT_") or not separator or name in LATER:
            continue
        if name not in SECTIONS:
            raise ConfigProblem(f"{variable}: [{name}] is not known", fix=f"known sections are {', '.join(SECTIONS)}")
        found.append((name, key, value, variable))
    return found


def _from_credentials() -> list[tuple[str, str, Any, str]]:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return []
    found: list[tuple[str, str, Any, str]] = []
    for file in sorted(Path(folder).glob("*__*")):
        first, _, rest = file.name.lower().partition("__")
        name, key = _full_name(first, rest)
        if name not in SECTIONS:
            continue
        try:
            found.append((name, key, file.read_text(encoding="utf-8").strip(), str(file)))
        except (OSError, UnicodeDecodeError) as error:
            what = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
            raise ConfigProblem(
                f"the credential {file} cannot be read: {what}",
                fix=f"write [{name}] {key} into it as one line of text, readable for the user that runs the desk",
            ) from error
    return found


def _type_name(entry: Field[Any]) -> str:
    return entry.type.__name__ if entry.type in {str, int, bool} and isinstance(entry.type, type) else str(entry.type)


def _required(entry: Field[Any]) -> bool:
    return entry.default is MISSING and entry.default_factory is MISSING


def _typed(value: Any, kind: str, *, place: str, where: str) -> Any:
    """The value as that type. Text from variables is read as the type it stands for; anything else is refused, never guessed."""
    try:
        typed = _convert(value, kind)
        if place in JUDGES and typed is not None:
            JUDGES[place](typed)
        if place in ALLOWED and typed not in ALLOWED[place]:
            raise ValueError(repr(typed))
    except ValueError as error:
        section, _, key = place.rpartition(".")
        # A wrong value may be a secret: an exception that repeats it is not chained.
        raise ConfigProblem(
            f"{where}: [{section}] {key} is wrong: {error}", fix=HINTS.get(place, f"expected {kind}")
        ) from None
    return typed


def _convert(value: Any, kind: str) -> Any:
    optional = kind.endswith("| None")
    kind = kind.removesuffix("| None").strip()
    if optional and value in {None, ""}:
        return None
    if kind == "str":
        if not isinstance(value, str) or not value.strip():
            raise ValueError("expected text")
        return value.strip()
    if kind == "int":
        return _whole(value)
    if kind == "bool":
        if isinstance(value, bool):
            return value
        if str(value).lower() in {"1", "true", "yes", "0", "false", "no"}:
            return str(value).lower() in {"1", "true", "yes"}
        raise ValueError("expected true or false")
    items = [item for item in value.replace(",", " ").split() if item] if isinstance(value, str) else value
    if not isinstance(items, list):
        raise ValueError("expected a list")
    return [_whole(item) for item in items] if kind == "list[int]" else [_convert(item, "str") for item in items]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("expected a whole number")
    try:
        return int(value)
    except ValueError:
        raise ValueError("expected a whole number") from None
