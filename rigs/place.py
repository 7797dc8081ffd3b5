"""Owns the desk that rigs run against: its folder, its catalog without caps, and one clock for all processes that is moved by hand."""

import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from housebot import catalog_file
from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_catalog, to_document
from housebot.services import catalogs, hooks, staff, ways
from housebot.services import settings as desk_settings
from housebot.services.ports import SYSTEM
from housebot.storage.db import Database
from tests.yookassa import SECRET, SHOP

TOKEN = "700000002:" + "R" * 35  # of no bot anywhere
OWNER_ID, SECOND_OWNER_ID = 900, 901
OPENED = datetime(2026, 11, 27, 9, tzinfo=UTC)  # Friday 12:00 in Minsk
MONDAY = datetime(2026, 12, 14)  # noqa: DTZ001  local: the week everybody wants
BANK = {
    "bank": "Беларусбанк",
    "number": "4255 1234 5678 9012",
    "holder": "АННА КОВАЛЬ",
    "reference": "optional",
    "reference_text": "",
}
NO_CAP = 1_000_000  # of holds: the rigs want people who never give up


@dataclass(frozen=True, slots=True)
class Place:
    """A folder as `housebot init` leaves it, and how far its clock stands from the real one."""

    folder: Path
    hook: str = ""  # where the desk hears of payments

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        return self.folder / "housebot.db"

    @property
    def clock(self) -> "SharedClock":
        return SharedClock(self.folder / "clock")

    def shell(self, *words: str) -> tuple[int, Any, str]:
        """Run the real command: exit code, JSON from stdout, stderr."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr

    def command(self, *words: str) -> list[str]:
        """The words to run `housebot` with on this folder."""
        return [sys.executable, "-m", "housebot", "--config", str(self.config), "--json", *words]


@dataclass(frozen=True, slots=True)
class SharedClock:
    """Real time plus what a small file says; every process of a rig reads the same file, and so does the shell."""

    file: Path

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=int(self.file.read_text(encoding="ascii")))

    def move(self, length: timedelta) -> None:
        """Let time pass for everybody at once."""
        self._put(int(self.file.read_text(encoding="ascii")) + round(length.total_seconds()))

    def set(self, moment: datetime) -> None:
        self._put(round((moment - datetime.now(UTC)).total_seconds()))

    def _put(self, seconds: int) -> None:
        # Replaced at once: nobody may ever read half a number.
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds), encoding="ascii")
        os.replace(fresh, self.file)  # noqa: PTH105


def catalog(*, rooms: bool = False) -> Catalog:
    """Secret House, where one guest may hold as much as they like; with `rooms`, two of them are let by themselves too."""
    with as_file(files("housebot").joinpath("examples", "secret-house.toml")) as file:
        shipped = to_catalog(catalog_file.read(file), version=1)
    house = shipped.units[0]
    units = [house]
    if rooms:
        units.append(replace(house, id="white", parts=("white-bedroom",), cleaning=timedelta(hours=1)))
        units.append(
            replace(house, id="green", parts=("green-bedroom",), before=timedelta(hours=3), cleaning=timedelta(0))
        )
    tariffs = tuple(replace(tariff, units=tuple(unit.id for unit in units)) for tariff in shipped.tariffs)
    holds = replace(shipped.holds, per_guest=NO_CAP, new_per_day=NO_CAP)
    return replace(shipped, units=tuple(units), tariffs=tariffs, holds=holds)


def prepare(folder: Path, api_base: str, *, rooms: bool = False, cards: str = "") -> Place:
    """Config, clock, and a database with catalog, owners and bank data; `cards`: the bank whose cards the desk takes."""
    place = Place(folder)
    port = _free_port() if cards else 0
    shop = f'[payments.yookassa]\nshop_id = {SHOP}\nsecret_key = "{SECRET}"\napi_base = "{cards}"\n' if cards else ""
    place.config.write_text(
        f'[telegram]\ntoken = "{TOKEN}"\napi_base = "{api_base}"\nowners = [{OWNER_ID}, {SECOND_OWNER_ID}]\n'
        f'[database]\npath = "housebot.db"\n[web]\nport = {port}\n[log]\nlevel = "warning"\n{shop}'
        '[demo]\ntest_mode = true\nclock_file = "clock"\n',
        encoding="utf-8",
    )
    place.clock.set(OPENED)
    db = Database.open(place.database, create=True)
    db.write_now(lambda tx: catalogs.apply(tx, to_document(catalog(rooms=rooms)), actor=SYSTEM, now=OPENED))
    db.write_now(lambda tx: staff.seed(tx, [OWNER_ID, SECOND_OWNER_ID], now=OPENED, language="ru"))
    db.write_now(lambda tx: desk_settings.put(tx, "bank", BANK, actor=SYSTEM, now=OPENED))
    word = db.write_now(lambda tx: hooks.ensure_token(tx, ways.CARDS))
    db.close()
    return replace(place, hook=f"http://127.0.0.1:{port}/hooks/{ways.CARDS}/{word}")


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
    return port
