"""Owns `housebot demo`: the real desk on a Telegram of its own, with a chat page, a seeded house and a clock to move."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from shutil import rmtree
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from housebot import app as desk_app
from housebot import catalog_file, logs
from housebot import config as settings
from housebot.cli import demo_opening, demo_seed
from housebot.domain.catalog_document import to_catalog
from housebot.domain.period import instant, local
from housebot.errors import Refusal
from housebot.simulator.clock import Clock
from housebot.simulator.server import Simulator
from housebot.storage.db import Database
from housebot.storage.lock import AlreadyRunning, instance_lock
from housebot.words import pick_language

app = typer.Typer(rich_markup_mode=None, add_completion=False)

TOKEN = "1000000001:" + "demo" * 9  # of no bot anywhere: the demo's Telegram is its own
USERNAME = "secret_house_demo_bot"
README, LOCK = "README", "demo"
MARK = "A housebot demo lives here; `housebot demo` empties this folder.\n"
PORTS_TRIED = 50
OPENS_AT = 14  # o'clock in the house: far from night rules, so that the first hour shows what the tries promise
GLANCE = 0.3  # seconds until Ctrl-C is seen
BUG, ANOTHER_RUNS = 70, 75

TITLE = {"ru": "Secret House · демо", "en": "Secret House · demo"}
TRIES = {
    "ru": [
        "Забронируйте: слева «Начать», «Помочь выбрать» или просто «на субботу 4 чел с баней».",
        "Оплатите: скрепка → «Отправить чек» пришлёт готовый снимок перевода.",
        "Подтвердите: справа, у хозяйки, «Подтвердить». Часы наверху можно двигать.",
    ],
    "en": [
        "Book: on the left “Start”, then “Help me choose”, or type “Saturday, 4 people, sauna”.",
        "Pay: the paper clip → “Send a receipt” sends a ready picture of a transfer.",
        "Confirm: on the right, as the owner, press “Confirm”. The clock on top can be moved.",
    ],
}


@app.command()
def demo(
    port: Annotated[
        int, typer.Option(metavar="N", min=1, max=65535, help="The page's port; a busy one moves on to the next free.")
    ] = 8080,
    keep: Annotated[bool, typer.Option("--keep", help="Go on where the last demo ended.")] = False,
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where the demo lives.")] = Path(".demo"),
) -> None:
    """Show everything on this machine: a guest's phone and the owner's, the real desk between them. Ctrl-C ends it."""
    folder = folder.absolute()
    try:
        _claim(folder)
    except OSError as problem:
        raise typer.BadParameter(f"{folder} cannot be used: {problem.strerror}; name another with --folder") from None
    try:
        with instance_lock(folder / LOCK):
            code = asyncio.run(_run(port, folder, keep=keep))
    except AlreadyRunning as other:
        process = "" if other.pid is None else f" (process {other.pid})"
        print(f"housebot: a demo already runs in {folder}{process}; end it, or name another --folder", file=sys.stderr)
        code = ANOTHER_RUNS
    raise typer.Exit(code)


async def _run(port: int, folder: Path, *, keep: bool) -> int:
    stopped = _stopping()
    world = folder / "telegram.json"
    kept = keep and world.is_file() and (folder / "housebot.db").is_file()
    if not kept:
        _empty(folder)
    document, language = _example(), _language()
    zone = to_catalog(document, version=1).zone
    clock = Clock()
    clock.set(_kept_time(folder) if kept else _opening_time(zone) - demo_opening.MOVED_IN)
    page: dict[str, Any] = {"title": TITLE, "tries": TRIES, "zone": str(zone), **demo_seed.PHONES}
    simulator = Simulator(clock=clock, tokens=[TOKEN], page=page, on_clock=lambda now: _keep_time(folder, now))
    await _listen(simulator, port)
    web_port = _free_port(int(simulator.url.rpartition(":")[2]) + 1)
    page["links"] = [
        {
            "label": {"ru": "Сервер housebot", "en": "housebot's own web"},
            "url": f"http://127.0.0.1:{web_port}/health/live",
        }
    ]
    config = _write_config(folder, simulator.url, web_port)
    _keep_time(folder, clock.now())
    logs.setup("warning", "text")
    try:
        if kept:
            simulator.load(world)
        else:
            print("Furnishing the house ...", flush=True)
            simulator.control.register(TOKEN, demo_seed.HOUSE, USERNAME)
            _create(config.database_path, document, clock.now(), language)
        async with desk_app.running(config, clock=clock) as desk:
            desk.db.on_fatal(lambda _: stopped.set())
            await desk.ready.wait()
            if not kept:
                await demo_opening.open_house(desk, simulator, zone=zone, language=language)
            _greet(simulator.url, folder, asked=port)
            await _follow(desk, simulator, stopped)
            broken = desk.db.fatal is not None
    finally:
        simulator.save(world)
        await simulator.stop()
    print("\nThe demo has ended. `housebot demo --keep` goes on from here.")
    return BUG if broken else 0


def _greet(url: str, folder: Path, *, asked: int) -> None:
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    venv = Path(".venv/bin/housebot")
    command = venv if venv.is_file() else "housebot"
    port = url.rpartition(":")[2]
    if port != str(asked):
        print(f"Port {asked} is busy; the page is on the next free one.")
    print(f"housebot demo: {url}/")
    print(f"In a second shell:  {command} --config {shown}/config.toml bookings list")
    print(f"On a remote machine, first on yours:  ssh -L {port}:127.0.0.1:{port} THAT-MACHINE")
    print("Ctrl-C ends it.", flush=True)


def _stopping() -> asyncio.Event:
    """Set by Ctrl-C or a polite request to end, from the first moment on."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    return stopped


async def _follow(desk: desk_app.App, simulator: Simulator, stopped: asyncio.Event) -> None:
    """Until told to end; meanwhile the desk speaks the languages people choose on the page."""
    world = simulator.world
    seen = 0
    while not stopped.is_set():
        for event in await world.events.wait(seen, GLANCE):
            seen = event["number"]
            user = world.users.get(event.get("user_id", 0)) if event["kind"] == "user" else None
            if user is not None:
                await desk.db.write(
                    partial(
                        demo_seed.speak, telegram_id=user.id, language_code=user.language_code, now=desk.clock.now()
                    )
                )


async def _listen(simulator: Simulator, port: int) -> None:
    for candidate in range(port, min(port + PORTS_TRIED, 65536)):
        with suppress(OSError):
            await simulator.start(port=candidate)
            return
    raise Refusal("temporarily_unavailable", reason="no_free_port", tried=f"{port}-{port + PORTS_TRIED - 1}")


def _free_port(first: int) -> int:
    for candidate in range(first, min(first + PORTS_TRIED, 65536)):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", candidate))
            return candidate
    return 0  # any: the system chooses


def _claim(folder: Path) -> None:
    """A folder of a demo; one that holds anything else is left alone."""
    mark = folder / README
    if folder.exists() and not folder.is_dir():
        raise typer.BadParameter(f"{folder} is not a folder; name another with --folder")
    if folder.exists() and any(folder.iterdir()) and not (mark.is_file() and mark.read_text(encoding="utf-8") == MARK):
        raise typer.BadParameter(f"{folder} holds something else than a demo; name another with --folder")
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    mark.write_text(MARK, encoding="utf-8")


def _empty(folder: Path) -> None:
    """Nothing of the last demo is left but what says that this is one, and the lock we hold."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            rmtree(path)
        elif path.name not in {README, f"{LOCK}.lock"}:
            path.unlink()


def _example() -> dict[str, Any]:
    with as_file(files("housebot").joinpath("examples", "secret-house.toml")) as file:
        return catalog_file.read(file)


def _language() -> str:
    """What this machine speaks; the page goes by its browser."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return pick_language(next(filter(None, names), None))


def _create(path: Path, document: dict[str, Any], now: datetime, language: str) -> None:
    db = Database.open(path, create=True)
    try:
        db.write_now(lambda tx: demo_seed.furnish(tx, document, now=now, language=language))
    finally:
        db.close()


def _write_config(folder: Path, api_base: str, web_port: int) -> settings.Config:
    file = folder / "config.toml"
    file.write_text(
        "# Written by `housebot demo` at every start.\n"
        f'[telegram]\ntoken = "{TOKEN}"\napi_base = "{api_base}"\nowners = [{demo_seed.OWNER}]\n'
        f'[database]\npath = "housebot.db"\n[web]\nport = {web_port}\n[log]\nlevel = "warning"\n'
        '[demo]\ntest_mode = true\nclock_file = "clock"\n',
        encoding="utf-8",
    )
    file.chmod(0o600)
    return settings.load(file)


def _opening_time(zone: ZoneInfo) -> datetime:
    today = local(datetime.now(UTC), zone).replace(hour=OPENS_AT, minute=0, second=0, microsecond=0)
    return instant(today, zone, gap="forward")[0]


def _keep_time(folder: Path, now: datetime) -> None:
    """A second shell asks the desk's time of this file."""
    (folder / "clock").write_text(str(round((now - datetime.now(UTC)).total_seconds())), encoding="ascii")


def _kept_time(folder: Path) -> datetime:
    shift = timedelta()
    with suppress(OSError, ValueError):
        shift = timedelta(seconds=int((folder / "clock").read_text(encoding="ascii")))
    return datetime.now(UTC) + shift
