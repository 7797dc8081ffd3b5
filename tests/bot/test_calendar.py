"""The pickers: exactly seven cells a week, a sign for each state, data of 24 bytes, a reason for every press."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from housebot.bot.buttons import Button, Keyboard, check_keyboard
from housebot.bot.calendar import (
    Draft,
    HoursPage,
    Leaving,
    MonthPage,
    cell,
    hour_keyboard,
    leaving_keyboard,
    legend,
    mark,
    month_keyboard,
    month_text,
    months_keyboard,
    months_text,
    price_label,
    price_ranges,
    prices_keyboard,
    title_of,
)
from housebot.bot.presses import MOST_BYTES, Action, Press, month_arg, pack, unpack
from housebot.bot.toasts import Near, day_toast, edge_toast, nothing_toast, with_nearest
from housebot.domain.availability import Busy, Day, Market, State, day_states
from housebot.errors import Refusal
from housebot.words import TOAST_LIMIT, translator, units
from tests.factories import at, guesthouse, salon, secret_house

RU, EN = translator("ru"), translator("en")
DRAFT = Draft("k3f9A2", 7)
TODAY = date(2026, 11, 20)
NOW = at("2026-11-20T09:00:00Z")


def month(year: int, number: int, **states: State) -> list[Day]:
    """A month of free days, apart from those named `d14="full"`."""
    first = date(year, number, 1)
    days = []
    day = first
    while day.month == number:
        state = states.get(f"d{day.day}", "free")
        reason = {"full": "dates_taken", "leave_only": "dates_taken", "closed": "weekday", "past": "too_soon"}.get(
            state, ""
        )
        days.append(Day(day, state, reason))
        day += timedelta(days=1)
    return days


def page(year: int = 2026, number: int = 12, **states: State) -> MonthPage:
    return MonthPage(
        year=year,
        month=number,
        days=month(year, number, **states),
        today=TODAY,
        first=TODAY,
        last=date(2027, 5, 20),
        draft=DRAFT,
    )


def busy(start: str, end: str, cleaning: int = 2) -> Busy:
    after = at(end) + timedelta(hours=cleaning)
    return Busy(start=at(start), end=at(end), busy_from=at(start), busy_until=after)


def texts(row: Sequence[Button]) -> list[str]:
    return [button.text for button in row]


def day_rows(rows: Keyboard) -> Keyboard:
    return [row for row in rows if any(re.fullmatch(r"[dov]\..*", button.data or "") for button in row)]


def press_of(rows: Keyboard, text: str) -> Press:
    return unpack(next(button.data or "" for row in rows for button in row if button.text == text))


# --- the month


def test_ux5_december_2026_begins_on_tuesday_and_every_week_has_seven_cells() -> None:
    rows = month_keyboard(page(d14="full", d15="partial"), RU)
    check_keyboard(rows)
    assert texts(rows[0]) == ["‹", "Декабрь 2026", "›"]
    assert texts(rows[1]) == ["Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"]
    assert texts(rows[2]) == [" ", "1", "2", "3", "4", "5", "6"]
    assert texts(rows[4]) == ["×14", "◐15", "16", "17", "18", "19", "20"]
    assert texts(rows[6]) == ["28", "29", "30", "31", " ", " ", " "]
    assert texts(rows[7]) == ["Ближайшие выходные", "Показать цены"]
    assert texts(rows[8]) == ["← Назад", "☰ Меню"]
    assert len(rows) == 9


@pytest.mark.parametrize("language", ["ru", "en"])
def test_ux5_every_month_of_ten_years_keeps_telegrams_limits(language: str) -> None:
    for year in range(2026, 2036):
        for number in range(1, 13):
            shown = replace(page(year, number), first=date(2026, 1, 1), last=date(2036, 1, 1), today=date(2025, 12, 31))
            rows = month_keyboard(shown, translator(language))
            check_keyboard(rows)
            weeks = rows[2:-2]
            assert 4 <= len(weeks) <= 6
            assert all(len(week) == 7 for week in weeks)
            assert sum(len(row) for row in rows) <= 56
            first = next(place for place, button in enumerate(weeks[0]) if button.text == "1")
            assert first == date(year, number, 1).weekday()
            assert all(len((button.data or "").encode()) <= MOST_BYTES for row in rows for button in row)


def test_turning_pages_keeps_the_version_and_the_month_is_in_the_button() -> None:
    rows = month_keyboard(page(), RU)
    assert rows[0][2].data == "m.k3f9A2.7.2701n", "an arrow says where it points"
    assert rows[0][0].data == "m.k3f9A2.7.2611p"
    assert press_of(rows, "Декабрь 2026") == Press(Action.MONTHS, "k3f9A2", 7, "2612")
    assert press_of(rows, "5") == Press(Action.ARRIVE, "k3f9A2", 7, "261205")
    assert press_of(rows, "5").day() == date(2026, 12, 5)
    assert press_of(rows, "Показать цены").month() == (2026, 12)
    assert press_of(rows, "Ближайшие выходные").action is Action.WEEKEND


def test_ux7_an_arrow_at_the_border_stays_in_its_place_and_says_where_the_border_is() -> None:
    first, last = page(2026, 11), page(2027, 5)
    assert texts(month_keyboard(first, RU)[0]) == ["·", "Ноябрь 2026", "›"]
    assert texts(month_keyboard(last, RU)[0]) == ["‹", "Май 2027", "·"]
    assert unpack(month_keyboard(last, RU)[0][2].data or "").arg == "last"
    assert edge_toast(last, "last", RU) == "Бронируем до 20 мая 2027."
    assert edge_toast(first, "first", EN) == "Nothing before 20 November 2026 can be booked."


def test_every_press_has_data_also_blanks_and_weekdays() -> None:
    rows = month_keyboard(page(d14="full"), RU)
    assert all(unpack(button.data or "") for row in rows for button in row)
    assert nothing_toast(unpack(rows[1][0].data or "").arg, RU).startswith("Это названия дней")
    assert nothing_toast(unpack(rows[2][0].data or "").arg, RU).startswith("Здесь пусто")


@pytest.mark.parametrize(
    ("state", "arriving", "looking"),
    [
        ("free", "14", "14"),
        ("partial", "◐14", "◐14"),
        ("full", "×14", "×14"),
        ("closed", "×14", "×14"),
        ("arrive_only", "14", "›14"),
        ("leave_only", "×14", "14›"),
        ("past", "·", "·"),
    ],
)
def test_ux6_r3_each_state_has_its_sign(state: State, arriving: str, looking: str) -> None:
    picker = page(d14=state)
    assert cell(picker, picker.days[13]) == arriving
    assert cell(replace(picker, picking="visit"), picker.days[13]) == arriving
    browser = replace(picker, picking="browse")
    assert cell(browser, browser.days[13]) == looking


def test_r3_a_departure_page_shows_only_what_can_be_left_on() -> None:
    reach = {
        date(2026, 12, 14): "min_stay",
        date(2026, 12, 15): "",
        date(2026, 12, 16): "",
        date(2026, 12, 17): "dates_taken",
    }
    shown = replace(page(d15="leave_only", d16="full"), picking="departure", arrival=date(2026, 12, 13), reach=reach)
    assert [cell(shown, shown.days[number - 1]) for number in range(12, 19)] == [
        "·",
        "✓13",
        "×14",
        "15",
        "16",
        "×17",
        "×18",
    ]
    rows = month_keyboard(shown, RU)
    assert press_of(rows, "15").action is Action.LEAVE
    assert press_of(rows, "✓13").action is Action.LEAVE
    assert [button.style for row in rows for button in row if button.text == "✓13"] == ["success"]
    assert all("цены" not in button.text for row in rows for button in row)
    chosen = replace(shown, departure=date(2026, 12, 16))
    assert [cell(chosen, chosen.days[number - 1]) for number in (13, 14, 15, 16)] == ["✓13", "–14", "–15", "✓16"]


def test_today_is_in_brackets_when_free_else_it_has_its_sign() -> None:
    november = page(2026, 11)
    assert cell(november, november.days[19]) == "(20)"
    assert cell(november, november.days[18]) == "·"
    taken = page(2026, 11, d20="full")
    assert cell(taken, taken.days[19]) == "×20"


def test_days_beyond_the_window_are_dots() -> None:
    may = page(2027, 5)
    assert [cell(may, may.days[number - 1]) for number in (20, 21)] == ["20", "·"]


def test_at_most_four_signs_stand_on_a_page_and_the_legend_names_those_alone() -> None:
    shown = page(2026, 11, d21="partial", d22="full")
    assert [words.split()[0] for words in legend(shown, RU)] == ["◐", "×", "·", "("]
    assert len(legend(page(), RU)) == 0
    looking = replace(page(2026, 11, d21="arrive_only", d22="leave_only", d23="full"), picking="browse")
    glyphs = {character for day in looking.days for character in cell(looking, day) if not character.isdigit()}
    assert len(glyphs - {")"}) <= 4


def test_a_worker_tariff_shows_friday_to_sunday_as_taken_and_names_its_days() -> None:
    catalog = secret_house()
    unit, worker = catalog.units[0], catalog.tariff("worker")
    assert worker is not None
    days = day_states(catalog, unit, [worker], 2026, 12, [], NOW)
    shown = replace(page(), days=days)
    friday = next(day for day in days if day.date == date(2026, 12, 4))
    assert [cell(shown, day) for day in days[:7]] == ["1", "2", "3", "×4", "×5", "×6", "7"]
    assert (
        day_toast(shown, friday, RU, weekdays=worker.weekdays) == "4 декабря этот вариант не продаётся, только пн–чт."
    )


def test_the_grid_says_what_day_states_says_for_every_day_of_a_block_tariff() -> None:
    catalog = secret_house()
    tariff = catalog.tariff("day")
    assert tariff is not None
    taken = [busy("2026-12-05T13:00:00Z", "2026-12-07T13:00:00Z")]
    days = day_states(catalog, catalog.units[0], [tariff], 2026, 12, taken, NOW)
    shown = replace(page(), days=days)
    signs = {"free": "", "partial": "◐", "full": "×", "closed": "×", "past": "·"}
    assert {day.state for day in days} >= {"free", "partial", "full"}
    for day in days:
        assert cell(shown, day) == (f"{signs[day.state]}{day.date.day}" if day.state != "past" else "·")


def test_r3_a_nightly_calendar_shows_arrive_only_and_leave_only() -> None:
    catalog = guesthouse()
    unit = catalog.units[0]
    tariff = next(one for one in catalog.tariffs if unit.id in one.units)
    taken = [busy("2026-12-14T12:00:00Z", "2026-12-16T08:00:00Z")]
    days = day_states(catalog, unit, [tariff], 2026, 12, taken, NOW)
    shown = replace(page(), days=days, picking="browse")
    assert [cell(shown, day) for day in days[12:17]] == ["13", "14›", "×15", "›16", "17"]
    assert [cell(replace(shown, picking="arrival"), day) for day in days[12:17]] == ["13", "×14", "×15", "16", "17"]


# --- months, prices, hours, departures


def test_months_stand_three_in_a_row_with_their_free_days() -> None:
    rows = months_keyboard([(2026, 11, 4), (2026, 12, 11), (2027, 1, 30), (2027, 2, 28)], DRAFT, RU, shown=(2026, 12))
    check_keyboard(rows)
    assert texts(rows[0]) == ["Ноя · 4 св.", "Дек · 11 св.", "Янв · 30 св."]
    assert rows[0][1].data == "m.k3f9A2.7.2612"
    assert press_of(rows, "← Назад") == Press(Action.MONTH, "k3f9A2", 7, "2612"), "to the page it was opened from"
    assert months_text(RU, draft="Сутки").splitlines()[0] == "<b>Сутки</b>"
    assert len(months_text(EN, draft="")) >= 30
    twice = months_keyboard([(2026, 11, 4), (2027, 11, 30)], DRAFT, EN, shown=(2026, 11))
    assert texts(twice[0]) == ["Nov 26 · 4 free", "Nov 27 · 30 free"]


def test_ux10_no_price_button_is_longer_than_thirteen_characters() -> None:
    assert price_label(RU, date(2026, 12, 5), "700") == "сб 5 · 700"
    for words in (RU, EN):
        for amount in ("0", "700", "560.50", "10\u202f000", "100\u202f000.50", "12\u202f345\u202f678"):
            for number in (5, 15):
                label = price_label(words, date(2026, 12, number), amount)
                assert 0 < len(label) <= 13
                assert str(number) in label


def test_the_prices_view_lists_free_days_alone_three_in_a_row() -> None:
    shown = page(d5="full", d6="partial")
    prices = {day.date: "700" for day in shown.days}
    rows = prices_keyboard(shown, prices, RU)
    check_keyboard(rows)
    assert texts(rows[1]) == ["вт 1 · 700", "ср 2 · 700", "чт 3 · 700"]
    assert texts(rows[2]) == ["пт 4 · 700", "вс 6 · 700", "пн 7 · 700"]
    assert rows[0][2].data == "p.k3f9A2.7.2701"
    assert press_of(rows, "К календарю") == Press(Action.MONTH, "k3f9A2", 7, "2612")
    assert press_of(rows, "пт 4 · 700").day() == date(2026, 12, 4)


def test_hours_begin_with_the_usual_ones_and_midnight_names_its_date() -> None:
    day = datetime(2026, 12, 6)
    hours = [(day + timedelta(hours=number), number != 17) for number in (0, 14, 15, 16, 17, 18)]
    rows = hour_keyboard(HoursPage(hours, (time(16), time(20)), DRAFT), RU)
    check_keyboard(rows)
    assert [texts(row) for row in rows] == [
        ["16:00"],
        ["00:00 вс 6", "14:00", "15:00", "16:00"],
        ["×17:00", "18:00"],
        ["← Назад", "☰ Меню"],
    ]
    assert rows[0][0].data == "h.k3f9A2.7.2612061600"
    assert press_of(rows, "×17:00").moment() == datetime(2026, 12, 6, 17)
    leaving = hour_keyboard(HoursPage(hours, (), DRAFT, "departure"), RU)
    assert unpack(leaving[0][0].data or "").action is Action.UNTIL


def test_ux9_hours_outside_the_tariff_are_not_drawn() -> None:
    catalog = secret_house()
    worker = catalog.tariff("worker")
    assert worker is not None
    market = Market(catalog, catalog.units[0], worker, [], NOW)
    rows = hour_keyboard(HoursPage(list(market.hours(date(2026, 12, 1))), worker.usual_hours, DRAFT), RU)
    drawn = {button.text for row in rows for button in row}
    assert {"11:00", "22:00"} <= drawn
    assert not {"10:00", "21:00", "24:00"} & drawn


def test_ux37_a_salon_draws_only_its_free_slots() -> None:
    catalog = salon()
    unit = catalog.units[0]
    tariff = next(one for one in catalog.tariffs if unit.id in one.units)
    market = Market(catalog, unit, tariff, [], NOW)
    days = [date(2026, 11, 23) + timedelta(days=ahead) for ahead in range(7)]
    for day in days:
        slots = [(start, free) for start, free in market.slots(day) if free]
        check_keyboard(hour_keyboard(HoursPage(slots, (), DRAFT), RU))
    assert any(list(market.slots(day)) for day in days)


def test_departures_of_a_block_stay_say_day_length_and_price() -> None:
    arrival = datetime(2026, 12, 5, 16)
    rows = leaving_keyboard(
        [
            Leaving(arrival + timedelta(hours=24), "24 ч", "800"),
            Leaving(arrival + timedelta(hours=25), "+1 ч", "830"),
            Leaving(arrival + timedelta(hours=48), "2 суток", "1200"),
        ],
        DRAFT,
        RU,
    )
    check_keyboard(rows)
    assert [row[0].text for row in rows[:4]] == [
        "вс 6 16:00 · 24 ч · 800",
        "вс 6 17:00 · +1 ч · 830",
        "пн 7 16:00 · 2 суток · 1200",
        "Другое время",
    ]
    assert press_of(rows, "вс 6 16:00 · 24 ч · 800").moment() == datetime(2026, 12, 6, 16)


# --- the text above


def test_the_text_above_keeps_bubbles_wide_and_says_step_draft_prices_signs_and_zone() -> None:
    prices = {date(2026, 12, number): "700" for number in range(1, 31)} | {
        date(2026, 12, 31): "3000",
        date(2027, 1, 1): "3000",
    }
    said = month_text(
        page(d14="full"), RU, draft=title_of(["Сутки", "4 гостя"]), ranges=price_ranges(RU, prices), zone="Europe/Minsk"
    )
    assert said.splitlines() == [
        "<b>Заезд</b> · Сутки · 4 гостя",
        "Обычно 700 · 31 дек – 1 янв 3000",
        "Нажмите число или напишите день: «5.12», «суббота».",
        "× занято или не подходит",
        "Время местное: Europe/Minsk.",
    ]
    for picking in ("arrival", "departure", "visit", "browse"):
        for words in (RU, EN):
            lines = month_text(replace(page(), picking=picking), words, draft="").splitlines()
            assert any(len(line) >= 30 for line in lines)
            assert "<b></b>" not in "".join(lines)


def test_a_draft_with_markup_in_its_words_is_escaped() -> None:
    assert "&lt;b&gt;" in month_text(page(), RU, draft="<b>")


def test_a_month_with_nothing_free_says_so() -> None:
    full = replace(page(), days=[Day(day.date, "full", "dates_taken") for day in page().days])
    assert "свободных дней нет" in month_text(full, RU, draft="Сутки")


def test_prices_are_told_as_ranges() -> None:
    weekend = {
        date(2026, 12, number): "840" if date(2026, 12, number).weekday() >= 5 else "700" for number in range(1, 11)
    }
    assert price_ranges(RU, weekend) == ["Будни 700", "5–6 дек 840"]
    assert price_ranges(EN, {date(2026, 12, 1): "700"}) == ["Usually 700"]
    assert price_ranges(RU, {}) == []
    many = {date(2026, 12, number): "840" if number % 2 else "700" for number in range(1, 28)}
    assert price_ranges(RU, many)[-1] == "…"


# --- toasts


def test_ux6_a_taken_day_names_the_reason_and_the_two_nearest() -> None:
    shown = page(d5="full")
    near = [Near(date(2026, 12, 4), until=time(14)), Near(date(2026, 12, 6), since=time(18)), Near(date(2026, 12, 7))]
    assert day_toast(shown, shown.days[4], RU, near=near) == "5 декабря занято. Рядом: пт 4 до 14:00, вс 6 с 18:00"
    assert day_toast(shown, shown.days[4], EN, near=near[2:]) == "5 December is taken. Near: Mon 7"
    other_month = [Near(date(2027, 1, 2), since=time(18))]
    assert day_toast(shown, shown.days[4], RU, near=other_month).endswith("Рядом: сб 2 янв с 18:00")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_reason_has_its_own_words_within_200_characters(language: str) -> None:
    words = translator(language)
    day = date(2026, 12, 5)
    said = set()
    reasons = [
        "dates_taken",
        "closed_to_arrival",
        "outside_hours",
        "past",
        "too_soon",
        "too_far",
        "weekday",
        "min_stay",
        "unknown_tariff",
    ]
    for reason in reasons:
        toast = day_toast(
            page(),
            Day(day, "full", reason),
            words,
            near=[Near(day), Near(day)],
            weekdays=frozenset({0, 1, 2, 3}),
            shortest="2 nights",
        )
        assert units(toast) <= TOAST_LIMIT
        said.add(toast)
    said.add(day_toast(page(), Day(day, "leave_only", "dates_taken"), words))
    said.add(day_toast(page(), Day(day, "arrive_only"), words))
    assert len(said) == len(reasons) + 2
    leaving = replace(page(), picking="departure", arrival=date(2026, 12, 4))
    for reason in ("dates_taken", "min_stay", "max_stay", "closed_to_departure"):
        reached = replace(leaving, reach={day: reason})
        toast = day_toast(reached, Day(day, "free"), words, shortest="2 nights", longest="9 nights")
        assert toast not in said
        said.add(toast)
    early = day_toast(leaving, Day(date(2026, 12, 1), "free"), words)
    assert early not in said


def test_the_nearest_are_left_out_rather_than_cut() -> None:
    near = [Near(date(2026, 12, 4)), Near(date(2026, 12, 6))]
    assert with_nearest("x" * 190, near, RU, month=12) == "x" * 190
    assert with_nearest("x" * 184, near, RU, month=12).endswith("Рядом: пт 4")
    assert units(with_nearest("x" * 300, near, RU, month=12)) == TOAST_LIMIT


# --- data


@pytest.mark.parametrize(
    "data",
    [
        "",
        "d",
        "d.k3f9A2.7",
        "d.k3f9A2.7.261205.x",
        "D.k3f9A2.7.261205",
        "!.k3f9A2.7.261205",
        "d.k3f9A2.-7.261205",
        "d.k3f9A2.٧.261205",
        "d..7.261205",
        "d.k3f9A2.7.",
        "d.кот.7.261205",
        "d.k3f9A2.7.261205\n",
        "__import__('os')",
        "d." + "a" * 60,
        "d.k3f9A2xx.99999.2612051600",
    ],
)
def test_t3_data_we_never_wrote_is_an_old_button(data: str) -> None:
    with pytest.raises(Refusal, match="stale"):
        unpack(data)


@pytest.mark.parametrize("arg", ["261305", "260231", "26120", "abcdef", "2612051660", "blank"])
def test_t3_a_day_that_is_none_is_an_old_button(arg: str) -> None:
    press = unpack(f"d.k3f9A2.7.{arg}")
    with pytest.raises(Refusal, match="stale"):
        press.day()


def test_t3_months_and_moments_are_judged_too() -> None:
    with pytest.raises(Refusal, match="stale"):
        unpack("m.k3f9A2.7.2613").month()
    with pytest.raises(Refusal, match="stale"):
        unpack("h.k3f9A2.7.2612052460").moment()
    assert unpack("m.k3f9A2.7.2612").month() == (2026, 12)


def test_data_comes_back_as_it_was_packed() -> None:
    assert pack(Action.ARRIVE, "k3f9A2", 7, date(2026, 12, 5)) == "d.k3f9A2.7.261205"
    assert pack(Action.HOUR, "k3f9A2", 999, datetime(2026, 12, 5, 16)) == "h.k3f9A2.999.2612051600"
    for action in Action:
        assert unpack(pack(action, "-", 0, month_arg(2027, 1))) == Press(action, "-", 0, "2701")
    with pytest.raises(ValueError, match="no data"):
        pack(Action.HOUR, "k3f9A2xx", 9999, datetime(2026, 12, 5, 16))
    with pytest.raises(ValueError, match="no data"):
        pack(Action.ARRIVE, "a.b", 1, "261205")


# --- limits of keyboards


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([[Button("x", "1")] * 8] * 13, "more than 100"),
        ([[Button("x", "1")] * 9], "row of 9"),
        ([[]], "row of 0"),
        ([[Button("", "1")]], "without text"),
        ([[Button("x", "я" * 33)]], "66 bytes"),
        ([[Button("x", "")]], "0 bytes"),
        ([[Button("x" * 65, "1")]], "too long"),
        ([[Button("x", "1", url="https://example.org")]], "two things"),
        ([[Button("x", copy="1" * 257)]], "257 characters"),
        ([[Button("x", url="javascript:alert(1)")]], "leads nowhere"),
    ],
)
def test_ux5_a_keyboard_beyond_the_limits_is_named(rows: Keyboard, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        check_keyboard(rows)


def test_a_keyboard_at_the_limits_is_fine() -> None:
    check_keyboard(
        [[Button(" ", "я" * 32)] * 8] * 12
        + [[Button("x", copy="1" * 256), Button("y", url="tg://user?id=1"), Button("z")]]
    )


def test_marks_are_what_cells_say() -> None:
    shown = page(d14="partial")
    assert mark(shown, shown.days[13]) == "partial"
