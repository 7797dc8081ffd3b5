"""The month as a picture: five states as half-filled cells, drawn from the same days as the keyboard."""

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
import segno
from PIL import Image

from housebot.bot import canvas, pictures
from housebot.bot.pictures import DrawnDay, drawing, legend_of, month_picture, qr
from housebot.domain.availability import Busy, Day, State, day_states
from housebot.words import translator
from tests.factories import at, guesthouse, secret_house

RU, EN = translator("ru"), translator("en")
NOW = at("2026-11-20T09:00:00Z")
STATES: list[State] = ["free", "partial", "full", "arrive_only", "leave_only", "past", "closed"]
FREE, TAKEN, CLOSED, EMPTY = (189, 229, 203), (213, 112, 95), (221, 224, 220), (255, 255, 255)


def month(*states: State) -> list[Day]:
    return [
        Day(date(2026, 12, 1) + timedelta(days=number), states[number] if number < len(states) else "free")
        for number in range(31)
    ]


def drawn(
    days: list[Day], *, title: str = "Декабрь 2026", subtitle: str = "Secret House", today: date | None = None
) -> Image.Image:
    png = month_picture(title, days, legend_of(days, RU), weekdays=RU.weekdays(), subtitle=subtitle, today=today)
    return Image.open(BytesIO(png)).convert("RGB")


def corners(picture: Image.Image, cell: DrawnDay) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The colours near the upper left and the lower right corner of a cell, away from its number."""
    left = canvas.MARGIN + canvas.PADDING + cell.column * (pictures._CELL + pictures._GAP)
    top = canvas.MARGIN + canvas.PADDING + 150 + 56 + cell.row * (pictures._TALL + pictures._GAP)

    def colour(x: int, y: int) -> tuple[int, ...]:
        found = picture.getpixel((x, y))
        assert isinstance(found, tuple)
        return tuple(int(part) for part in found)

    return colour(left + 14, top + 14), colour(left + pictures._CELL - 14, top + pictures._TALL - 14)


def busy(start: str, end: str) -> Busy:
    return Busy(start=at(start), end=at(end), busy_from=at(start), busy_until=at(end) + timedelta(hours=2))


def test_ux6_the_picture_holds_the_state_of_each_day_as_day_states_gives_it() -> None:
    catalog = guesthouse()
    unit = catalog.units[0]
    tariff = next(one for one in catalog.tariffs if unit.id in one.units)
    days = day_states(catalog, unit, [tariff], 2026, 12, [busy("2026-12-14T12:00:00Z", "2026-12-17T08:00:00Z")], NOW)
    house = secret_house()
    day = house.tariff("day")
    assert day is not None
    hourly = day_states(
        house, house.units[0], [day], 2026, 12, [busy("2026-12-05T13:00:00Z", "2026-12-07T13:00:00Z")], NOW
    )
    november = day_states(house, house.units[0], [day], 2026, 11, [], NOW)
    states = {one.state for one in (*days, *hourly, *november)}
    assert states >= {"free", "partial", "full", "arrive_only", "leave_only", "past"}
    halves = {
        "free": ("whole", "free", "free"),
        "partial": ("level", "free", "taken"),
        "full": ("whole", "taken", "taken"),
        "arrive_only": ("diagonal", "taken", "free"),
        "leave_only": ("diagonal", "free", "taken"),
        "past": ("whole", "none", "none"),
        "closed": ("whole", "closed", "closed"),
    }
    for shown in (days, hourly, november):
        for one, cell in zip(shown, drawing(shown), strict=True):
            assert cell.day == one.date
            assert (cell.split, cell.first, cell.second) == halves[one.state]
            assert cell.column == one.date.weekday()


@pytest.mark.parametrize(
    ("state", "upper_left", "lower_right"),
    [
        ("free", FREE, FREE),
        ("partial", FREE, TAKEN),
        ("full", TAKEN, TAKEN),
        ("arrive_only", TAKEN, FREE),
        ("leave_only", FREE, TAKEN),
        ("past", EMPTY, EMPTY),
    ],
)
def test_r3_each_half_of_a_cell_has_its_colour(
    state: State, upper_left: tuple[int, ...], lower_right: tuple[int, ...]
) -> None:
    days = month(*[state] * 31)
    picture = drawn(days)
    for cell in drawing(days):
        assert corners(picture, cell) == (upper_left, lower_right)


def test_all_five_states_and_the_closed_one_look_different() -> None:
    seen = {drawn(month(state)).tobytes() for state in STATES}
    assert len(seen) == len(STATES)


def test_december_2026_begins_on_tuesday_and_has_five_rows() -> None:
    cells = drawing(month(), today=date(2026, 12, 9))
    assert (cells[0].row, cells[0].column) == (0, 1)
    assert (cells[-1].row, cells[-1].column) == (4, 3)
    assert [cell.day.day for cell in cells if cell.today] == [9]


def test_the_picture_is_as_wide_as_a_phone_and_the_same_data_give_the_same_bytes() -> None:
    days = month("full", "arrive_only")

    def made() -> bytes:
        return month_picture("Декабрь 2026", days, legend_of(days, RU), weekdays=RU.weekdays(), subtitle="Дом")

    assert made() == made()
    assert made().startswith(b"\x89PNG")
    assert drawn(days).width == 1080
    assert 1000 < drawn(days).height < 1500
    assert len(made()) < 500_000


def test_today_title_and_words_are_drawn() -> None:
    days = month()
    plain = drawn(days).tobytes()
    assert drawn(days, today=date(2026, 12, 9)).tobytes() != plain
    assert drawn(days, title="Ноябрь 2026").tobytes() != plain
    assert drawn(days, subtitle="Other").tobytes() != plain


def test_the_legend_names_the_states_of_this_month_alone() -> None:
    assert legend_of(month("full", "past"), RU) == [("free", "свободно"), ("full", "занято")]
    assert [state for state, _ in legend_of(month(*STATES), EN)] == [
        "free",
        "partial",
        "arrive_only",
        "leave_only",
        "full",
        "closed",
    ]


def test_months_of_four_and_six_weeks_are_drawn() -> None:
    february = [Day(date(2027, 2, 1) + timedelta(days=number), "free") for number in range(28)]
    august = [Day(date(2027, 8, 1) + timedelta(days=number), "free") for number in range(31)]
    assert drawing(february)[-1].row == 3
    assert drawing(august)[-1].row == 5
    assert drawn(august).height > drawn(february).height


def test_names_without_letters_of_ours_or_without_end_do_not_break_the_picture() -> None:
    assert canvas.drawable("Дом 🏡 «Ёлка» שלום № 5") == "Дом «Ёлка» № 5"
    for name in ("🏡", "", "ы" * 5000, "<b>", "שלום"):
        assert drawn(month(), subtitle=name).width == 1080
    long = drawn(month(), subtitle="Очень длинное название дома " * 20)
    right_edge = (1080 - canvas.MARGIN - canvas.PADDING + 1, 0, 1080, long.height)
    assert long.crop(right_edge).tobytes() == drawn(month()).crop(right_edge).tobytes()


def test_every_letter_of_the_texts_is_in_the_font() -> None:
    for language in ("ru", "en"):
        words = translator(language)
        lines = [*words.weekdays(), *(words.month(2026, number) for number in range(1, 13))]
        lines += [name for _, name in legend_of(month(*STATES), words)]
        assert [canvas.drawable(line) for line in lines] == lines
        said = "".join(lines)
        for letter in set(said) - {" "}:
            assert canvas.font(40, bold=False).getmask(letter).getbbox() is not None
            assert canvas.font(40, bold=True).getmask(letter).getbbox() is not None
    assert canvas.font(40, bold=True).getmask("\U0001f3e1").getbbox() is None


def test_a_hidden_difference_between_two_days_of_one_state_is_not_drawn() -> None:
    days = month("full")
    assert drawing([replace(day, reason="weekday") for day in days]) == drawing(days)


def test_the_qr_code_holds_the_link_with_its_quiet_border() -> None:
    link = "https://t.me/secret_house_bot?start=src_insta"
    picture = Image.open(BytesIO(qr(link))).convert("L")
    code = segno.make(link, error="m", micro=False)
    modules, border, scale = len(code.matrix), 4, 12
    assert picture.size == ((modules + 2 * border) * scale,) * 2
    for row, line in enumerate(code.matrix):
        for column, dark in enumerate(line):
            shade = picture.getpixel(((column + border) * scale + 6, (row + border) * scale + 6))
            assert isinstance(shade, int | float)
            assert (shade < 128) == bool(dark)
    assert picture.getpixel((2, 2)) == 255
    assert qr(link) == qr(link)


def test_pillow_stays_out_of_the_keyboards() -> None:
    program = "import sys; import housebot.bot.calendar, housebot.bot.toasts; print([name for name in ('PIL', 'aiogram', 'babel') if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
