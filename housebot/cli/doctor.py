"""Owns `housebot doctor`: one line for each thing a desk needs, with what to do where something is missing."""

import http.client
import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import typer

from housebot.cli import exposure_check, hooks_check, secrets_check
from housebot.cli.botapi import BotApi, Refused
from housebot.cli.checks import Check, Checks, Status
from housebot.cli.problems import Away
from housebot.cli.shell import Shell
from housebot.cli.terminal import clock
from housebot.desk import Desk
from housebot.domain.instants import utc_text
from housebot.errors import ConfigProblem, DatabaseProblem, Refusal
from housebot.services import catalogs, chats, checkouts, due, hooks, house_words, outbox, staff, views, ways
from housebot.storage import meta
from housebot.storage.lock import is_served
from housebot.storage.tx import Tx

app = typer.Typer(rich_markup_mode=None, add_completion=False)

MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}
MEGABYTE = 1024 * 1024
LITTLE_SPACE, NO_SPACE = 500 * MEGABYTE, 50 * MEGABYTE
DRIFT = timedelta(seconds=60)  # a clock further off than this moves deadlines people were told
LISTEN, ANSWER = 3, 3  # seconds


@app.command()
def doctor(ctx: typer.Context) -> None:
    """Look at everything the desk needs; exit 1 when something is broken, 69 when only Telegram does not answer."""
    shell: Shell = ctx.obj
    found: list[Check] = []
    away = False
    try:
        found += _settings(shell)
        found += _telegram_asked(shell, found)
    except Away as silent:
        away = True
        found.append(Check("telegram", "fail", str(silent), silent.fix))
    shell.show([asdict(one) for one in found], *(_line(one) for one in found))
    failed = [one for one in found if one.status == "fail"]
    if failed:
        raise typer.Exit(69 if away and len(failed) == 1 else 1)


def _settings(shell: Shell) -> list[Check]:
    """The file, the desk in it and the machine around it."""
    config = shell.config
    found = [_file(shell)]
    try:
        with shell.desk() as desk:
            for look in LOOKS:
                found += look(desk)
                if _unusable(found):  # what a damaged file says further means nothing
                    break
    except DatabaseProblem as problem:
        found.append(Check("database", "fail", problem.message, problem.fix))
    space = shutil.disk_usage(config.database_path.parent if config.database_path.parent.exists() else "/").free
    status: Status = "fail" if space < NO_SPACE else "warn" if space < LITTLE_SPACE else "ok"
    found.append(
        Check(
            "disk",
            status,
            f"{space // MEGABYTE} MB free",
            "" if status == "ok" else "free some space: a full disk books nothing",
        )
    )
    return found


def _unusable(found: list[Check]) -> bool:
    return any(one.check == "database" and one.status == "fail" for one in found)


def _file(shell: Shell) -> Check:
    file = shell.config.file
    if file is None:
        return Check("settings", "warn", "no settings file, the environment alone", "run: housebot init DIR")
    if file.stat().st_mode & 0o077:
        return Check(
            "settings", "warn", f"{file} can be read by others, and the token is in it", f"run: chmod 600 {file}"
        )
    return Check("settings", "ok", str(file))


def _database(desk: Desk) -> Checks:
    damage = desk.db.damage()
    if damage:
        yield Check(
            "database", "fail", f"{desk.db.path} is damaged: {damage[0]}", "keep a copy, then restore the newest backup"
        )
        return
    yield Check("database", "ok", str(desk.db.path))
    locked = [place for place in (desk.db.path, desk.db.path.parent) if not _may_write(place)]
    if locked:
        yield Check(
            "rights",
            "fail",
            f"this user may not write {' and '.join(map(str, locked))}",
            "make the file and its folder writable for the user that runs the desk, or ask as that user",
        )
    version = desk.db.read(meta.sqlite_version)
    yield Check(
        "sqlite", "ok", f"version {version}; only the server writes its log back, as versions before 3.51.3 need it"
    )


def _clock(desk: Desk) -> Checks:
    try:
        catalog = desk.db.read(lambda tx: catalogs.current(tx, now=desk.now()))
    except Refusal:
        return
    shown = desk.now().astimezone(catalog.zone)
    yield Check("clock", "ok", f"{shown:%Y-%m-%d %H:%M} in {catalog.zone}")


def _catalog(desk: Desk) -> Checks:
    from housebot.domain.linter import lint

    try:
        catalog = desk.db.read(lambda tx: catalogs.current(tx, now=desk.now()))
    except Refusal:
        yield Check("catalog", "fail", "nothing is for sale", "run: housebot catalog apply FILE")
        return
    today = desk.now().astimezone(catalog.zone).date()
    surprises = [finding for finding in lint(catalog, today=today) if finding.severity == "warning"]
    if surprises:
        yield Check(
            "catalog",
            "warn",
            f"version {catalog.version}: {len(surprises)} prices or rules surprise",
            "run: housebot catalog lint FILE",
        )
    else:
        yield Check("catalog", "ok", f"version {catalog.version}")
    for left in desk.db.read(lambda tx: house_words.leftovers(tx, now=desk.now())):
        yield Check("example", "warn", left.detail, left.fix)


def _people(desk: Desk) -> Checks:
    owners = desk.db.read(staff.owners)
    named = _named_owners(desk)
    if owners:
        yield Check("owners", "ok", ", ".join(owner.name or str(owner.telegram_id) for owner in owners))
    elif named:
        yield Check("owners", "ok", f"{len(named)} named in the settings, taken on at the first start")
    else:
        yield Check(
            "owners",
            "fail",
            "nobody owns the desk: nobody can approve a booking",
            "set [telegram] owners to your Telegram id",
        )


def _named_owners(desk: Desk) -> list[int]:
    try:
        return desk.config.telegram.owners
    except ConfigProblem:
        return []


def _may_write(place: Path) -> bool:
    return os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _running(desk: Desk) -> Checks:
    now = desk.now()
    if is_served(desk.db.path):
        yield Check("desk", "ok", "it runs")
        yield from _web(desk)
    else:
        yield Check("desk", "warn", "it does not run", "run: housebot service install, or: housebot run")
    overdue = [row for row in desk.db.read(due.waiting) if due.is_overdue(row, now)]
    if overdue:
        oldest = utc_text(min(row.due_at for row in overdue))
        zone = desk.db.read(lambda tx: views.zone(tx, now=now))
        yield Check(
            "due work",
            "warn",
            f"{len(overdue)} late, the oldest since {clock(oldest, zone)}",
            "see that the desk runs; then its log",
        )
    else:
        yield Check("due work", "ok", "nothing is late")
    counted = desk.db.read(outbox.counts)
    stuck = {state: counted[state] for state in ("failed", "ambiguous") if counted.get(state)}
    if stuck:
        said = ", ".join(f"{number} {state}" for state, number in stuck.items())
        yield Check(
            "messages", "warn", said, "look: housebot outbox list --state failed; again: housebot outbox retry ID"
        )
    else:
        yield Check("messages", "ok", f"{counted.get('queued', 0)} on their way")


def _web(desk: Desk) -> Checks:
    """A desk whose port is busy runs on without its web, and says so in its log alone."""
    try:
        web = desk.config.web
    except ConfigProblem as problem:
        yield Check("web", "fail", str(problem), problem.fix)
        return
    if not web.port:
        return
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host)  # noqa: S104  everywhere is here too
    try:
        with closing(http.client.HTTPConnection(host, web.port, timeout=ANSWER)) as connection:
            connection.request("GET", "/health/live")
            lives = json.loads(connection.getresponse().read(1000)) == {"status": "ok"}
    except (OSError, ValueError, http.client.HTTPException):
        lives = False
    if lives:
        yield Check("web", "ok", f"it answers at {web.host}:{web.port}")
    else:
        yield Check(
            "web",
            "warn",
            f"the desk does not answer at {web.host}:{web.port}: another program may have that port",
            "set [web] port to a free one and start the desk again",
        )


def _cards(desk: Desk) -> Checks:
    """Whether guests can pay by card, and whether the provider can tell us; the address itself is a secret and stays out of here."""
    try:
        shop, public_url = desk.config.yookassa, desk.config.web.public_url
    except ConfigProblem as problem:
        yield Check("cards", "fail", str(problem), problem.fix)
        return
    if shop is None:
        waiting = desk.db.read(checkouts.open_orders)
        if waiting:
            fix = "set [payments.yookassa] again until they are settled: money may still come by them"
            yield Check("cards", "warn", f"{waiting} card payments are open and nobody asks about them", fix)
        return
    known = desk.db.read(lambda tx: hooks.has_token(tx, ways.CARDS))
    told = "notifications have an address" if known and public_url else "payments are found by asking alone"
    kind = "test shop" if shop.test else "shop"
    yield Check("cards", "ok", f"YooKassa, {kind} {shop.shop_id}; {told}")


def _invoices(desk: Desk) -> Checks:
    """Whether guests can pay inside Telegram; the token itself is a secret and stays out of here."""
    try:
        section = desk.config.invoices
    except ConfigProblem as problem:
        yield Check("invoices", "fail", str(problem), problem.fix)
        return
    if section is None:
        return
    if not desk.db.read(lambda tx: catalogs.sells_in(tx, section.currency, now=desk.now())):
        fix = "write the currency of the catalog in [payments.telegram], if your provider takes it"
        yield Check("invoices", "warn", f"not offered: the house does not sell in {section.currency}", fix)
        return
    kind = "test provider" if ":TEST:" in section.provider_token else "provider"
    yield Check("invoices", "ok", f"Telegram invoices, {kind}")


LOOKS: tuple[Callable[[Desk], Checks], ...] = (
    _database,
    _clock,
    _catalog,
    _people,
    secrets_check.look,
    _cards,
    _invoices,
    hooks_check.look,
    exposure_check.look,
    _running,
)


def _telegram_asked(shell: Shell, before: list[Check]) -> list[Check]:
    """What only Telegram can say; raises Away when it says nothing."""
    try:
        settings = shell.config.telegram
    except ConfigProblem as problem:
        return [Check("token", "fail", str(problem), problem.fix)]
    api = BotApi(settings.api_base, settings.token, settings.proxy)
    try:
        bot = api.call("getMe")
    except Refused as refused:
        return [
            Check(
                "token",
                "fail",
                f"Telegram does not know it: {refused}",
                "copy it again from BotFather: /mybots, API Token",
            )
        ]
    found = [Check("token", "ok", f"this is @{bot['username']}"), *_drift(api)]
    runs = any(one.check == "desk" and one.status == "ok" for one in before)
    found += _poller(api, runs=runs)
    if not _unusable(before):
        with shell.desk() as desk:
            found += _places(api, bot["id"], desk)
    return found


def _drift(api: BotApi) -> Checks:
    if api.said_at is None:
        return
    drift = abs(datetime.now(UTC) - api.said_at)
    if drift > DRIFT:
        yield Check(
            "clock of this machine",
            "warn",
            f"{drift.total_seconds():.0f} s away from Telegram's",
            "run: timedatectl set-ntp true",
        )


def _poller(api: BotApi, *, runs: bool) -> Checks:
    hook = api.call("getWebhookInfo").get("url", "")
    if hook:
        place = hook.split("/")[2] if hook.count("/") > 1 else "somewhere"  # the rest of an address may be a secret
        yield Check(
            "updates",
            "fail",
            f"a webhook at {place} takes them: another program uses this bot",
            "run: housebot init asks to remove it; or revoke the token at BotFather",
        )
        return
    if runs:  # asking for updates now would push our own desk aside
        yield Check("updates", "ok", "the desk takes them")
        return
    try:
        # A rival's call ends when ours comes, and ours when the rival asks again: so ours has to last a little.
        api.call("getUpdates", limit=1, wait=LISTEN)
    except Refused as refused:
        if refused.code != 409:
            raise Away(f"getUpdates: {refused}", fix="try again in a minute") from None
        yield Check(
            "updates",
            "fail",
            "another program takes them with the same token: is the old server still alive?",
            "stop it, or revoke the token at BotFather: /revoke",
        )
        return
    yield Check("updates", "ok", "nobody else takes them")


def _places(api: BotApi, bot_id: int, desk: Desk) -> Checks:
    """Whether the bot may speak where it has to."""

    def where(tx: Tx) -> list[tuple[str, int, bool]]:
        groups = [(f"{chat.purpose} chat", chat.chat_id, True) for chat in chats.connected(tx)]
        people = [(f"owner {owner.name or owner.telegram_id}", owner.telegram_id, False) for owner in staff.owners(tx)]
        return groups + people

    for name, chat_id, group in desk.db.read(where):
        try:
            chat = api.call("getChat", chat_id=chat_id)
            member = api.call("getChatMember", chat_id=chat_id, user_id=bot_id) if group else {"status": "member"}
        except Refused as refused:
            fix = (
                "connect it again in the bot: Settings, Chats" if group else "open the bot in Telegram and press Start"
            )
            yield Check(name, "fail" if group else "warn", f"cannot be reached: {refused}", fix)
            continue
        yield _place(name, chat, member)


def _place(name: str, chat: dict[str, Any], member: dict[str, Any]) -> Check:
    title = chat.get("title") or chat.get("first_name") or ""
    silenced = member["status"] == "restricted" and not member.get("can_send_messages", False)
    if member["status"] in {"left", "kicked"} or silenced:
        return Check(
            name,
            "fail",
            f"{title}: the bot may not write there",
            "add the bot to the group again and let it send messages",
        )
    return Check(name, "ok", title)


def _line(one: Check) -> str:
    return f"{MARKS[one.status]}  {one.check}: {one.detail}" + (
        f"  -> {one.fix}" if one.fix and one.status != "ok" else ""
    )
