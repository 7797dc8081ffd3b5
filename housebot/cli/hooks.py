"""Owns `housebot hooks`: the addresses to which providers send what happened at theirs."""

from typing import Annotated

import typer

from housebot.cli import hooks_outbound
from housebot.cli.shell import Shell
from housebot.errors import ConfigProblem, Refusal
from housebot.services import hooks, ways

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Hooks: the address for a provider."
)
hooks_outbound.join(app)


@app.callback()
def hooks_() -> None:
    """Addresses for other programs."""


@app.command()
def address(
    ctx: typer.Context,
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="yookassa")] = ways.CARDS,
) -> None:
    """The address to give to a provider. It is a secret: whoever knows it can make the desk ask, though never believe."""
    shell: Shell = ctx.obj
    if provider != ways.CARDS:
        raise Refusal("not_found", provider=provider[:40])
    base = shell.config.web.public_url
    if base is None:
        raise ConfigProblem(
            "[web] public_url is missing: the world cannot reach the desk",
            fix="set it to the address of your web server; without notifications payments are found by asking",
        )
    with shell.desk() as desk:
        word = desk.db.write_now(lambda tx: hooks.ensure_token(tx, provider))
    found = f"{base.rstrip('/')}/hooks/{provider}/{word}"
    shell.show({"provider": provider, "address": found}, found)
