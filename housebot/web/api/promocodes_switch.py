"""Owns how another program switches a promo code off, and on again; stays that have it keep it (R52)."""

from typing import Any

from housebot.services import catalogs, promos
from housebot.services.ports import Tx
from housebot.web.api.operation import Call, Operation
from housebot.web.api.promocodes import EXAMPLE, Promocode, Switch, Which
from housebot.web.api.promocodes_found import named


def switch(tx: Tx, call: Call) -> dict[str, Any]:
    """Off, or on again."""
    work = promos.enable if call.body.active else promos.disable
    changed = work(tx, named(tx, call.path.id).code, actor=call.actor, now=call.now)
    return promos.as_json(tx, catalogs.current(tx, now=call.now), changed)


def disable(tx: Tx, call: Call) -> None:
    """Nobody may use it from now on; the row stays."""
    promos.disable(tx, named(tx, call.path.id).code, actor=call.actor, now=call.now)


OPERATIONS = [
    Operation(
        "PATCH",
        "/promocodes/{id}",
        name="switchPromocode",
        summary="Switch a promo code off, or on again",
        tag="promocodes",
        scope="manage",
        in_path=Which,
        takes=Switch,
        body_example={"active": True},
        answers=Promocode,
        example=EXAMPLE,
        writes=switch,
        refusals=("not_found", "already_decided"),
    ),
    Operation(
        "DELETE",
        "/promocodes/{id}",
        name="disablePromocode",
        summary="Switch a promo code off; stays that have it keep it",
        tag="promocodes",
        scope="manage",
        in_path=Which,
        answers=None,
        writes=disable,
        status=204,
        refusals=("not_found", "already_decided"),
    ),
]
