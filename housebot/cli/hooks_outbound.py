"""Owns the commands of `housebot hooks` about programs that are told of events (A6)."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from housebot.cli.shell import MOST_ROWS, Shell, row_number
from housebot.cli.terminal import clock
from housebot.services import views, webhook_endpoints, webhook_log

Id = Annotated[int, typer.Argument(metavar="ID", callback=row_number, help="The number of the endpoint.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")]
KEEP_IT = "Keep the secret now: it is shown this once. It proves that an event comes from this desk."


def join(app: typer.Typer) -> None:
    """These commands, in the group of all hooks."""
    for name, command in COMMANDS.items():
        app.command(name)(command)


def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the program listens: https://…")],
    event: Annotated[
        list[str],
        typer.Option(metavar="EVENT", help="booking.confirmed, booking.*, * for all; may be given several times."),
    ],
    dry_run: DryRun = False,
) -> None:
    """Tell a program what happens here. Its secret is shown once."""
    shell: Shell = ctx.obj
    private = shell.config.web.webhooks_to_private
    with shell.desk() as desk:

        def added(tx: Any) -> dict[str, Any]:
            one, secret = webhook_endpoints.add(tx, url, event, private=private, actor=shell.actor, now=desk.now())
            return webhook_endpoints.as_json(tx, one) | {"secret": secret}

        item = shell.write(desk, added, dry_run=dry_run)
    if dry_run:  # a secret that was undone would only be pasted somewhere
        del item["secret"]
        shell.show(item, f"{item['host']} would be told of {', '.join(item['events'])}.")
        return
    shell.show(
        item,
        f"{item['id']}: {item['host']} is told of {', '.join(item['events'])}.",
        f"secret {item['secret']}",
        KEEP_IT,
    )


def list_(ctx: typer.Context) -> None:
    """Who is told of what, and what did not arrive."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        items, zone = desk.db.read(
            lambda tx: (
                [webhook_endpoints.as_json(tx, one) for one in webhook_endpoints.listing(tx)],
                views.zone(tx, now=desk.now()),
            )
        )
    shell.table(
        items,
        ("ID", "Host", "Events", "State", "Waiting", "Given up", "Silent since"),
        [
            [
                str(one["id"]),
                one["host"],
                ", ".join(one["events"]),
                one["state"],
                str(one["deliveries"].get("waiting", "")),
                str(one["deliveries"].get("given_up", "")),
                clock(one["failing_since"], zone),
            ]
            for one in items
        ],
        empty="No program is told of events.",
    )


def deliveries(
    ctx: typer.Context,
    endpoint: Annotated[int | None, typer.Option(metavar="ID", callback=row_number, help="Of one endpoint.")] = None,
    state: Annotated[
        str | None,
        typer.Option(metavar="STATE", help=f"{', '.join(webhook_log.STATES[:-1])} or {webhook_log.STATES[-1]}."),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=MOST_ROWS, help="At most so many.")] = 100,
) -> None:
    """What was told, the newest first, with the last try of each; --json has every try."""
    shell: Shell = ctx.obj
    if state is not None and state not in webhook_log.STATES:
        raise typer.BadParameter(f"--state {state!r} is not one of {', '.join(webhook_log.STATES)}")
    with shell.desk() as desk:
        items, zone = desk.db.read(
            lambda tx: (
                [
                    webhook_log.as_json(tx, one)
                    for one in webhook_log.listing(tx, endpoint_id=endpoint, state=state, limit=limit)
                ],
                views.zone(tx, now=desk.now()),
            )
        )
    shell.table(
        items,
        ("ID", "Event", "Host", "State", "Tries", "Last try", "Answer", "ms", "Next try"),
        [_row(one, str(zone)) for one in items],
        empty="No deliveries.",
    )


def resend(
    ctx: typer.Context,
    delivery: Annotated[int, typer.Argument(metavar="ID", callback=row_number, help="The number of the delivery.")],
    dry_run: DryRun = False,
) -> None:
    """Send one delivery once more, whatever became of it: the same event under the same id."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        item = shell.write(
            desk,
            lambda tx: webhook_log.as_json(tx, webhook_log.resend(tx, delivery, actor=shell.actor, now=desk.now())),
            dry_run=dry_run,
        )
    shell.show(item, f"Delivery {delivery} will be sent to {item['host']}.")


def ping(ctx: typer.Context, endpoint: Id, dry_run: DryRun = False) -> None:
    """Send a program an event that means nothing (ping); the running desk does it."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        number = shell.write(desk, lambda tx: webhook_endpoints.ping(tx, endpoint, now=desk.now()), dry_run=dry_run)
    shell.show({"delivery": number}, f"A ping will be sent: see housebot hooks deliveries --endpoint {endpoint}")


def rotate(
    ctx: typer.Context,
    endpoint: Id,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Make no secret: the one before the last signs no more.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """A new secret, shown once; the one before signs beside it until --drop-old."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def rotated(tx: Any) -> str | None:
            if drop_old:
                webhook_endpoints.drop_older_secret(tx, endpoint, actor=shell.actor, now=desk.now())
                return None
            return webhook_endpoints.rotate(tx, endpoint, actor=shell.actor, now=desk.now())

        secret = shell.write(desk, rotated, dry_run=dry_run)
    if secret is None:
        shell.show({"id": endpoint, "secrets": 1}, "Only the newest secret signs now.")
        return
    if dry_run:
        shell.show({"id": endpoint, "secrets": 2}, "A new secret would be made, and both would sign.")
        return
    then = f"Both sign until: housebot hooks rotate {endpoint} --drop-old"
    shell.show({"id": endpoint, "secrets": 2, "secret": secret}, f"secret {secret}", KEEP_IT, then)


def enable(ctx: typer.Context, endpoint: Id, dry_run: DryRun = False) -> None:
    """Tell a program again that was switched off because it said 410."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        item = shell.write(
            desk,
            lambda tx: webhook_endpoints.as_json(
                tx, webhook_endpoints.enable(tx, endpoint, actor=shell.actor, now=desk.now())
            ),
            dry_run=dry_run,
        )
    shell.show(item, f"{item['host']} is told again of {', '.join(item['events'])}.")


def remove(ctx: typer.Context, endpoint: Id, dry_run: DryRun = False) -> None:
    """Tell a program nothing any more, and forget its address and secrets."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        dropped = shell.write(
            desk, lambda tx: webhook_endpoints.remove(tx, endpoint, actor=shell.actor, now=desk.now()), dry_run=dry_run
        )
    shell.show({"id": endpoint, "state": "removed", "dropped": dropped}, f"Removed. {dropped} deliveries were dropped.")


def _row(one: dict[str, Any], zone: str) -> list[str]:
    last = one["tries"][-1] if one["tries"] else None
    return [
        str(one["id"]),
        one["type"],
        one["host"],
        one["state"],
        str(len(one["tries"])),
        clock(last["at"], zone) if last else "",
        _answer(last) if last else "",
        str(last["milliseconds"]) if last and last["milliseconds"] is not None else "",
        clock(one["next_try_at"], zone),
    ]


def _answer(last: dict[str, Any]) -> str:
    return str(last["status"] or last["problem"] or "none written down")


COMMANDS: dict[str, Callable[..., None]] = {
    "add": add,
    "list": list_,
    "deliveries": deliveries,
    "resend": resend,
    "test": ping,
    "rotate": rotate,
    "enable": enable,
    "remove": remove,
}
