"""Owns `housebot hooks`: the addresses to which providers send what happened at theirs, and the request to paste into Bukza."""

from typing import Annotated

import typer

from housebot.cli import hooks_inbound, hooks_outbound
from housebot.cli.shell import Shell
from housebot.errors import ConfigProblem, Refusal
from housebot.integrations import bukza
from housebot.services import hooks, ways

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Hooks: your programs that are told of events, and addresses for those who tell the desk.",
)
hooks_outbound.join(app)
hooks_inbound.join(app)

PROVIDERS = (ways.CARDS, bukza.NAME, "sendpulse")
NEXT = {
    ways.CARDS: "paste this one into YooKassa's cabinet; payments are found by asking meanwhile",
    bukza.NAME: "its header too; copy the request again: housebot hooks template bukza",
    "sendpulse": "put this one into Bot settings, Webhooks; what SendPulse tells until then does not arrive",
}


@app.callback()
def hooks_() -> None:
    """Programs that are told of events here, and addresses for those who tell the desk of theirs."""


@app.command()
def address(
    ctx: typer.Context,
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help=", ".join(PROVIDERS))] = ways.CARDS,
    renew: Annotated[bool, typer.Option("--renew", help="Make a new one; the old one is refused at once.")] = False,
) -> None:
    """The address to give to a provider. It is a secret: whoever knows it can make the desk listen.

    If it has leaked: --renew, and paste the new one at the provider's. Bukza's header is renewed with it (hooks template bukza).
    """
    shell: Shell = ctx.obj
    if provider not in PROVIDERS:
        raise Refusal("not_found", what="provider", provider=provider[:40])
    found, _ = _secrets(shell, provider, renew=renew)
    if renew:
        shell.note("the old address is refused from now on: " + NEXT[provider])
    shell.show({"provider": provider, "address": found}, found)


@app.command()
def template(
    ctx: typer.Context, provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="bukza")] = bukza.NAME
) -> None:
    """The web request to make in Bukza: method, address, headers and body, to copy as they stand. Address and header are secrets."""
    shell: Shell = ctx.obj
    if provider != bukza.NAME:
        raise Refusal("not_found", what="provider", provider=provider[:40])
    address, secret = _secrets(shell, provider, header=True)
    headers = {"Content-Type": "application/json", bukza.HEADER: secret}
    body = bukza.template()
    lines = [f"POST {address}", *(f"{name}: {value}" for name, value in headers.items()), "", body]
    shell.show(
        {"provider": provider, "method": "POST", "address": address, "headers": headers, "body": body}, "\n".join(lines)
    )


def _secrets(shell: Shell, provider: str, *, header: bool = False, renew: bool = False) -> tuple[str, str]:
    """The address of a provider, and the value of its header where it is asked for."""
    base = shell.config.web.public_url
    if base is None:
        raise ConfigProblem(
            "[web] public_url is missing: the world cannot reach the desk",
            fix="set it to the address of your web server"
            + ("; without notifications payments are found by asking" if provider == ways.CARDS else ""),
        )
    sections = {
        ways.CARDS: ("payments.yookassa", shell.config.yookassa),
        bukza.NAME: ("bukza", shell.config.bukza),
        "sendpulse": ("sendpulse", shell.config.sendpulse),
    }
    name, section = sections[provider]
    if section is None:
        shell.note(f"[{name}] is not set: the desk does not listen there until it is, and was started again")
    with shell.desk() as desk:
        if renew:
            desk.db.write_now(lambda tx: hooks.renew(tx, provider, actor=shell.actor, now=desk.now()))
        word = desk.db.write_now(lambda tx: hooks.ensure_token(tx, provider))
        secret = desk.db.write_now(lambda tx: hooks.ensure_token(tx, provider + hooks.HEADER)) if header else ""
    return f"{base.rstrip('/')}/hooks/{provider}/{word}", secret
