"""What guests type, in Russian and English: understood, refused or left empty, never guessed."""

import time as clocks
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from housebot.domain.catalog import AgeBand, Basis, Catalog, Extra, Kind, Tariff, Unit
from housebot.domain.phrases import Phrase, typed_date, typed_number, typed_time, understand

TODAY = date(2026, 11, 20)  # a Friday
MINSK = ZoneInfo("Europe/Minsk")
SAT, SUN, FRI, THU = date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 27), date(2026, 11, 26)
DEC = {day: date(2026, 12, day) for day in range(1, 32)}


def unit(unit_id: str, name: str, *aliases: str) -> Unit:
    return Unit(
        id=unit_id,
        name={"ru": name, "en": unit_id},
        noun="house",
        parts=(unit_id,),
        zone=MINSK,
        capacity=6,
        before=timedelta(0),
        cleaning=timedelta(hours=2),
        window_months=6,
        aliases=aliases,
    )


def extra(extra_id: str, ru: str, en: str, *aliases: str) -> Extra:
    return Extra(id=extra_id, name={"ru": ru, "en": en}, basis=Basis.STAY, aliases=aliases)


def tariff(tariff_id: str, ru: str, en: str, *aliases: str) -> Tariff:
    return Tariff(
        id=tariff_id,
        kind=Kind.BLOCK,
        name={"ru": ru, "en": en},
        units=("house",),
        price=1,
        minutes=720,
        aliases=aliases,
    )


HOUSE = Catalog(
    version=1,
    name={"ru": "Секретный дом", "en": "Secret House"},
    currency="BYN",
    zone=MINSK,
    languages=("ru", "en"),
    parts=(),
    units=(unit("house", "Дом"),),
    tariffs=(
        tariff("day", "Сутки, от 3 человек", "Day, from 3 people", "DAY"),
        tariff("couple", "Сутки для двоих", "Day for two", "COUPLE"),
        tariff("half-day", "12 часов", "12 hours", "12H"),
        tariff("incognito-day", "Инкогнито сутки", "Incognito day", "INCOGNITO_DAY", "инкогнито"),
    ),
    extras=(
        extra("sauna", "Сауна", "Sauna", "баня", "парилка"),
        extra("secret-room", "Секретная комната", "Secret room"),
        extra("second-bedroom", "Вторая спальня", "Second bedroom"),
        extra("photo-session", "Фотосессия", "Photo session", "фотосъемка"),
    ),
    bands=(
        AgeBand("adult", {"ru": "Взрослые", "en": "Adults"}, 12, None, adult=True),
        AgeBand("child", {"ru": "Дети", "en": "Children"}, 2, 12),
        AgeBand("infant", {"ru": "Младенцы", "en": "Infants"}, 0, 2, counts=False),
    ),
)
ROOMS = Catalog(
    version=1,
    name={"ru": "Гостевой дом"},
    currency="EUR",
    zone=MINSK,
    languages=("ru",),
    parts=(),
    units=(unit("blue", "Синяя комната", "синяя"), unit("green", "Зеленая комната", "зелёная")),
    tariffs=(),
    extras=(),
    bands=(AgeBand("adult", {"ru": "Гости"}, 0, None, adult=True),),
)


def said(text: str, catalog: Catalog = HOUSE) -> dict[str, Any]:
    """Only what was understood."""
    empty = asdict(Phrase())
    return {
        name: value for name, value in asdict(understand(text, catalog, today=TODAY)).items() if value != empty[name]
    }


def on(*days: date, **more: Any) -> dict[str, Any]:
    return (
        {"day": days[0] if len(days) == 1 else None, "named_days": days, **more}
        if len(days) == 1
        else {"named_days": days, **more}
    )


PHRASES: list[tuple[str, dict[str, Any]]] = [
    # whole requests
    ("на субботу 4 чел с баней", on(SAT, guests=4, wishes=("sauna",))),
    ("на субботу 4 чел с баней свободно?", on(SAT, guests=4, wishes=("sauna",))),
    ("сб, 4 чел, сауна", on(SAT, guests=4, wishes=("sauna",))),
    ("Sat, 4 people, sauna", on(SAT, guests=4, wishes=("sauna",))),
    ("сб, 4, сауна", on(SAT, guests=4, wishes=("sauna",))),
    (
        "Здравствуйте! Хотим снять дом на 5 декабря, нас будет 6 человек, с сауной и фотосессией",
        on(DEC[5], guests=6, wishes=("sauna", "photo-session")),
    ),
    ("нас четверо, 5.12, с 16:00 на сутки", on(DEC[5], guests=4, time=time(16), shape="day")),
    (
        "Hi, is the house free on Dec 5 for 4 people with the secret room?",
        on(DEC[5], guests=4, wishes=("secret-room",)),
    ),
    ("завтра вечером вдвоём до утра", on(SAT, guests=2, shape="evening")),
    ("31 декабря на 3 дня 6 гостей", on(DEC[31], guests=6, shape="days", whole_days=3)),
    ("tomorrow for 4 from 8pm overnight", on(SAT, guests=4, time=time(20), shape="evening")),
    ("на выходных вчетвером", on(SAT, guests=4, weekend=True)),
    (
        "суббота, 12 часов, 4 человека, вторая спальня",
        on(SAT, guests=4, hours=12, shape="hours", wishes=("second-bedroom",)),
    ),
    ("инкогнито на субботу", on(SAT, tariff="incognito-day")),
    ("2 взрослых 1 ребёнок 5 декабря", on(DEC[5], guests=3, party={"adult": 2, "child": 1})),
    ("завтра,4 чел", on(SAT, guests=4)),
    # dates
    ("5.12", on(DEC[5])),
    ("05.12.2026", on(DEC[5])),
    ("05.12.26", on(DEC[5])),
    ("5/12", on(DEC[5])),
    ("12/25", on(DEC[25])),
    ("2026-12-05", on(DEC[5])),
    ("5 декабря", on(DEC[5])),
    ("5-го декабря", on(DEC[5])),
    ("на 5 дек.", on(DEC[5])),
    ("5 декабря 2027", on(date(2027, 12, 5))),
    ("5 декабря 2026 г.", on(DEC[5])),
    ("Dec 5", on(DEC[5])),
    ("December 5th, 2026", on(DEC[5])),
    ("5th of December", on(DEC[5])),
    ("5 Dec", on(DEC[5])),
    ("19 ноября", on(date(2027, 11, 19))),
    ("20.11", on(TODAY)),
    ("1 мая", on(date(2027, 5, 1))),
    ("29 февраля", on(date(2028, 2, 29))),
    ("на 5-е", on(DEC[5])),
    ("25 числа", on(date(2026, 11, 25))),
    ("суббота", on(SAT)),
    ("сб", on(SAT)),
    ("на субботу", on(SAT)),
    ("в эту субботу", on(SAT)),
    ("в ближайшую субботу", on(SAT)),
    ("в следующую субботу", on(date(2026, 11, 28))),
    ("next Saturday", on(date(2026, 11, 28))),
    ("this Saturday", on(SAT)),
    ("пятница", on(TODAY)),
    ("четверг", on(THU)),
    ("среда", on(date(2026, 11, 25))),
    ("сб 5", on(DEC[5])),
    ("суббота 5 декабря", on(DEC[5])),
    ("сегодня", on(TODAY)),
    ("завтра", on(SAT)),
    ("послезавтра", on(SUN)),
    ("day after tomorrow", on(SUN)),
    ("через неделю", on(FRI)),
    ("через 3 дня", on(date(2026, 11, 23))),
    ("in 3 days", on(date(2026, 11, 23))),
    ("на выходные", on(SAT, weekend=True)),
    ("выходные", on(SAT, weekend=True)),
    ("на следующие выходные", on(date(2026, 11, 28), weekend=True)),
    ("next weekend", on(date(2026, 11, 28), weekend=True)),
    ("31 декабря", on(DEC[31])),
    ("на новый год", on(DEC[31])),
    ("в декабре", {"month": DEC[1]}),
    ("декабрь свободен?", {"month": DEC[1]}),
    ("in January", {"month": date(2027, 1, 1)}),
    ("in May", {"month": date(2027, 5, 1)}),
    # ranges
    ("5-7 декабря", on(DEC[5], until=DEC[7], nights=2, shape="days")),
    ("с 5 по 7 декабря 4 чел", on(DEC[5], until=DEC[7], nights=2, shape="days", guests=4)),
    ("5.12-7.12", on(DEC[5], until=DEC[7], nights=2, shape="days")),
    ("5.12 — 7.12", on(DEC[5], until=DEC[7], nights=2, shape="days")),
    ("5–7.12", on(DEC[5], until=DEC[7], nights=2, shape="days")),
    ("Dec 5-7", on(DEC[5], until=DEC[7], nights=2, shape="days")),
    ("30 декабря - 2 января", on(DEC[30], until=date(2027, 1, 2), nights=3, shape="days")),
    ("с пятницы по воскресенье", on(TODAY, until=SUN, nights=2, shape="days")),
    ("пт-вс", on(TODAY, until=SUN, nights=2, shape="days")),
    ("Fri to Sun", on(TODAY, until=SUN, nights=2, shape="days")),
    ("7-5 декабря", {"impossible": True}),
    ("с 5 декабря 16:00 до 6 декабря 14:00", on(DEC[5], until=DEC[6], nights=1, shape="day", time=time(16))),
    ("5.12 16:00 - 7.12", on(DEC[5], until=DEC[7], nights=2, shape="days", time=time(16))),
    # nights
    ("суббота ночь", {"ambiguous_night": (TODAY, SAT), "named_days": (SAT,), "shape": "evening"}),
    ("ночь субботы", {"ambiguous_night": (TODAY, SAT), "named_days": (SAT,), "shape": "evening"}),
    (
        "Saturday night, 4 people",
        {"ambiguous_night": (TODAY, SAT), "named_days": (SAT,), "shape": "evening", "guests": 4},
    ),
    ("5 декабря ночью", {"ambiguous_night": (DEC[4], DEC[5]), "named_days": (DEC[5],), "shape": "evening"}),
    ("пятница ночь", on(TODAY, shape="evening")),
    ("в субботу на ночь", on(SAT, shape="evening")),
    ("в субботу с ночёвкой", on(SAT, shape="evening")),
    ("в субботу вечер и ночь", {"ambiguous_night": (TODAY, SAT), "named_days": (SAT,), "shape": "evening"}),
    ("ночь с субботы на воскресенье", on(SAT, until=SUN, nights=1, shape="evening")),
    ("в ночь на субботу", {"day": TODAY, "named_days": (SAT,), "shape": "evening"}),
    ("в ночь с 5 на 6 декабря", on(DEC[5], until=DEC[6], nights=1, shape="evening")),
    ("завтра ночью", on(SAT, shape="evening")),
    ("tonight", on(TODAY, shape="evening")),
    ("сегодня ночью", on(TODAY, shape="evening")),
    # lengths
    ("на 3 дня", {"whole_days": 3, "shape": "days"}),
    ("3 суток", {"whole_days": 3, "shape": "days"}),
    ("двое суток", {"whole_days": 2, "shape": "days"}),
    ("сутки", {"shape": "day"}),
    ("на сутки", {"shape": "day"}),
    ("на 2 ночи", {"nights": 2, "shape": "days"}),
    ("две ночи", {"nights": 2, "shape": "days"}),
    ("на одну ночь", {"nights": 1, "shape": "evening"}),
    ("2 nights for 4 people", {"nights": 2, "shape": "days", "guests": 4}),
    ("for 4 nights", {"nights": 4, "shape": "days"}),
    ("на 5 часов", {"hours": 5, "shape": "hours"}),
    ("24 часа", {"hours": 24, "shape": "day"}),
    ("несколько часов", {"shape": "hours"}),
    ("несколько дней", {"shape": "days"}),
    ("пару часов", {"hours": 2, "shape": "hours"}),
    ("до утра", {"shape": "evening"}),
    ("вечером", {"shape": "evening"}),
    ("на неделю", {"nights": 7, "shape": "days"}),
    ("a full day", {"shape": "day"}),
    # clock times
    ("в 16", {"time": time(16)}),
    ("с 16:00", {"time": time(16)}),
    ("к 18", {"time": time(18)}),
    ("в 16.00", {"time": time(16)}),
    ("18.30", {"time": time(18, 30)}),
    ("в 16 часов", {"time": time(16)}),
    ("в 8 вечера", {"time": time(20)}),
    ("в 2 ночи", {"time": time(2)}),
    ("в 3 часа ночи", {"time": time(3)}),
    ("в три часа ночи", {"time": time(3)}),
    ("завтра в 3 часа ночи", on(SAT, time=time(3))),
    ("в 11 часов ночи", {"time": time(23)}),
    ("в 12 ночи", {"time": time(0)}),
    ("в 3 часа дня", {"time": time(15)}),
    ("3 часа дня", {"time": time(15)}),
    ("3 часа ночи", {"time": time(3)}),
    ("в 3 дня", {"time": time(15)}),
    ("в час дня", {"time": time(13)}),
    ("в час ночи", {"time": time(1)}),
    ("с 3 часов дня до 8 часов вечера", {"time": time(15), "leave": time(20), "hours": 5, "shape": "hours"}),
    ("на 3 часа днем", {"hours": 3, "shape": "hours"}),
    ("at 3 at night", {"time": time(3)}),
    ("at 4pm", {"time": time(16)}),
    ("завтра в 4", on(SAT, time=time(16))),
    ("с 18 до 22", {"time": time(18), "leave": time(22), "hours": 4, "shape": "hours"}),
    ("в субботу с 20 до 8 утра", on(SAT, time=time(20), leave=time(8), hours=12, shape="hours")),
    ("5 декабря в 16", on(DEC[5], time=time(16))),
    ("с 12 до 24", {"time": time(12), "leave": time(0), "hours": 12, "shape": "hours"}),
    ("в полдень", {"time": time(12)}),
    # guests
    ("4 чел", {"guests": 4}),
    ("4 чел.", {"guests": 4}),
    ("4чел", {"guests": 4}),
    ("нас 4", {"guests": 4}),
    ("нас четверо", {"guests": 4}),
    ("вдвоем", {"guests": 2}),
    ("на двоих", {"guests": 2}),
    ("на 4х", {"guests": 4}),
    ("на 4-х", {"guests": 4}),
    ("для 5", {"guests": 5}),
    ("4 человека", {"guests": 4}),
    ("пять человек", {"guests": 5}),
    ("for 4", {"guests": 4}),
    ("for four", {"guests": 4}),
    ("we're 4", {"guests": 4}),
    ("4 of us", {"guests": 4}),
    ("party of 5", {"guests": 5}),
    ("2+1", {"guests": 3, "party": {"adult": 2, "child": 1}}),
    ("2 взрослых и 2 детей", {"guests": 4, "party": {"adult": 2, "child": 2}}),
    ("2 взрослых и ребёнок", {"guests": 3, "party": {"adult": 2, "child": 1}}),
    ("2 adults and 1 child", {"guests": 3, "party": {"adult": 2, "child": 1}}),
    ("2 adults, 1 infant", {"guests": 2, "party": {"adult": 2, "infant": 1}}),
    ("взрослых 2, детей 1", {"guests": 3, "party": {"adult": 2, "child": 1}}),
    ("adults: 2, children: 1", {"guests": 3, "party": {"adult": 2, "child": 1}}),
    ("две пары", {"guests": 4}),
    ("we are two couples", {"guests": 4}),
    ("с 4 гостями", {"guests": 4}),
    ("я один", {"guests": 1}),
    # wishes
    ("баня", {"wishes": ("sauna",)}),
    ("в бане", {"wishes": ("sauna",)}),
    ("хотим баню и парилку", {"wishes": ("sauna",)}),
    ("с сауной", {"wishes": ("sauna",)}),
    ("сауны", {"wishes": ("sauna",)}),
    ("с секретной комнатой", {"wishes": ("secret-room",)}),
    ("вторую спальню", {"wishes": ("second-bedroom",)}),
    ("без бани", {"unwanted": ("sauna",)}),
    ("сауна не нужна", {"unwanted": ("sauna",)}),
    ("no sauna", {"unwanted": ("sauna",)}),
    # what does not agree
    ("суббота 6 декабря", on(DEC[6], contradictions=("weekday",))),
    ("5.12 или 12.12", on(DEC[5], DEC[12], contradictions=("day",))),
    ("в пятницу или субботу", on(TODAY, SAT, contradictions=("day",))),
    ("4 чел, нас 5", {"contradictions": ("guests",)}),
    ("4 человека, 2 взрослых 1 ребенок", {"contradictions": ("guests",)}),
    ("31.02", {"impossible": True}),
    ("31 февраля", {"impossible": True}),
    ("32.13", {"impossible": True}),
    ("45.10", {"impossible": True}),
]


@pytest.mark.parametrize(("text", "understood"), PHRASES, ids=[text for text, _ in PHRASES])
def test_a_phrase_is_understood(text: str, understood: dict[str, Any]) -> None:
    assert said(text) == understood


@pytest.mark.parametrize("text", [text for text, _ in PHRASES])
def test_large_letters_signs_and_spaces_change_nothing(text: str) -> None:
    assert said(f"  {text.upper()} 🏡!! ") == said(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "🏡🏡🏡",
        "привет",
        "спасибо большое",
        "а собаку можно?",
        "банан и бант",
        "may I ask something",
        "шалом שלום",
        "<b>bold</b>",
        "'; DROP TABLE bookings; --",
        "4",
        "16",
        "+375 29 123 45 67",
        "what day is free",
        "оплатила",
        "\x00\x01\ufeff",
        "٤٤",
        "²³",
    ],
)
def test_nonsense_and_bare_numbers_are_left_alone(text: str) -> None:
    assert understand(text, HOUSE, today=TODAY).empty, said(text)


@pytest.mark.parametrize(
    "text",
    ["а" * 5000, "5" * 5000, "5.12 " * 1000, "с " * 2500, "- " * 2500, "🏡" * 5000, "1-" * 2500, "суббота ночь " * 400],
    ids=["letters", "digits", "dates", "prepositions", "dashes", "emoji", "ranges", "nights"],
)
def test_ux42_five_thousand_characters_are_no_request(text: str) -> None:
    assert understand(text, HOUSE, today=TODAY).empty
    assert (typed_date(text, TODAY), typed_number(text), typed_time(text)) == (None, None, None)


@pytest.mark.parametrize(
    "piece", ["с ", "5 ", "5-", "5.", "1 декабря ", "сб ", "нас ", "в 5 ", "ночь ", "не ", ",", "2+", "на 2 "]
)
def test_the_worst_text_of_the_longest_length_takes_no_time(piece: str) -> None:
    text = (piece * 300)[:300]
    began = clocks.process_time()
    understand(text, HOUSE, today=TODAY)
    assert clocks.process_time() - began < 1.0


def test_a_guest_count_is_never_a_day_and_a_time_never_a_count() -> None:
    assert said("4 чел")["guests"] == 4
    assert "day" not in said("4 чел")
    assert "guests" not in said("в 16")
    assert "guests" not in said("сб с 16")


def test_todays_weekday_at_an_hour_gone_is_next_weeks() -> None:
    evening = datetime(2026, 11, 20, 20)
    assert understand("в пятницу в 16", HOUSE, today=TODAY, now_local=evening).day == FRI
    assert understand("в пятницу в 22", HOUSE, today=TODAY, now_local=evening).day == TODAY
    assert understand("сегодня в 16", HOUSE, today=TODAY, now_local=evening).day == TODAY


def test_units_are_named_only_where_there_is_a_choice() -> None:
    assert said("зелёную комнату на субботу", ROOMS) == on(SAT, unit="green")
    assert said("синяя", ROOMS) == {"unit": "blue"}
    assert "unit" not in said("дом на субботу")


def test_a_house_without_children_counts_them_as_guests() -> None:
    assert said("2 взрослых 1 ребенок", ROOMS) == {"guests": 3, "party": {"adult": 3}}


def test_a_date_without_a_year_is_the_next_one() -> None:
    for ahead in range(366):
        day = TODAY + timedelta(days=ahead)
        if (day.day, day.month) != (20, 11) or ahead == 0:
            assert understand(f"{day.day}.{day.month:02d}", HOUSE, today=TODAY).day == day


def test_every_weekday_is_found_from_every_day() -> None:
    for start in range(7):
        today = TODAY + timedelta(days=start)
        for number, name in enumerate(
            ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")
        ):
            day = understand(f"на {name}", HOUSE, today=today).day
            assert day is not None
            assert day.weekday() == number
            assert 0 <= (day - today).days < 7
            following = understand(
                f"next {('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')[number]}", HOUSE, today=today
            ).day
            assert following is not None
            assert following.isocalendar().week == (today + timedelta(days=7)).isocalendar().week


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("5", DEC[5]),
        ("25", date(2026, 11, 25)),
        ("20", TODAY),
        ("31", DEC[31]),
        ("5-го", DEC[5]),
        ("5th", DEC[5]),
        ("на 5", DEC[5]),
        ("5.12", DEC[5]),
        ("суббота", SAT),
        ("субота", None),
        ("суббота ночь", SAT),
        ("на субботу 4 чел с баней", SAT),
        ("0", None),
        ("32", None),
        ("31.02", None),
        ("4 чел", None),
        ("привет", None),
        ("", None),
        ("5.12 или 12.12", None),
    ],
)
def test_typed_date(text: str, day: date | None) -> None:
    assert typed_date(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4", 4),
        ("  4 ", 4),
        ("4 чел", 4),
        ("нас 4", 4),
        ("вдвоем", 2),
        ("четверо", 4),
        ("four", 4),
        ("примерно 4", 4),
        ("12", 12),
        ("100", 100),
        ("0", 0),
        ("4-5", None),
        ("-4", None),
        ("+4", 4),
        ("5.12", None),
        ("5 декабря", None),
        ("16:00", None),
        ("3 дня", None),
        ("много", None),
        ("", None),
        ("99999999999", None),
    ],
)
def test_typed_number(text: str, number: int | None) -> None:
    assert typed_number(text) == number


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("16", time(16)),
        ("16:30", time(16, 30)),
        ("16.30", time(16, 30)),
        ("1630", time(16, 30)),
        ("в 16", time(16)),
        ("к 18", time(18)),
        ("4", time(4)),
        ("16 часов", time(16)),
        ("8 вечера", time(20)),
        ("4pm", time(16)),
        ("3 часа ночи", time(3)),
        ("3 часа дня", time(15)),
        ("час дня", time(13)),
        ("12 am", time(0)),
        ("полночь", time(0)),
        ("0:00", time(0)),
        ("24", None),
        ("24:00", None),
        ("25:00", None),
        ("16:75", None),
        ("2575", None),
        ("завтра", None),
        ("", None),
    ],
)
def test_typed_time(text: str, at: time | None) -> None:
    assert typed_time(text) == at
