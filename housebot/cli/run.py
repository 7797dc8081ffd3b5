"""Owns `housebot run`: the desk itself, until it is told to stop."""

import typer

from housebot.cli.shell import Shell

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def run(ctx: typer.Context) -> None:
    """Run the desk: bot, web and scheduler in one process, until SIGTERM or Ctrl-C."""
    shell: Shell = ctx.obj
    config = shell.config
    from housebot import app as desk  # everything heavy is behind this

    raise typer.Exit(desk.run(config))
