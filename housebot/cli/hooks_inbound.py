"""Owns the commands of `housebot hooks` about what other programs have sent: orders that are not booked, and what nobody could read (A5)."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from housebot.cli.shell import Shell, row_number
from housebot.cli.terminal import clock
from housebot.domain.instants import utc_text
from housebot.errors import Refusal
from housebot.services import bukza, channels, inbound, views

SHOWN = 60  # signs of a body


def join(app: typer.Typer) -> None:
    """These commands, in the group of all hooks."""
    for name, command in COMMANDS.items():
        app.command(name)(command)


def orders(ctx: typer.Context) -> None:
    """Orders of Bukza that are not here as they are there: what is in the way, and when they are tried again."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        found, zone = desk.db.read(lambda tx: (bukza.unbooked(tx), views.zone(tx, now=desk.now())))
    items = [_item(one) for one in found]
    shell.table(
        items,
        ("Order", "State", "Why", "Resource", "From", "To", "Name", "Phone", "Next try"),
        [
            [
                *(one[name] for name in ("number", "state", "reason", "resource", "start", "end", "name", "phone")),
                clock(one["next_try_at"], zone),
            ]
            for one in items
        ],
        empty="Every order that was told is here as Bukza has it.",
    )


def aside(ctx: typer.Context) -> None:
    """What came and could not be read; --json has all of it. Look there what was meant, then: housebot hooks seen ID."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        found, zone = desk.db.read(lambda tx: (inbound.set_aside(tx), views.zone(tx, now=desk.now())))
    items = [
        {
            "id": one.id,
            "provider": one.provider,
            "received_at": utc_text(one.received_at),
            "body": one.body.decode(errors="replace"),
        }
        for one in found
    ]
    shell.table(
        items,
        ("ID", "Provider", "Came", "Words"),
        [
            [str(one["id"]), str(one["provider"]), clock(str(one["received_at"]), zone), _short(str(one["body"]))]
            for one in items
        ],
        empty="Everything that came could be read.",
    )


def seen(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", callback=row_number, help="See housebot hooks aside.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")] = False,
) -> None:
    """You have dealt with what was put aside: it is not listed any more."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        shell.write(desk, lambda tx: inbound.seen(tx, number, actor=shell.actor, now=desk.now()), dry_run=dry_run)
    shell.show({"id": number}, f"Number {number} is dealt with.")


def contacts(
    ctx: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="[ID]", callback=row_number, help="What was said with this one.")
    ] = None,
) -> None:
    """People who write in other messengers (SendPulse), who was heard of last first; with ID what was said with one of them."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        found, zone = desk.db.read(lambda tx: (channels.listing(tx), views.zone(tx, now=desk.now())))
        if number is not None:
            if all(one.id != number for one in found):
                raise Refusal("not_found", what="contact", id=number)
            said = desk.db.read(lambda tx: channels.messages(tx, number))
    if number is not None:
        talk = [{"at": utc_text(one.at), "direction": one.direction, "text": one.text} for one in said]
        rows = [[clock(one["at"], zone), one["direction"], _short(one["text"])] for one in talk]
        shell.table(talk, ("At", "Way", "Words"), rows, empty="Nothing was said.")
        return
    items: list[dict[str, Any]] = [
        {"id": one.id, "provider": one.provider, "service": one.service, "name": one.name, "phone": one.phone}
        | {"answered_at": None if one.answered_at is None else utc_text(one.answered_at)}
        for one in found
    ]
    shell.table(
        items,
        ("ID", "Provider", "Service", "Name", "Phone", "Answered"),
        [
            [
                str(one["id"]),
                one["provider"],
                one["service"],
                _short(one["name"]),
                one["phone"] or "",
                clock(one["answered_at"], zone),
            ]
            for one in items
        ],
        empty="Nobody has written in another messenger.",
    )


def _item(one: bukza.Order) -> dict[str, Any]:
    return {
        "number": one.number,
        "state": one.state,
        "reason": one.problem.partition(":")[0],
        "booking": one.booking_id,
        "collides": one.collides,
        **{name: one.said[name] for name in ("resource", "start", "end", "status", "name", "phone")},
        "next_try_at": None if one.retry_at is None else utc_text(one.retry_at),
    }


def _short(text: str) -> str:
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 1]}…"


COMMANDS: dict[str, Callable[..., None]] = {"orders": orders, "aside": aside, "seen": seen, "contacts": contacts}
