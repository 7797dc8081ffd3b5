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

from housebot.config_sections import (
    ALLOWED,
    GROUPS,
    HINTS,
    JUDGES,
    LATER,
    SECTIONS,
    Bukza,
    DatabaseSection,
    Demo,
    Invoices,
    Log,
    SendPulse,
    Telegram,
    Web,
    YooKassa,
)
from housebot.errors import ConfigProblem

S = TypeVar("S")


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
    def bukza(self) -> Bukza | None:
        """None where nothing is set: a desk that hears of no orders elsewhere."""
        return self._section("bukza", Bukza) if self.raw.get("bukza") else None

    @property
    def sendpulse(self) -> SendPulse | None:
        """None where nothing is set: a desk that is on no other messenger."""
        return self._section("sendpulse", SendPulse) if self.raw.get("sendpulse") else None

    @property
    def database_path(self) -> Path:
        """The one file, absolute. Raises ConfigProblem where nobody says where it is and none lies here."""
        path = (self.folder / Path(self.database.path).expanduser()).resolve()
        if self.file is None and "path" not in self.raw.get("database", {}) and not path.exists():
            raise ConfigProblem(_NO_FILE.format(places=", ".join(_places())), fix=_NAME_FILE)
        return path

    @property
    def key_file(self) -> Path | None:
        """Where the keys of sealed secrets are, absolute; None for beside the database."""
        named = self.database.key_file
        return None if named is None else (self.folder / Path(named).expanduser()).resolve()

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
