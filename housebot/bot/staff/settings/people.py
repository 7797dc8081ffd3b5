"""Owns the page of the people who work here: one-time links for each role, the list, and letting somebody go (T6)."""

from collections.abc import Callable

from aiogram import Router

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.people import actor_of
from housebot.bot.staff.settings import shared
from housebot.bot.turn import Turn
from housebot.domain.catalog import Kind
from housebot.errors import Refusal
from housebot.services import catalogs, face, ports, staff
from housebot.services.ports import Tx
from housebot.services.staff import Role
from housebot.words import join

ROLES: tuple[Role, ...] = ("owner", "manager", "cleaner")

router = Router(name="staff.settings.people")
texts = Texts()


def _list(tx: Tx, turn: Turn, argument: str) -> None:
    shared.may(tx, turn)
    shared.show(tx, turn, "staff")


def _invite(tx: Tx, turn: Turn, argument: str) -> None:
    """A message to forward; for a specialist the button names whose list it will be."""
    actor = actor_of(shared.may(tx, turn))
    role, _, unit_id = argument.partition(":")
    if role == "specialist":
        unit = shared.unit_of(catalogs.current(tx, now=turn.now), unit_id)
        token = staff.invite(tx, "specialist", unit=unit.id, actor=actor, now=turn.now)
    else:
        known = next((one for one in ROLES if one == role), None)
        if known is None:
            raise Refusal("stale")
        token = staff.invite(tx, known, actor=actor, now=turn.now)
    turn.say(tx, "staff.settings.invitation", {"role": role, "token": token})


def _ask_remove(tx: Tx, turn: Turn, argument: str) -> None:
    shared.may(tx, turn)
    shared.show(tx, turn, "remove", {"staff": _id(argument)})


def _remove(tx: Tx, turn: Turn, argument: str) -> None:
    actor = actor_of(shared.may(tx, turn))
    staff.remove(tx, _id(argument), actor=actor, now=turn.now)
    shared.show(tx, turn, "staff")


def _id(argument: str) -> int:
    if not argument.isdigit():
        raise Refusal("stale")
    return int(argument)


PAGES: dict[str, Callable[[Tx, Turn, str], None]] = {
    "staff": _list,
    "invite": _invite,
    "rm": _ask_remove,
    "rmy": _remove,
}


@texts.renders("staff.settings.staff")
def listed(scene: Scene) -> ports.Message:
    words = scene.words
    everybody = staff.listing(scene.tx)
    lines = [
        words.t("settings.staff_line", name=one.name or str(one.telegram_id), role=words.t(f"settings.role.{one.role}"))
        for one in everybody
    ]
    rows = [(shared.to(f"✖️ {one.name or one.telegram_id}"[:60], f"rm:{one.id}"),) for one in everybody]
    catalog = catalogs.current(scene.tx, now=scene.now)
    invites = [
        (shared.to(words.plain("settings.button.invite", role=words.t(f"settings.role.{role}")), f"invite:{role}"),)
        for role in ROLES
    ]
    if any(tariff.kind is Kind.SLOT for tariff in catalog.tariffs):
        for unit in catalog.units:
            role = f"{words.t('settings.role.specialist')} {shared.unit_name(unit, words)}"
            label = words.plain("settings.button.invite", role=role)[:60]
            invites.append((shared.to(label, f"invite:specialist:{unit.id}"),))
    return ports.Message(join("\n", [words.t("settings.staff_title"), *lines]), (*rows, *invites, shared.back(words)))


@texts.renders("staff.settings.remove")
def remove_sure(scene: Scene) -> ports.Message:
    words = scene.words
    person = staff.get(scene.tx, int(scene.facts["staff"]))
    role = words.t(f"settings.role.{person.role}")
    text = words.t("settings.remove_sure", name=person.name or str(person.telegram_id), role=role)
    yes = shared.to(words.plain("settings.button.remove_yes"), f"rmy:{person.id}")
    return ports.Message(text, ((yes,), shared.back(words, "staff")))


@texts.renders("staff.settings.invitation")
def invitation(scene: Scene) -> ports.Message:
    """In a message of its own: it is forwarded to the person."""
    name = face.username(scene.tx)
    if name is None:
        raise Refusal("stale", reason="username")
    link = f"https://t.me/{name}?start=staff_{scene.facts['token']}"
    role = scene.words.t(f"settings.role.{scene.facts['role']}")
    return ports.Message(scene.words.t("settings.staff_invite", link=link, role=role))
