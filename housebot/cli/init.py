"""Owns `housebot init`: from an empty folder to a desk whose owner has been greeted, asking for nothing that can be found out."""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

import typer

from housebot.cli.botapi import BotApi, Refused
from housebot.cli.problems import TOKEN, Away
from housebot.cli.shell import Shell
from housebot.cli.terminal import one_line
from housebot.config_sections import TELEGRAM_API, is_person, require_address
from housebot.desk import Desk, open_desk
from housebot.errors import ConfigProblem
from housebot.services import catalogs, inbox, staff
from housebot.services.guests import SPEAKS_RUSSIAN
from housebot.storage.tx import Tx

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = {
    "secret-house": "one house, by the hour and by the day (a sauna house, a party house)",
    "guesthouse": "rooms by the night, and the whole house",
    "salon": "appointments with one of several people (a salon, a studio)",
}
MADE = ("config.toml", "catalog.toml", "housebot.db", "housebot.db.key")
WAIT = 10 * 60  # seconds the owner has to press Start
LONG_POLL = 20  # seconds

GREETING = {
    "ru": "Здравствуйте! Теперь вы хозяйка или хозяин этого бота: сюда будут приходить брони на подтверждение. "
    "Осталось запустить его на сервере: housebot service install.",
    "en": "Hello! You own this bot now: bookings to approve will come here. What is left is to start it on the server: housebot service install.",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for, or found out by asking."""

    folder: Path
    example: str
    zone: str | None
    currency: str | None
    token: str | None
    owner: int | None
    api_base: str


@app.command()
def init(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder for the desk: new, or without a desk in it.")
    ],
    *,
    example: Annotated[
        str | None, typer.Option(metavar="NAME", help="secret-house, guesthouse or salon: what to start from.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="The time zone of the house, such as Europe/Minsk.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="The currency of your prices, such as BYN.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            help="The bot's token from BotFather; better typed when asked, or in HOUSEBOT_TELEGRAM__TOKEN.",
        ),
    ] = None,
    owner: Annotated[
        int | None, typer.Option(metavar="ID", help="The owner's numeric Telegram id; found out by itself without it.")
    ] = None,
    api_base: Annotated[str, typer.Option(metavar="URL", help="Another Bot API server.")] = TELEGRAM_API,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing and stay offline.")] = False,
) -> None:
    """Make a desk: folder, settings, database, an example catalog to change, and its owner."""
    shell: Shell = ctx.obj
    _must_be_new(folder)
    wishes = _wished(folder, example=example, zone=zone, currency=currency, token=token, owner=owner, api_base=api_base)
    bot: dict[str, Any] | None = None
    if not yes:
        wishes, bot = _ask(shell, wishes, asked_example=example)
    config, version = _make(shell, wishes)
    shell.note(f"The desk is in {folder}: settings in config.toml, what you sell in catalog.toml.")
    found = wishes.owner
    if bot is not None and wishes.owner is None:
        assert wishes.token is not None
        with open_desk(config) as desk:
            found = _find_owner(shell, desk, BotApi(wishes.api_base, wishes.token), bot["username"])
    shell.show(
        {
            "config": str(config),
            "database": str(folder.resolve() / "housebot.db"),
            "catalog_version": version,
            "owner": found,
        },
        "What is next:",
        f"  housebot --config {config} doctor            is all well?",
        f"  housebot --config {config} service install   run it, also after a reboot",
        f"  housebot --config {config} catalog apply {folder / 'catalog.toml'}   after you have changed what you sell",
    )


def _must_be_new(folder: Path) -> None:
    try:
        if folder.exists() and not folder.is_dir():
            raise ConfigProblem(f"{folder} is not a folder", fix="choose another name; nothing was touched")
        there = next((folder / name for name in MADE if (folder / name).exists()), None)
    except OSError as problem:
        raise ConfigProblem(f"{folder}: {problem.strerror}", fix="choose a folder this user may write to") from problem
    if there is not None:
        raise ConfigProblem(f"{there} is there already", fix="choose another folder; nothing here was touched")


def _wished(
    folder: Path,
    *,
    example: str | None,
    zone: str | None,
    currency: str | None,
    token: str | None,
    owner: int | None,
    api_base: str,
) -> Wishes:
    """What the options and the environment say, each judged by itself; what is wrong is wrong usage."""
    if example is not None and example not in EXAMPLES:
        raise typer.BadParameter(f"--example {example!r} is not one of {', '.join(EXAMPLES)}")
    api_base = os.environ.get("HOUSEBOT_TELEGRAM__API_BASE") or api_base
    try:
        require_address(api_base)
    except ValueError as wrong:
        raise typer.BadParameter(f"--api-base is wrong: {wrong}") from None
    if owner is not None and not is_person(owner):
        raise typer.BadParameter("--owner is no Telegram id of a person: they are positive numbers")
    token = token or os.environ.get("HOUSEBOT_TELEGRAM__TOKEN")
    if token is not None and not TOKEN.fullmatch(token):
        raise typer.BadParameter("--token is no bot token; BotFather's look like 123456789:AAE…")
    return Wishes(folder, example or "secret-house", zone, currency, token, owner, api_base)


def _make(shell: Shell, wishes: Wishes) -> tuple[Path, int]:
    """Everything that needs no network, whole or not at all, so that it may be done again after a fault."""
    from housebot import catalog_file

    folder = wishes.folder.resolve()
    text = _catalog_text(wishes)
    document = catalog_file.parse(text)  # judged before anything is written
    with _whole_or_nothing(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = folder / "config.toml"
        _write_private(config, _config_text(wishes))
        (folder / "catalog.toml").write_text(text, encoding="utf-8")
        with open_desk(config, create=True) as desk:
            desk.db.key_file.make()

            def furnish(tx: Tx) -> int:
                note = f"example {wishes.example}"
                applied = catalogs.apply(tx, document, actor=shell.actor, now=desk.now(), note=note)
                if wishes.owner is not None:
                    staff.seed(tx, [wishes.owner], now=desk.now(), language=_language())
                return applied.version

            return config, desk.db.write_now(furnish)


@contextmanager
def _whole_or_nothing(folder: Path) -> Iterator[None]:
    """Take away again what was made in the folder, and the folder with it, when something goes wrong."""
    new = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        yield
    except BaseException as problem:
        with suppress(OSError):
            for name in (*MADE, "housebot.db-wal", "housebot.db-shm"):
                (folder / name).unlink(missing_ok=True)
            for place in new:
                place.rmdir()
        if isinstance(problem, OSError):
            raise ConfigProblem(
                f"the desk cannot be made in {folder}: {problem.strerror or problem}",
                fix="choose a folder this user may write to, on a disk with some space; nothing of this try is left",
            ) from problem
        raise


def _catalog_text(wishes: Wishes) -> str:
    """The example with the owner's zone and currency in it."""
    text = resources.files("housebot").joinpath("examples", f"{wishes.example}.toml").read_text(encoding="utf-8")
    for key, value in (("zone", wishes.zone), ("currency", wishes.currency)):
        if value is not None:
            text = re.sub(rf'^{key} = "[^"]*"', f"{key} = {json.dumps(value)}", text, count=1, flags=re.MULTILINE)
    return text


def _config_text(wishes: Wishes) -> str:
    lines = [
        "# Settings of this desk; every key is explained in config.example.toml. The token is a password: nobody else may read this.",
        "",
        "[telegram]",
        f"token = {json.dumps(wishes.token)}" if wishes.token else '# token = "123456789:…"        # from BotFather',
    ]
    if wishes.api_base != TELEGRAM_API:
        lines.append(f"api_base = {json.dumps(wishes.api_base)}")
    lines.append(f"owners = [{wishes.owner or ''}]")
    lines += ["", "[database]", 'path = "housebot.db"', "", "[web]", 'host = "127.0.0.1"', "port = 8080", ""]
    return "\n".join(lines)


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


# Questions


def _ask(shell: Shell, wishes: Wishes, *, asked_example: str | None) -> tuple[Wishes, dict[str, Any] | None]:
    """Ask for what is missing; the bot behind the token, where there is one."""
    example = asked_example or _choose_example(shell)
    zone = wishes.zone or _ask_zone()
    currency = wishes.currency or _ask_currency(example)
    token, bot = _ask_token(shell, wishes)
    known = {"example": example, "zone": zone, "currency": currency, "token": token}
    return Wishes(**{**{name: getattr(wishes, name) for name in Wishes.__slots__}, **known}), bot


def _choose_example(shell: Shell) -> str:
    names = list(EXAMPLES)
    shell.note("What do you let?")
    for number, name in enumerate(names, start=1):
        shell.note(f"  {number}  {EXAMPLES[name]}")
    return names[int(typer.prompt("Number", default="1", value_proc=_one_of(len(names)), err=True)) - 1]


def _one_of(most: int) -> Any:
    def judged(text: str) -> str:
        if text.isdigit() and 1 <= int(text) <= most:
            return text
        raise typer.BadParameter(f"a number from 1 to {most}")

    return judged


def _ask_zone() -> str:
    def judged(text: str) -> str:
        if text in available_timezones():
            return text
        raise typer.BadParameter("no such zone; they look like Europe/Minsk")

    return str(typer.prompt("Time zone of the house", default=_guessed_zone(), value_proc=judged, err=True))


def _guessed_zone() -> str:
    """The zone of this machine, as far as it says one."""
    for text in (os.environ.get("TZ", ""), str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]):
        name = text.removeprefix(":")
        if name and name in available_timezones() and "UTC" not in name:
            return str(ZoneInfo(name))
    return "Europe/Minsk"


def _ask_currency(example: str) -> str:
    from housebot.domain.money import exponent
    from housebot.errors import Refusal

    def judged(text: str) -> str:
        try:
            exponent(text.strip().upper())
        except Refusal:
            raise typer.BadParameter("three letters, such as BYN, EUR, RUB") from None
        return text.strip().upper()

    text = resources.files("housebot").joinpath("examples", f"{example}.toml").read_text(encoding="utf-8")
    found = re.search(r'^currency = "([A-Z]{3})"', text, flags=re.MULTILINE)
    return str(
        typer.prompt("Currency of your prices", default=found[1] if found else "EUR", value_proc=judged, err=True)
    )


def _ask_token(shell: Shell, wishes: Wishes) -> tuple[str | None, dict[str, Any]]:
    """A token Telegram knows, with a way for updates that nobody else uses."""
    token = wishes.token
    if token is None:
        shell.note("In Telegram open @BotFather, send /newbot, and copy the token it gives you.")
    while True:
        token = token or typer.prompt("Token (not shown)", hide_input=True, err=True).strip()
        api = BotApi(wishes.api_base, token)
        if TOKEN.fullmatch(token):
            try:
                bot: dict[str, Any] = api.call("getMe")
            except Refused as refused:
                shell.note(f"Telegram does not know this token: {refused}")
            else:
                shell.note(f"This is @{bot['username']}.")
                _free_updates(shell, api)
                return token, bot
        else:
            shell.note("That is no token; BotFather's look like 123456789:AAE…")
        if not sys.stdin.isatty() and wishes.token is not None:
            raise typer.BadParameter("the token does not work")
        token = None


def _free_updates(shell: Shell, api: BotApi) -> None:
    """A webhook left by a bot builder takes every message away from us: it is named, and removed on yes."""
    hook = api.call("getWebhookInfo").get("url", "")
    if not hook:
        return
    place = hook.split("/")[2] if hook.count("/") > 1 else "another program"
    shell.note(f"Messages to this bot go to {place} now.")
    if typer.confirm("Let them come here instead?", default=True, err=True):
        api.call("deleteWebhook")


# The owner


def _find_owner(shell: Shell, desk: Desk, api: BotApi, username: str) -> int | None:
    """Wait for the one who opens the one-time link, make them the owner and greet them; None when nobody came in time."""
    code = desk.db.write_now(lambda tx: staff.invite_owner(tx, actor=shell.actor, now=desk.now()))
    link = f"https://t.me/{username}?start=owner_{code}"
    shell.note(
        f"\nNow open this on your phone and press Start. It makes you the owner, once and within an hour:\n\n  {link}\n"
    )
    _print_qr(link)
    shell.note("Waiting for you (Ctrl-C leaves; the link works once the desk runs) ...")
    try:
        return _wait(shell, desk, api, code)
    except KeyboardInterrupt:
        return None
    except (Away, Refused) as problem:  # the desk is made, and the link is good without us
        shell.note(f"{problem}. The link works for an hour, as soon as the desk runs.")
        return None


def _wait(shell: Shell, desk: Desk, api: BotApi, code: str) -> int | None:
    deadline = time.monotonic() + WAIT
    offset: int | None = None
    while time.monotonic() < deadline:
        updates = api.call("getUpdates", wait=LONG_POLL, offset=offset)
        owner = desk.db.write_now(lambda tx, batch=updates: _taken(tx, desk, api.bot_id, batch, code))  # type: ignore[misc]
        if updates:
            offset = updates[-1]["update_id"] + 1
        if owner is None:
            continue
        # What was stored is now acknowledged; what comes along with the answer comes again when the desk runs.
        api.call("getUpdates", offset=offset, limit=1)
        person = desk.db.read(lambda tx, owner=owner: staff.role_of(tx, owner))  # type: ignore[misc]
        assert person is not None
        shell.note(f"Welcome, {one_line(person.name)}.")
        try:
            api.call("sendMessage", chat_id=owner, text=GREETING[person.language])
        except Refused as refused:
            shell.note(f"The greeting could not be sent: {refused}")
        return owner
    shell.note("Nobody came. The link works for an hour, as soon as the desk runs.")
    return None


def _taken(tx: Tx, desk: Desk, bot_id: int, updates: list[dict[str, Any]], code: str) -> int | None:
    """Keep the batch as the desk would (T1); the one that carries the code is dealt with here."""
    owner = None
    for update in updates:
        message = update.get("message") or {}
        if owner is None and message.get("text") == f"/start owner_{code}":
            sender = message["from"]
            name = " ".join(filter(None, [sender.get("first_name"), sender.get("last_name")]))
            spoken = (sender.get("language_code") or "").partition("-")[0]
            language = "ru" if spoken in SPEAKS_RUSSIAN else "en"
            staff.join(
                tx, code, telegram_id=sender["id"], name=name, language=language, now=desk.now(), purpose="owner"
            )
            inbox.store_done(tx, bot_id, update, now=desk.now())
            owner = sender["id"]
        else:
            inbox.store(tx, bot_id, [update], now=desk.now())
    return owner


def _print_qr(link: str) -> None:
    import segno

    if sys.stderr.isatty():
        segno.make(link, micro=False).terminal(out=sys.stderr, compact=True)


def _language() -> str:
    spoken = (os.environ.get("LC_ALL") or os.environ.get("LANG") or "").partition("_")[0]
    return "ru" if spoken in SPEAKS_RUSSIAN else "en"
