"""Owns which command is in which module, and what may stand before a command."""

import gc
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from housebot.cli import LONG_RUNNING
from housebot.cli.shell import Shell

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter  # typer's own copy of click

# Each is a module of this package. What it is for stands here, so that `--help` imports none of them.
NAMES = {
    "init": "Make a desk: folder, settings, database, catalog, owner.",
    "run": "Run the desk: bot, web and scheduler in one process.",
    "demo": "Run a furnished desk on a Telegram of its own, with a page to play on.",
    "doctor": "Look at everything the desk needs, with what to do.",
    "quote": "What a stay costs, and why.",
    "catalog": "What is sold: check, lint, apply, show, history.",
    "bookings": "Stays: list, show, create, confirm, decline, move, offer, set-price, cancel, no-show, check-out, note, export.",
    "guests": "Guests: list, show, ban.",
    "promo": "Promo codes: add, list, show, disable, report.",
    "prices": "Prices of dates set by hand: set, list, remove.",
    "blocks": "Closed times and stopped extras: add, list, remove.",
    "payments": "Money: list, record, refund, adjust, chargeback, damage deposits.",
    "gifts": "Gifts: issue, list, show, extend, void, transfer.",
    "keys": "Keys: of the API (add, list, revoke), and of the desk's secrets.",
    "hooks": "Hooks: addresses for providers, Bukza's request; programs that are told of events.",
    "stats": "Figures of each unit: stays, occupancy, revenue; what each day came to.",
    "outbox": "Messages on their way: list, retry, drop.",
    "db": "The database: check, migrate, path.",
    "service": "The desk as a service of this machine: install.",
}


class Commands(TyperGroup):
    """The group of all commands, which knows their names and imports one when it is called.

    A short command ends before it has made garbage worth looking for; looking would be a tenth of its time.
    """

    def list_commands(self, ctx: "Context") -> list[str]:
        return list(NAMES)

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        if cmd_name not in NAMES:
            return None
        command = typer.main.get_command(import_module(f"housebot.cli.{cmd_name}").app)
        if cmd_name in LONG_RUNNING:
            gc.enable()
        command.name = cmd_name
        return command

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(NAMES.items()))


app = typer.Typer(
    name="housebot",
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"housebot {version('housebot')}")
        raise typer.Exit


@app.callback()
def housebot(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="The settings; else $HOUSEBOT_CONFIG, ./config.toml, …"),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="JSON on stdout, refusals as JSON on stderr. Before or after the command."),
    ] = False,
    now: Annotated[str | None, typer.Option(metavar="INSTANT", help="The desk's time, in test mode only.")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and end.")
    ] = False,
) -> None:
    """The booking desk of a rental house: one process, one file.

    Exit codes: 0 done, 1 refused by a rule, 2 wrong usage, 69 something outside is away, 70 a bug, 75 another instance runs,
    78 configuration.
    """
    ctx.obj = Shell(config_path=config, as_json=as_json, now_text=now)


def run(words: list[str]) -> object:
    """Run the command the words name; what goes wrong is raised."""
    if any(
        "\udc80" <= sign <= "\udcff" for word in words for sign in word
    ):  # how Python carries bytes that are no text
        raise typer.BadParameter("the arguments are not UTF-8 text")
    return typer.main.get_command(app).main(words, prog_name="housebot", standalone_mode=False)
