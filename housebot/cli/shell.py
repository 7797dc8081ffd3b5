"""Owns what every command has in hand: the settings, an open desk, the actor, and how results are shown and changes tried."""

import json
import os
import pwd
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from housebot import config as settings
from housebot.cli.terminal import one_line, print_table
from housebot.config import Config
from housebot.desk import Desk, open_desk
from housebot.errors import Refusal
from housebot.services import views
from housebot.storage.tx import Tx

if TYPE_CHECKING:
    from housebot.services.ports import Actor

T = TypeVar("T")
MOST_ROWS = 1_000_000  # anybody may ask to see at once
LARGEST_ID = 2**63 - 1  # a row may have
YEARS = (2000, 2999)  # of --now: stays, windows and reminders around it are still dates


def row_number(number: int | None) -> int | None:
    """A number a row may have; what SQLite cannot hold is wrong usage."""
    if number is not None and number > LARGEST_ID:
        raise typer.BadParameter("no number is that large")
    return number


class Undo(Exception):  # noqa: N818  carries the result out of a transaction that is rolled back
    """A dry run: the use case ran, and nothing of it is kept."""

    def __init__(self, result: Any) -> None:
        super().__init__("dry run")
        self.result = result


class Shell:
    """What stands before the command, and what commands do with it."""

    def __init__(self, *, config_path: Path | None, as_json: bool, now_text: str | None) -> None:
        self.config_path = config_path
        self.as_json = as_json
        self.now_text = now_text

    @cached_property
    def config(self) -> Config:
        """The settings; raises ConfigProblem."""
        return settings.load(self.config_path)

    @cached_property
    def at(self) -> datetime | None:
        """The time of `--now`, in test mode only: elsewhere it is wrong usage."""
        if self.now_text is None:
            return None
        if not self.config.test_mode:
            raise typer.BadParameter("--now works in test mode only (HOUSEBOT_TEST=1 or the demo's settings)")
        try:
            moment = datetime.fromisoformat(self.now_text)
        except ValueError:
            raise typer.BadParameter(f"--now {self.now_text!r} is no instant; write 2026-11-20T12:00:00Z") from None
        if moment.tzinfo is None:
            raise typer.BadParameter("--now needs a zone; write 2026-11-20T12:00:00Z")
        if not YEARS[0] <= moment.year <= YEARS[1]:
            raise typer.BadParameter(f"--now {self.now_text!r}: years are {YEARS[0]} to {YEARS[1]}")
        return moment.astimezone(UTC)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """The open desk, closed afterwards."""
        at = self.at  # judged before anything is opened
        with open_desk(self.config_path, at=at) as desk:
            try:
                yield desk
            except Refusal as refusal:
                if not self.as_json:  # people read its times by the clock of the house
                    zone = desk.db.read(lambda tx: views.zone(tx, now=desk.now()))
                    refusal.facts.setdefault("zone", str(zone))
                raise

    @property
    def actor(self) -> "Actor":
        """Whoever sits at the shell, by the name of their account."""
        from housebot.services.ports import Actor

        try:
            name = os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            name = str(os.getuid())
        return Actor("shell", None, name, "shell", "owner")

    def write(self, desk: Desk, work: Callable[[Tx], T], *, dry_run: bool = False) -> T:
        """Run a use case and commit it; a dry run runs it as well, then rolls everything back."""
        if not dry_run:
            return desk.db.write_now(work)

        def tried(tx: Tx) -> T:
            raise Undo(work(tx))

        try:
            return desk.db.write_now(tried)
        except Undo as undo:
            self.note("dry run: nothing was changed")
            result: T = undo.result
            return result

    def show(self, value: Any, *lines: str) -> None:
        """A result: JSON, or the lines for people."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False))
            return
        for line in lines:
            print(one_line(line))

    def table(
        self, items: list[dict[str, Any]], columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str
    ) -> None:
        """A list: JSON, or a table for people."""
        if self.as_json:
            print(json.dumps(items, ensure_ascii=False))
        elif not rows:
            print(empty)
        else:
            print_table(columns, rows)

    def note(self, text: str) -> None:
        """Something said beside the result."""
        print(text, file=sys.stderr)
