"""The table of actions is held against the routers: nothing listed goes unanswered, nothing answered is unlisted (T3)."""

from collections.abc import Iterator

import pytest
from aiogram import Router

from housebot.bot import guest, staff
from housebot.bot.actions import ACTS, PICKERS, Acted, Picked, act, read_act
from housebot.bot.guest.journey.talk import answers
from housebot.bot.presses import Action
from housebot.errors import Refusal


def filters() -> Iterator[object]:
    def walk(router: Router) -> Iterator[object]:
        for handler in router.callback_query.handlers:
            yield from (one.callback for one in handler.filters or ())
        for child in router.sub_routers:
            yield from walk(child)

    for router in (guest.router, staff.router):
        yield from walk(router)


def test_every_picker_action_has_a_meaning_and_an_answer() -> None:
    assert set(PICKERS) == set(Action)
    taken = {action for one in filters() if isinstance(one, Picked) for action in one.actions}
    assert taken == set(Action)
    assert set(answers) == set(Action) - {Action.MENU, Action.LOOK}


def test_every_act_that_is_listed_is_answered_by_somebody() -> None:
    assert {action for one in filters() if isinstance(one, Acted) for action in one.actions} == set(ACTS)


@pytest.mark.parametrize("data", ["", "zz.HB-7K3F.1", "gr.HB 7K3F.1", "gr.HB-7K3F.x", "gr", "gr.HB-7K3F.1." + "x" * 40])
def test_t3_an_act_we_never_wrote_is_an_old_button(data: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_act(data)
    assert refused.value.code == "stale"


def test_an_act_reads_as_it_was_written() -> None:
    data = act("gr", "HB-7K3F", 12, "yes")
    assert len(data.encode()) <= 64
    assert (read_act(data).action, read_act(data).code, read_act(data).version, read_act(data).arg) == (
        "gr",
        "HB-7K3F",
        12,
        "yes",
    )


def test_an_act_that_is_in_no_table_cannot_be_written_nor_listened_to() -> None:
    with pytest.raises(ValueError, match="no data"):
        act("gå", "HB-7K3F", 1)
    with pytest.raises(ValueError, match="not in the table"):
        Acted("zz")
