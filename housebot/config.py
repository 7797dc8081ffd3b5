"""Owns how the process runs and its secrets: config.toml, HOUSEBOT_* variables and $CREDENTIALS_DIRECTORY. Standard library only.

Sections are plain until somebody uses them: a command asks for the section it needs and only that one is validated, so
`bookings list` starts with `[database] path` alone.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from housebot.errors import ConfigProblem

S = TypeVar("S")

TELEGRAM_API = "https://api.telegram.org"


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


SECTIONS: dict[str, type] = {"telegram": Telegram, "database": DatabaseSection, "web": Web, "log": Log, "demo": Demo}
# Sections of later chapters of the desk: they may stand in the file already, and are validated by what uses them.
LATER = {"backup", "payments", "google", "llm", "sendpulse", "bukza"}

HINTS = {
    "telegram.token": "BotFather gives it: /newbot, then copy the token into [telegram] token",
    "database.path": 'write [database] path = "housebot.db"',
    "log.format": 'use "text" or "json"',
    "log.level": 'use "debug", "info", "warning" or "error"',
}
ALLOWED = {"log.format": {"text", "json"}, "log.level": {"debug", "info", "warning", "error"}}


@dataclass(frozen=True, slots=True)
class Config:
    """The settings as they were found. `folder` is what relative paths start from."""

    file: Path | None
    raw: Mapping[str, Mapping[str, Any]] = field(repr=False)

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
    def database_path(self) -> Path:
        """The one file, absolute."""
        return (self.folder / self.database.path).resolve()

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
        where = str(self.file) if self.file else "the environment"
        if not isinstance(given, Mapping):
            raise ConfigProblem(
                f"{where}: [{name}] is not a section", fix=f"write [{name}] on a line of its own and its keys below"
            )
        known = {known.name: known for known in fields(kind)}  # type: ignore[arg-type]
        values: dict[str, Any] = {}
        for key, value in given.items():
            if key not in known:
                raise ConfigProblem(f"{where}: [{name}] {key} is not known", fix=f"known keys are {', '.join(known)}")
            values[key] = _typed(value, _type_name(known[key]), place=f"{name}.{key}", where=where)
        missing = [key for key, entry in known.items() if key not in values and _required(entry)]
        if missing:
            place = f"{name}.{missing[0]}"
            variable = f"HOUSEBOT_{name.upper()}__{missing[0].upper()}"
            raise ConfigProblem(
                f"{where}: [{name}] {missing[0]} is missing", fix=HINTS.get(place, f"set it there or as {variable}")
            )
        return kind(**values)


def load(path: Path | None = None) -> Config:
    """Read the configuration from the first place that has one (INTERFACE, "Files").

    Order: `path` (--config), $HOUSEBOT_CONFIG, ./config.toml, the user's config folder, /etc/housebot/config.toml. A file
    that is named but missing, or is not TOML, is a ConfigProblem. Variables and credentials lie above the file.
    """
    file = _find(path)
    raw: dict[str, dict[str, Any]] = {}
    if file is not None:
        try:
            raw = tomllib.loads(file.read_text(encoding="utf-8"))
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
    for name, key, value in [*_from_environment(), *_from_credentials()]:
        section = raw.setdefault(name, {})
        if isinstance(section, dict):
            section[key] = value
    return Config(file=file.resolve() if file else None, raw=raw)


def _find(path: Path | None) -> Path | None:
    if path is not None:
        return path
    if named := os.environ.get("HOUSEBOT_CONFIG"):
        return Path(named)
    if Path("config.toml").is_file():
        return Path("config.toml")
    import platformdirs  # only now: most commands find their file before

    places = [platformdirs.user_config_path("housebot") / "config.toml", Path("/etc/housebot/config.toml")]
    return next((place for place in places if place.is_file()), None)


def _from_environment() -> list[tuple[str, str, Any]]:
    found = []
    for variable, value in sorted(os.environ.items()):
        name, separator, key = variable.removeprefix("HOUSEBOT_").lower().partition("__")
        if variable.startswith("HOUSEBOT_") and separator and name in SECTIONS:
            found.append((name, key, value))
    return found


def _from_credentials() -> list[tuple[str, str, Any]]:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return []
    found = []
    for file in sorted(Path(folder).glob("*__*")):
        name, _, key = file.name.lower().partition("__")
        if name in SECTIONS:
            found.append((name, key, file.read_text(encoding="utf-8").strip()))
    return found


def _type_name(entry: Field[Any]) -> str:
    return entry.type.__name__ if entry.type in {str, int, bool} and isinstance(entry.type, type) else str(entry.type)


def _required(entry: Field[Any]) -> bool:
    return entry.default is MISSING and entry.default_factory is MISSING


def _typed(value: Any, kind: str, *, place: str, where: str) -> Any:
    """The value as that type. Text from variables is read as the type it stands for; anything else is refused, never guessed."""
    try:
        typed = _convert(value, kind)
    except ValueError as error:
        section, _, key = place.partition(".")
        raise ConfigProblem(
            f"{where}: [{section}] {key} is wrong: {error}", fix=HINTS.get(place, f"expected {kind}")
        ) from error
    if place in ALLOWED and typed not in ALLOWED[place]:
        section, _, key = place.partition(".")
        raise ConfigProblem(f"{where}: [{section}] {key} is wrong: {typed!r}", fix=HINTS[place])
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
