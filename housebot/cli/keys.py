"""Owns `housebot keys`: who may use the API, and the key that seals the desk's secrets."""

from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from housebot.cli import inputs
from housebot.cli.shell import Shell, row_number
from housebot.cli.terminal import clock
from housebot.domain.instants import utc_text
from housebot.domain.period import instant
from housebot.services import keys, vault, views
from housebot.services.keys import Key
from housebot.storage.tx import Tx

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Keys: of the API (add, list, revoke), and of the desk's secrets.",
)

LONGEST = 36_500  # days
FASTEST = 1_000_000  # a minute
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")]


@app.callback()
def keys_() -> None:
    """Keys of the API, and of the desk's secrets."""


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is: the web site, the accountant.")],
    *,
    scope: Annotated[
        list[str],
        typer.Option(
            metavar="SCOPE",
            help="read, book (make bookings), manage (read, book and all that a manager does) or admin; may be repeated.",
        ),
    ],
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="DATE|DAYS", help="The last local day it works, or for how many days; else until revoked."
        ),
    ] = None,
    per_minute: Annotated[
        str | None,
        typer.Option(metavar="N|none", help="Requests a minute; else [web] rate_per_minute."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Make a key of the API. It is shown once: what is kept cannot be turned back into it."""
    shell: Shell = ctx.obj
    limit = _limit(per_minute)
    with shell.desk() as desk:
        now = desk.now()
        zone = desk.db.read(lambda tx: views.zone(tx, now=now))
        until = None if expires is None else _end(expires, now, zone)

        def made(tx: Tx) -> tuple[Key, str]:
            return keys.add(tx, name=name, scopes=scope, actor=shell.actor, now=now, per_minute=limit, expires_at=until)

        key, text = shell.write(desk, made, dry_run=dry_run)
    item = {field: value for field, value in _item(key, now).items() if field in _OF_A_NEW_ONE}
    if dry_run:
        shell.show(item, f"A key for {key.name} would be made: {_scopes(key)}.")
        return
    shell.show(
        {**item, "key": text},
        text,
        f"This is the key of {key.name} ({_scopes(key)}); it is not shown again. Whoever has it may do so much.",
    )


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """All keys, with when each was used last; never a key itself."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        now = desk.now()
        found, zone = desk.db.read(lambda tx: (keys.listing(tx), views.zone(tx, now=now)))
    items = [_item(key, now) for key in found]

    def when(text: str | None) -> str:
        return clock(text, zone) if text is not None else "-"

    shell.table(
        items,
        ("ID", "Name", "Scopes", "State", "A minute", "Last used", "Ends"),
        [
            (
                str(one["id"]), one["name"], ", ".join(one["scopes"]), one["state"], _pace(one["per_minute"]),
                when(one["last_used_at"]), when(one["expires_at"]),
            )
            for one in items
        ],
        empty="No program has a key. Make one: housebot keys add NAME --scope read",
    )  # fmt: skip


@app.command()
def revoke(
    ctx: typer.Context,
    key_id: Annotated[int, typer.Argument(metavar="ID", min=1, callback=row_number, help="See housebot keys list.")],
    *,
    dry_run: DryRun = False,
) -> None:
    """Let a key open nothing from now on, in the running desk too."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        now = desk.now()
        key = shell.write(desk, lambda tx: keys.revoke(tx, key_id, actor=shell.actor, now=now), dry_run=dry_run)
    shell.show(_item(key, now), f"The key of {key.name} opens nothing any more.")


@app.command("rotate-master")
def rotate_master(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look whether every secret opens.")] = False,
) -> None:
    """Seal every secret of the desk with a new key. Earlier keys stay in the key file, so that earlier backups open.

    The desk may run meanwhile. Cut short, it is finished by the next one.
    """
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        if dry_run:
            found = desk.db.read(vault.look)
            if found.problem is not None:
                raise found.problem
            shell.note("dry run: nothing was changed")
            shell.show({"secrets": found.secrets}, f"{found.secrets} secrets would be sealed with a new key")
            return
        done = desk.db.write_now(lambda tx: vault.rotate(tx, actor=shell.actor, now=desk.now()))
        file = desk.db.key_file.path
    shell.show(
        {**asdict(done), "key_file": str(file)},
        *(["An earlier change of keys was finished."] if done.finished else []),
        f"{done.sealed} secrets are sealed with a new key; {file} holds {done.keys}.",
        "Copy it to where you keep the copy of it, apart from the backups.",
    )


_OF_A_NEW_ONE = ("id", "name", "scopes", "per_minute", "expires_at")


def _item(key: Key, now: datetime) -> dict[str, Any]:
    def when(moment: datetime | None) -> str | None:
        return None if moment is None else utc_text(moment)

    return {
        "id": key.id,
        "name": key.name,
        "scopes": [scope for scope in keys.SCOPES if scope in key.scopes],
        "state": keys.state(key, now=now),
        "per_minute": key.per_minute,  # null: the desk's, 0: none
        "created_at": when(key.created_at),
        "created_by": key.created_by,
        "last_used_at": when(key.last_used_at),
        "expires_at": when(key.expires_at),
        "revoked_at": when(key.revoked_at),
    }


def _scopes(key: Key) -> str:
    return ", ".join(scope for scope in keys.SCOPES if scope in key.scopes)


def _pace(per_minute: int | None) -> str:
    return "as the desk" if per_minute is None else str(per_minute or "none")


def _limit(text: str | None) -> int | None:
    """None for the desk's own, 0 for none."""
    if text is None:
        return None
    if text.casefold() == "none":
        return 0
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= FASTEST):
        raise typer.BadParameter(f"--per-minute {text!r}: a number from 1 to {FASTEST}, or none")
    return int(text)


def _end(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The end of a local day, or so many days from now."""
    if text.isascii() and text.isdigit():
        if not 1 <= int(text[:9]) <= LONGEST:
            raise typer.BadParameter(f"--expires {text!r}: 1 to {LONGEST} days")
        return now + timedelta(days=int(text))
    last = inputs.day(text, "--expires")
    return instant(datetime.combine(last + timedelta(days=1), time()), zone, gap="forward")[0]
