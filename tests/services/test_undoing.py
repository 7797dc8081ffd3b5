"""Taking back what one has done: once, within a day, by oneself, judged by how things stand now, written into the log (A7)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.period import Period, read_span
from housebot.domain.promo import Promo
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import audit, blocks, closing, prices, promos, settings, undoing
from housebot.services.audit import Entry
from housebot.services.ports import Actor, Tx
from housebot.services.rehearsal import rehearsed
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import Desk

ANNA = Actor("staff", 900, "Анна", "telegram", "owner")
OLGA = Actor("staff", 902, "Ольга", "telegram", "manager")
BANK = settings.BankData("Банк", "4255 1234", "АННА")


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield Desk(file, factories.secret_house())
    file.close()


def act(desk: Desk, work: Callable[[Tx], Any], by: Actor = ANNA) -> Entry:
    """Do it, and find it as the newest deed."""

    def piece(tx: Tx) -> Entry:
        work(tx)
        return undoing.made(tx, actor=by, now=desk.now)

    return desk.write(piece)


def back(desk: Desk, deed: Entry, by: Actor = ANNA) -> Entry:
    return desk.write(lambda tx: undoing.take_back(tx, deed.id, actor=by, now=desk.now))


def price(desk: Desk, *, percent: int = 2000, by: Actor = ANNA) -> Entry:
    span = read_span("2026-12-04..2026-12-05")
    assert isinstance(span, DateSpan)
    return act(desk, lambda tx: prices.put(tx, dates=span, percent=percent, actor=by, now=desk.now), by)


def block(desk: Desk, reason: str = "paint") -> Entry:
    period = Period(factories.at("2026-12-07T00:00:00Z"), factories.at("2026-12-08T00:00:00Z"))
    return act(desk, lambda tx: blocks.add(tx, unit="house", period=period, reason=reason, actor=ANNA, now=desk.now))


def stop(desk: Desk) -> Entry:
    dates = read_span("2026-12-01..2026-12-07")
    assert isinstance(dates, DateSpan)
    return act(
        desk, lambda tx: blocks.stop_extra(tx, extra="sauna", dates=dates, reason="stove", actor=ANNA, now=desk.now)
    )


def promo(desk: Desk) -> Entry:
    draft = Promo(id=0, code="ВЕСНА", kind="percent", value=1500)
    return act(desk, lambda tx: promos.add(tx, factories.secret_house(), draft, actor=ANNA, now=desk.now))


def standing(desk: Desk) -> tuple[Any, ...]:
    """Everything that can be undone, as it stands."""
    catalog = factories.secret_house()
    return desk.read(
        lambda tx: (
            [(one.id, one.percent) for one in prices.listing(tx)],
            [
                (one.unit, one.parts, one.extra, one.start, one.end, one.reason)
                for one in blocks.listing(tx, since=desk.now)
            ],
            [promos.as_json(tx, catalog, one)["active"] for one in promos.listing(tx)],
            settings.get(tx, settings.BANK),
        )
    )


def test_every_kind_of_deed_goes_back_and_a_second_time_is_refused(desk: Desk) -> None:
    nothing = standing(desk)
    for do in (price, block, stop):
        deed = do(desk)
        assert standing(desk) != nothing
        back(desk, deed)
        assert standing(desk) == nothing
        with pytest.raises(Refusal, match="already_decided"):
            back(desk, deed)


def test_what_was_removed_comes_back_as_it_was(desk: Desk) -> None:
    for do, subject in ((price, prices), (block, blocks), (stop, blocks)):
        made = do(desk)
        number = int(made.subject.partition(":")[2])
        before = standing(desk)
        gone = act(desk, lambda tx, s=subject, n=number: s.remove(tx, n, actor=ANNA, now=desk.now))  # type: ignore[misc]
        assert standing(desk) != before
        back(desk, gone)
        assert standing(desk) == before


def test_a_code_is_switched_off_and_on_by_taking_back(desk: Desk) -> None:
    made = promo(desk)
    back(desk, made)
    assert standing(desk)[2] == [False]
    on = act(desk, lambda tx: promos.enable(tx, "весна", actor=ANNA, now=desk.now))
    back(desk, on)
    off = act(desk, lambda tx: promos.enable(tx, "весна", actor=ANNA, now=desk.now))
    assert off.action == "promo.enable"
    away = act(desk, lambda tx: promos.disable(tx, "весна", actor=ANNA, now=desk.now))
    back(desk, away)
    assert standing(desk)[2] == [True]


def test_a_setting_goes_back_unless_it_was_changed_since_and_bank_data_by_owners_alone(desk: Desk) -> None:
    deed = act(desk, lambda tx: settings.set_bank(tx, BANK, actor=ANNA, now=desk.now))
    desk.write(lambda tx: settings.set_text(tx, "about", "ru", "Дом", actor=ANNA, now=desk.now))
    text = desk.write(lambda tx: undoing.made(tx, actor=ANNA, now=desk.now))
    desk.write(lambda tx: settings.set_text(tx, "about", "ru", "Дом у леса", actor=OLGA, now=desk.now))
    with pytest.raises(Refusal, match="stale"):
        back(desk, text)
    demoted = Actor("staff", 900, "Анна", "telegram", "manager")
    with pytest.raises(Refusal, match="forbidden"):
        back(desk, deed, by=demoted)
    back(desk, deed)
    assert standing(desk)[3] is None


def test_blocks_closed_in_one_go_are_opened_in_one_go(desk: Desk) -> None:
    desk.hold("2026-12-05T16:00", "2026-12-06T16:00")
    week = Period(factories.at("2026-12-04T00:00:00Z"), factories.at("2026-12-09T00:00:00Z"))
    deed = act(
        desk, lambda tx: closing.close_around(tx, unit="house", period=week, reason="", actor=ANNA, now=desk.now)
    )
    assert (deed.action, len(deed.after)) == (closing.AROUND, 2)
    back(desk, deed)
    assert standing(desk)[1] == []


@pytest.mark.parametrize("hours", [23, 24, 25])
def test_a_deed_goes_back_within_a_day_and_no_later(desk: Desk, hours: int) -> None:
    deed = price(desk)
    desk.pass_time(hours=hours)
    if hours < 24:
        back(desk, deed)
        return
    with pytest.raises(Refusal) as refused:
        back(desk, deed)
    assert (refused.value.code, refused.value.facts["reason"]) == ("stale", "undo_late")
    assert desk.read(lambda tx: undoing.latest(tx, actor=ANNA, now=desk.now)) == []


def test_nobody_takes_back_what_a_colleague_did_and_a_foreign_number_looks_like_none(desk: Desk) -> None:
    deed = price(desk)
    for number, by in ((deed.id, OLGA), (10_000, ANNA)):
        with pytest.raises(Refusal) as refused:
            desk.write(lambda tx, n=number, who=by: undoing.take_back(tx, n, actor=who, now=desk.now))  # type: ignore[misc]
        assert (refused.value.code, refused.value.facts) == ("not_found", {"what": "deed"})
    assert len(standing(desk)[0]) == 1


def test_what_a_colleague_has_undone_already_says_so(desk: Desk) -> None:
    deed = price(desk)
    number = int(deed.subject.partition(":")[2])
    desk.write(lambda tx: prices.remove(tx, number, actor=OLGA, now=desk.now))
    with pytest.raises(Refusal, match="already_decided"):
        back(desk, deed)


def test_taking_back_goes_further_back_each_time_and_is_itself_not_taken_back(desk: Desk) -> None:
    first = price(desk, percent=1000)
    second = price(desk, percent=2000)
    assert back(desk, second).id == second.id
    (left,) = desk.read(lambda tx: undoing.latest(tx, actor=ANNA, now=desk.now))
    assert left.id == first.id
    back(desk, left)
    assert desk.read(lambda tx: undoing.latest(tx, actor=ANNA, now=desk.now)) == []


def test_a7_taking_back_is_in_the_log_with_what_it_took_back(desk: Desk) -> None:
    deed = price(desk)
    back(desk, deed)
    (entry,) = desk.read(lambda tx: audit.history(tx, f"audit:{deed.id}"))
    assert (entry.action, entry.actor, entry.before) == ("undo", "staff:900", [deed.id])
    assert [desk.read(lambda tx, n=number: audit.entry(tx, n)).action for number in entry.after] == ["price.remove"]  # type: ignore[union-attr, misc]


def test_a_decision_on_a_booking_is_no_deed_to_take_back(desk: Desk) -> None:
    held = desk.hold("2026-12-05T16:00", "2026-12-06T16:00")
    desk.confirm(held, by=ANNA)
    (deed, *_) = desk.read(lambda tx: undoing.latest(tx, actor=ANNA, now=desk.now))
    assert not undoing.is_undoable(deed)
    with pytest.raises(Refusal, match="forbidden"):
        back(desk, deed)


def test_a_block_whose_time_was_sold_since_does_not_come_back(desk: Desk) -> None:
    made = block(desk)
    number = int(made.subject.partition(":")[2])
    gone = act(desk, lambda tx: blocks.remove(tx, number, actor=ANNA, now=desk.now))
    desk.hold("2026-12-07T16:00", "2026-12-08T16:00")
    with pytest.raises(Refusal, match="dates_taken"):
        back(desk, gone)
    assert standing(desk)[1] == []


def test_a_rehearsal_answers_and_leaves_nothing_behind(desk: Desk) -> None:
    span = read_span("2026-12-04..2026-12-05")
    assert isinstance(span, DateSpan)

    def piece(tx: Tx) -> int:
        change = rehearsed(tx, lambda: prices.put(tx, dates=span, percent=2000, actor=ANNA, now=desk.now))
        with pytest.raises(Refusal, match="amount_invalid"):
            rehearsed(tx, lambda: prices.put(tx, dates=span, percent=0, actor=ANNA, now=desk.now))
        return next(one.after for one in change.samples if one.stay.tariff.id == "day")

    entries = desk.read(audit.newest)
    assert desk.write(piece) == 84_000
    assert standing(desk)[0] == []
    assert desk.read(audit.newest) == entries
