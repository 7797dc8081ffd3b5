"""A catalog file is judged whole: every mistake at once, each with its place in words an owner understands."""

from pathlib import Path
from typing import Any

import pytest

from housebot.catalog_file import CatalogProblems, parse, read
from housebot.domain.catalog import Kind
from housebot.domain.catalog_document import to_catalog
from tests.factories import EXAMPLES

HEAD = 'name = "House"\ncurrency = "BYN"\nzone = "Europe/Minsk"\n'
UNIT = '[[units]]\nid = "house"\nname = "House"\nnoun = "house"\ncapacity = 6\n'
DAY = '[[tariffs]]\nid = "day"\nkind = "block"\nname = "Day"\nlength = "24h"\nprice = 700\n'
NIGHT = '[[tariffs]]\nid = "night"\nkind = "nightly"\nname = "Night"\nprice = 80\n'
SLOT = '[[tariffs]]\nid = "cut"\nkind = "slot"\nname = "Cut"\nlength = "1h"\nprice = 60\n'
SAUNA = '[[extras]]\nid = "sauna"\nname = "Sauna"\nper = "stay"\n'


def problems(text: str) -> list[str]:
    with pytest.raises(CatalogProblems) as found:
        parse(text)
    assert str(found.value) == "\n".join(map(str, found.value.problems))
    return [str(problem) for problem in found.value.problems]


def tariff(text: str) -> Any:
    return to_catalog(parse(HEAD + UNIT + text), version=1).tariffs[0]


def test_the_smallest_catalog_is_accepted_and_completed() -> None:
    catalog = to_catalog(parse(HEAD + UNIT + DAY), version=1)
    assert catalog.languages == ("ru", "en")
    assert catalog.name == {"ru": "House", "en": "House"}
    assert [(part.id, part.name) for part in catalog.parts] == [("house", {"ru": "House", "en": "House"})]
    assert catalog.units[0].parts == ("house",)
    assert catalog.units[0].zone.key == "Europe/Minsk"
    assert catalog.tariffs[0].units == ("house",), "a tariff that names no unit sells every unit"
    assert [(band.id, band.adult) for band in catalog.bands] == [("adult", True)]
    assert catalog.deposits == ()


# ---- Ways of writing


@pytest.mark.parametrize(
    ("written", "minor"),
    [("600", 60000), ("600.50", 60050), ("600.5", 60050), ("600.00", 60000), ("600.500", 60050), ('"600,50"', 60050), ('"1 200"', 120000), ("0", 0), ("1_200", 120000), ("6e2", 60000), ("0.1", 10)],
)  # fmt: skip
def test_r20_an_amount_never_becomes_a_float(written: str, minor: int) -> None:
    assert tariff(DAY.replace("700", written)).price == minor


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("-5", "an amount cannot be negative"),
        ("600.505", "'600.505' is not an amount of BYN: whole units, at most 2 digits after the point"),
        ("nan", "'NaN' is not an amount of BYN: whole units, at most 2 digits after the point"),
        ("inf", "'Infinity' is not an amount of BYN: whole units, at most 2 digits after the point"),
        ("1e400", "'1" + "0" * 39 + "' is not an amount of BYN: whole units, at most 2 digits after the point"),
        ("true", 'write an amount such as 600 or 600.50, or in quotes as "600,50"'),
        ("[600]", 'write an amount such as 600 or 600.50, or in quotes as "600,50"'),
        ('"cheap"', "'cheap' is not an amount of BYN: whole units, at most 2 digits after the point"),
        ('""', "'' is not an amount of BYN: whole units, at most 2 digits after the point"),
    ],
)
def test_an_amount_that_is_none_is_named(written: str, words: str) -> None:
    assert problems(HEAD + UNIT + DAY.replace("700", written)) == [f"tariffs[0] (day) → price: {words}"]


def test_a_currency_without_minor_units_takes_none() -> None:
    yen = HEAD.replace("BYN", "JPY") + UNIT + DAY
    assert parse(yen)["tariffs"][0]["price"] == 700
    assert problems(yen.replace("700", "700.5")) == [
        "tariffs[0] (day) → price: '700.5' is not an amount of JPY: whole units, no digits after the point"
    ]


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("2h", 120), ("45m", 45), ("1h 30m", 90), ("90 min", 90), ("1 day", 1440), ("2 days 1h", 2940), ("0h", 0), ("3 hours", 180)],
)  # fmt: skip
def test_a_length_is_minutes(written: str, minutes: int) -> None:
    assert tariff(DAY + f'notice = "{written}"').notice_minutes == minutes


@pytest.mark.parametrize("written", ["2", '"2"', '"two hours"', '""', '"-2h"', '"2h30"', '"1.5h"', '"2 weeks"'])
def test_a_length_that_is_none_is_named(written: str) -> None:
    (problem,) = problems(HEAD + UNIT + DAY + f"notice = {written}")
    assert problem.startswith("tariffs[0] (day) → notice: ")
    assert 'write a length such as "2h", "45m", "1h 30m" or "1 day"' in problem


@pytest.mark.parametrize(
    ("written", "days"),
    [('"mon"', [0]), ('"mon-thu"', [0, 1, 2, 3]), ('"fri, sat"', [4, 5]), ('["sun", "mon"]', [0, 6]), ('"sat-mon"', [0, 5, 6]), ('"Mon-Wed, fri"', [0, 1, 2, 4])],
)  # fmt: skip
def test_weekdays_are_counted_from_monday(written: str, days: list[int]) -> None:
    assert sorted(tariff(DAY + f"weekdays = {written}").weekdays) == days


@pytest.mark.parametrize("written", ['"monday"', '""', "[]", "1", '["mon", 2]', '"-"', '"mon-"'])
def test_weekdays_that_are_none_are_named(written: str) -> None:
    (problem,) = problems(HEAD + UNIT + DAY + f"weekdays = {written}")
    assert problem.startswith("tariffs[0] (day) → weekdays: ")


@pytest.mark.parametrize(("written", "clock"), [('"14:00"', "14:00"), ('"9:05"', "09:05"), ("14:00:00", "14:00")])
def test_a_time_is_written_as_on_a_clock(written: str, clock: str) -> None:
    assert f"{tariff(NIGHT + f'check_in = {written}').check_in:%H:%M}" == clock


@pytest.mark.parametrize("written", ['"24:00"', '"14"', '"14:60"', "14", '"2pm"', "14:00:30"])
def test_a_time_that_is_none_is_named(written: str) -> None:
    assert problems(HEAD + UNIT + NIGHT + f"check_in = {written}") == [
        'tariffs[0] (night) → check_in: write a time such as "14:00", from "00:00" to "23:59"'
    ]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2026-12-31", ["2026-12-31"]),
        ('"2026-12-31"', ["2026-12-31"]),
        ('"2026-12-31..2027-01-02"', ["2026-12-31..2027-01-02"]),
        ('"12-31..01-01"', ["12-31..01-01"]),
        ('["02-14", 2026-12-31]', ["02-14", "2026-12-31"]),
        ('"02-29"', ["02-29"]),
    ],
)
def test_dates_are_single_ranges_or_every_year(written: str, stored: list[str]) -> None:
    price = f'[[dated_prices]]\nid = "p"\nname = "P"\namount = 5\ndates = {written}\n'
    assert parse(HEAD + UNIT + NIGHT + price)["dated_prices"][0]["dates"] == stored


@pytest.mark.parametrize(
    "written",
    ['"31.12"', '"2026-02-30"', '"13-01"', '"2026-12-31..2026-12-30"', '"12-31..2027-01-01"', "12", '"2026-W01-1"', "2026-12-31T10:00:00", '"20261231"', '"1026-12-31"'],
)  # fmt: skip
def test_dates_that_are_none_are_named(written: str) -> None:
    price = f'[[dated_prices]]\nid = "p"\nname = "P"\namount = 5\ndates = {written}\n'
    (problem,) = problems(HEAD + UNIT + NIGHT + price)
    assert problem.startswith("dated_prices[0] (p) → dates: ")
    assert 'write "2026-12-31", "2026-12-31..2027-01-02", "02-14" or "12-31..01-01"' in problem


@pytest.mark.parametrize(
    ("written", "change"), [("20", 2000), ("-10", -1000), ('"+12.5%"', 1250), ("12.5", 1250), ('"-7,5 %"', -750)]
)
def test_r12_a_percent_rule_is_a_signed_change(written: str, change: int) -> None:
    price = f'[[dated_prices]]\nid = "p"\nname = "P"\nweekdays = "fri"\npercent = {written}\n'
    assert parse(HEAD + UNIT + NIGHT + price)["dated_prices"][0]["percent"] == change


@pytest.mark.parametrize(
    ("written", "words"),
    [("101", "101 is more than 100 %"), ("-1", "'-1' is not a percent"), ("true", "write a percent"), ('"half"', "'half' is not a percent"), ("12.345", "'12.345' is not a percent")],
)  # fmt: skip
def test_a_percent_lies_between_0_and_100(written: str, words: str) -> None:
    (problem,) = problems(HEAD + UNIT + DAY + f"[[deposits]]\npercent = {written}")
    assert problem.startswith(f"deposits[0] → percent: {words}")


def test_a_price_cannot_fall_by_more_than_all_of_it() -> None:
    price = '[[dated_prices]]\nid = "p"\nname = "P"\nweekdays = "fri"\npercent = -101\n'
    assert problems(HEAD + UNIT + NIGHT + price) == [
        "dated_prices[0] (p) → percent: a price cannot fall by more than 100 %"
    ]


def test_words_may_be_the_same_in_all_languages_or_differ() -> None:
    both = parse(HEAD + UNIT + DAY.replace('"Day"', '{ ru = "Сутки", en = "Day" }'))["tariffs"][0]["name"]
    assert both == {"ru": "Сутки", "en": "Day"}
    assert problems(HEAD + UNIT + DAY.replace('"Day"', '{ de = "Tag" }')) == [
        "tariffs[0] (day) → name: 'de' is not among the languages of this file: ru, en"
    ]
    assert problems(HEAD + UNIT + DAY.replace('"Day"', '{ ru = " " }')) == [
        "tariffs[0] (day) → name: the words in 'ru' are missing"
    ]
    assert problems(HEAD + UNIT + DAY.replace('"Day"', f'"{"x" * 61}"')) == [
        "tariffs[0] (day) → name: the words in 'ru' are longer than 60 characters"
    ]


def test_an_extra_is_included_offered_or_has_a_price_of_the_tariff() -> None:
    text = SAUNA + "price = 100\n" + SAUNA.replace("sauna", "pool") + SAUNA.replace("sauna", "boat") + DAY
    day = tariff(text + 'extras = { sauna = "offered", pool = "included", boat = 40 }\n')
    assert day.extras == {"sauna": 10000, "pool": 0, "boat": 4000}
    assert day.included_extras == {"pool"}


def test_r26_a_fee_is_charged_by_the_tariffs_it_names() -> None:
    fee = '[[fees]]\nid = "cleaning"\nname = "Cleaning"\nper = "stay"\nprice = 25\ntariffs = ["day"]\n'
    share = '[[fees]]\nid = "service"\nname = "Service"\nper = "percent"\nprice = 5\n'
    catalog = to_catalog(parse(HEAD + UNIT + fee + share + DAY + NIGHT), version=1)
    assert [(extra.id, extra.mandatory, extra.price) for extra in catalog.extras] == [
        ("cleaning", True, 2500),
        ("service", True, 500),
    ]
    assert [dict(one.extras) for one in catalog.tariffs] == [{"cleaning": 2500, "service": 500}, {"service": 500}]


def test_tariff_defaults_fill_what_a_tariff_does_not_say_and_what_suits_its_kind() -> None:
    defaults = '[tariff_defaults]\nnotice = "3h"\nextra_hour_price = 30\ncheck_in = "16:00"\nprice = 1\n'
    block, nightly = to_catalog(parse(HEAD + UNIT + defaults + DAY + NIGHT), version=1).tariffs
    assert (block.notice_minutes, block.extra_hour_price, block.price) == (180, 3000, 70000)
    assert (nightly.notice_minutes, nightly.extra_hour_price, nightly.check_in.hour) == (180, None, 16)


def test_a_mistake_in_the_defaults_is_named_once_and_there() -> None:
    text = HEAD + UNIT + '[tariff_defaults]\nnotice = 3\ncolour = "red"\nid = "x"\n' + DAY + NIGHT
    assert problems(text) == [
        "tariff_defaults → colour: there is no such key",
        "tariff_defaults → id: there is no such key",
        'tariff_defaults → notice: write a length such as "2h", "45m", "1h 30m" or "1 day"',
    ]


def test_r53_a_cancellation_fee_is_a_percent_nights_or_the_deposit() -> None:
    tiers = 'tiers = [{ before = "14 days", fee = "0%" }, { before = "3h", fee = "2 nights" }, { before = "0h", fee = "deposit" }]'
    catalog = to_catalog(parse(HEAD + UNIT + DAY + "[cancellation]\n" + tiers), version=1)
    assert [(tier.before_minutes, tier.fee, tier.value) for tier in catalog.cancellation.tiers] == [
        (14 * 1440, "percent", 0),
        (180, "nights", 2),
        (0, "deposit", 0),
    ]
    assert problems(HEAD + UNIT + DAY + '[cancellation]\ntiers = [{ before = "3h", fee = "everything" }]') == [
        'cancellation → tiers[0].fee: write a fee as "deposit", "50%" or "1 night"'
    ]


# ---- Mistakes of one section


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(HEAD.replace("BYN", "BYR") + UNIT + DAY, ["currency: 'BYR' is not a currency code; write one such as BYN, EUR or USD"], id="currency"),
        pytest.param(HEAD.replace("Europe/Minsk", "Minsk") + UNIT + DAY, ["zone: 'Minsk' is not a time zone; write one such as \"Europe/Minsk\""], id="zone"),
        pytest.param(HEAD.replace("Europe/Minsk", "../../etc/passwd") + UNIT + DAY, ["zone: '../../etc/passwd' is not a time zone; write one such as \"Europe/Minsk\""], id="zone outside"),
        pytest.param(HEAD.replace('name = "House"\n', "") + UNIT + DAY, ["name: this is missing"], id="missing"),
        pytest.param(HEAD + 'curency = "BYN"\n' + UNIT + DAY, ["curency: there is no such key; did you mean 'currency'?"], id="unknown at the top"),
        pytest.param(HEAD + 'languages = ["de"]\n' + UNIT + DAY, ["languages[0]: write one of 'ru', 'en'"], id="language"),
        pytest.param(HEAD + UNIT + DAY + "pricee = 5\n", ["tariffs[0] (day) → pricee: there is no such key; did you mean 'price'?"], id="unknown key"),
        pytest.param(HEAD + UNIT + DAY.replace('"day"', '"Day 1"'), ["tariffs[0] (Day 1) → id: write small latin letters, digits and hyphens only, at most 24, such as second-bedroom"], id="shape of an id"),
        pytest.param(HEAD + UNIT + DAY.replace('"day"', f'"{"d" * 25}"'), [f"tariffs[0] ({'d' * 25}) → id: write small latin letters, digits and hyphens only, at most 24, such as second-bedroom"], id="long id"),
        pytest.param(HEAD + UNIT + DAY.replace('"day"', '"day\\n"'), ["tariffs[0] (day\n) → id: write small latin letters, digits and hyphens only, at most 24, such as second-bedroom"], id="id with a line break"),
        pytest.param(HEAD + UNIT.replace("6", "0") + DAY, ["units[0] (house) → capacity: write 1 or more"], id="capacity"),
        pytest.param(HEAD + UNIT.replace("6", "true") + DAY, ["units[0] (house) → capacity: write a whole number, without quotes"], id="yes is no number"),
        pytest.param(HEAD + UNIT.replace("6", "6.0") + DAY, ["units[0] (house) → capacity: write a whole number, without quotes"], id="fraction"),
        pytest.param(HEAD + UNIT.replace('noun = "house"', 'noun = "tent"') + DAY, ["units[0] (house) → noun: write one of 'house', 'room', 'sauna', 'specialist'"], id="noun"),
        pytest.param(HEAD + UNIT + 'window = "6"\n' + DAY, ['units[0] (house) → window: write a number of months from 1 to 60, such as "6 months"'], id="window"),
        pytest.param(HEAD + UNIT + DAY + 'windows = [{ until = "09:00" }]\n', ["tariffs[0] (day) → windows[0].since: this is missing"], id="deep place"),
        pytest.param(HEAD + UNIT + DAY + "extras = [1]\n", ["tariffs[0] (day) → extras: write a table: { key = value, … }"], id="table wanted"),
        pytest.param(HEAD + UNIT + DAY + 'questions = "comment"\n', ["tariffs[0] (day) → questions: write a list in square brackets: [ … ]"], id="list wanted"),
        pytest.param(HEAD + UNIT + DAY + 'active = "yes"\n', ["tariffs[0] (day) → active: write true or false, without quotes"], id="switch wanted"),
        pytest.param(HEAD + "units = 5\ntariffs = 5\n", ["units: write each of these under its own [[units]]", "tariffs: write each of these under its own [[tariffs]]", "units: there is none; a desk needs at least one", "tariffs: there is none; a desk needs at least one"], id="sections"),
        pytest.param(HEAD + "units = [5]\n" + DAY, ["units[0]: write a table: { key = value, … }"], id="rows"),
        pytest.param(HEAD + "desk = 5\ntexts = 5\ntariff_defaults = 5\n" + UNIT + DAY, ["tariff_defaults: write this as a table: [tariff_defaults]", "desk: write a table: { key = value, … }", "texts: write this as a table: [texts]"], id="tables"),
        pytest.param(HEAD, ["units: there is none; a desk needs at least one", "tariffs: there is none; a desk needs at least one"], id="nothing sold"),
        pytest.param(HEAD + UNIT + DAY + '[texts]\nwelcom = "Hi"\n', ["texts → welcom: there is no such key; did you mean 'welcome'?"], id="text key"),
        pytest.param(HEAD + UNIT + DAY + '[texts]\nguide-sauna = "Hi"\n', ["texts → guide-sauna: there is no such key"], id="guide of no extra"),
        pytest.param(HEAD + UNIT + DAY + f'[texts]\nrules = "{"x" * 3501}"\n', ["texts → rules: the words in 'ru' are longer than 3500 characters"], id="long text"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


# ---- Mistakes between sections

NAMED_RULE = '[[stay_rules]]\nid = "r"\nmin_nights = 2\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(UNIT + 'parts = ["attic"]\n' + DAY, ["units[0] (house) → parts: there is no part 'attic'"], id="unknown part"),
        pytest.param('[[parts]]\nid = "a"\nname = "A"\n' + UNIT + 'parts = ["a", "a"]\n' + DAY, ["units[0] (house) → parts: a part is named twice"], id="part twice"),
        pytest.param(UNIT + DAY + 'units = ["hut"]\n', ["tariffs[0] (day) → units: there is no unit 'hut'"], id="unknown unit"),
        pytest.param(UNIT + DAY + "units = []\n", ["tariffs[0] (day) → units: write at least 1"], id="no unit"),
        pytest.param(UNIT + DAY + "extras = { sauna = 5 }\n", ["tariffs[0] (day) → extras: there is no extra 'sauna'"], id="unknown extra"),
        pytest.param(UNIT + DAY + 'questions = ["wine"]\n', ["tariffs[0] (day) → questions: there is no question 'wine'"], id="unknown question"),
        pytest.param(UNIT + NIGHT + NAMED_RULE + 'tariffs = ["day"]\nunits = ["hut"]\n', ["stay_rules[0] (r) → units: there is no unit 'hut'", "stay_rules[0] (r) → tariffs: there is no tariff 'day'"], id="rule names"),
        pytest.param(UNIT + DAY + '[[deposits]]\npercent = 5\ntariffs = ["night"]\n', ["deposits[0] → tariffs: there is no tariff 'night'"], id="deposit names"),
        pytest.param(UNIT + DAY + DAY, ["tariffs[1] (day) → id: 'day' is the id of tariffs[0] (day) already"], id="id twice"),
        pytest.param(UNIT + SAUNA + SAUNA.replace("extras", "fees") + "price = 5\n" + DAY, ["fees[0] (sauna) → id: 'sauna' is the id of extras[0] (sauna) already"], id="a fee is an extra too"),
        pytest.param(UNIT + DAY + 'aliases = ["X"]\n' + NIGHT + 'aliases = ["x"]\n', ["tariffs[1] (night) → aliases[0]: 'x' already means tariffs[0] (day)"], id="alias twice"),
        pytest.param(UNIT + DAY + 'aliases = ["NIGHT"]\n' + NIGHT, ["tariffs[0] (day) → aliases[0]: 'NIGHT' already means tariffs[1] (night)"], id="alias of an id"),
        pytest.param(UNIT + NIGHT + "extra_hour_price = 5\n", ["tariffs[0] (night) → extra_hour_price: this is for block tariffs, not for nightly ones"], id="hours of nights"),
        pytest.param(UNIT + NIGHT + "day_totals = [80, 150]\n", ["tariffs[0] (night) → day_totals: this is for block tariffs, not for nightly ones"], id="day totals of nights"),
        pytest.param(UNIT + SLOT + 'min_stay = "1h"\n', ["tariffs[0] (cut) → min_stay: this is for block tariffs, not for slot ones"], id="min stay of a slot"),
        pytest.param(UNIT + DAY + 'step = "30m"\n', ["tariffs[0] (day) → step: this is for slot tariffs, not for block ones"], id="step of a block"),
        pytest.param(UNIT + DAY.replace('length = "24h"\n', ""), ['tariffs[0] (day) → length: how long is it? Write a length such as "12h" or "45m"'], id="no length"),
        pytest.param(UNIT + DAY.replace("24h", "90m"), ["tariffs[0] (day) → length: a block is sold in whole hours"], id="half hours"),
        pytest.param(UNIT + SLOT + 'step = "0m"\n', ['tariffs[0] (cut) → step: write a length from "1m" to "24h"'], id="no step"),
        pytest.param(UNIT + DAY.replace("24h", "12h") + "extra_hour_price = 5\nday_totals = [700, 900]\n", ["tariffs[0] (day) → day_totals: only a tariff of 24 hours is sold for several days"], id="days of half a day"),
        pytest.param(UNIT + DAY + "day_totals = [700, 900]\n", ["tariffs[0] (day) → extra_hour_price: a tariff with day_totals needs a price of the hours left over"], id="hours left over"),
        pytest.param(UNIT + DAY + "extra_hour_price = 5\nday_totals = [650, 900]\n", ["tariffs[0] (day) → day_totals[0]: the total of one day is not the price above"], id="two prices of a day"),
        pytest.param(UNIT + DAY + "extra_hour_price = 5\nday_totals = [700, 900, 450]\n", ["tariffs[0] (day) → day_totals: the last total is below the first: past the table each day would cost less"], id="a table that falls"),
        pytest.param(UNIT + DAY + "extra_hour_price = 5\nday_totals = [700]\n", ["tariffs[0] (day) → day_totals: write at least 2"], id="a table of one"),
        pytest.param(UNIT + DAY + "max_guests = 7\n", ["tariffs[0] (day) → max_guests: its units take at most 6"], id="more than the unit takes"),
        pytest.param(UNIT + DAY + "min_guests = 4\nmax_guests = 3\n", ["tariffs[0] (day) → min_guests: this is more than max_guests"], id="no number of guests"),
        pytest.param(UNIT + DAY + 'min_stay = "9h"\nmax_stay = "8h"\n', ["tariffs[0] (day) → min_stay: this is longer than max_stay"], id="no length of a stay"),
        pytest.param(UNIT + SAUNA + DAY + 'extras = { sauna = "offered" }\n', ["tariffs[0] (day) → extras.sauna: the extra has no price of its own; write one here or there"], id="no price of an extra"),
        pytest.param(UNIT + SAUNA.replace("stay", "percent") + "price = 5\n" + DAY + "extras = { sauna = 7 }\n", ['tariffs[0] (day) → extras.sauna: a percent stands with the extra; write "offered" here'], id="percent of a tariff"),
        pytest.param(UNIT + SAUNA.replace("extras", "fees") + "price = 5\n" + DAY + "extras = { sauna = 7 }\n", ["tariffs[0] (day) → extras.sauna: a fee names its tariffs itself, under [[fees]]"], id="a fee is not chosen"),
        pytest.param(UNIT + SAUNA.replace("extras", "fees") + DAY, ["fees[0] (sauna) → price: this is missing"], id="a fee has a price"),
        pytest.param(UNIT + SAUNA + 'stop_dates = "12-31"\n' + DAY, ['extras[0] (sauna) → stop_dates: these dates need their year, such as "2026-12-31..2027-01-02"'], id="stop dates"),
        pytest.param(UNIT + 'working_hours = [{ days = "mon", opens = "10:00", closes = "09:00" }]\n' + SLOT, ["units[0] (house) → working_hours[0]: it closes before it opens"], id="closes first"),
        pytest.param(UNIT + 'working_hours = [{ days = "mon-wed", opens = "10:00", closes = "15:00" }, { days = "wed", opens = "14:00", closes = "24:00" }]\n' + SLOT, ["units[0] (house) → working_hours[1]: these hours overlap those of a row above"], id="hours twice"),
        pytest.param(UNIT + 'days_off = ["2026-12-31..2027-01-01"]\n' + SLOT, ["units[0] (house) → days_off: write each day off by itself"], id="days off"),
        pytest.param(UNIT + DAY + '[[age_bands]]\nid = "child"\nname = "Child"\nage_from = 0\nage_until = 18\n', ["age_bands: one of them needs adult = true: a stay has at least one adult"], id="no adult"),
        pytest.param(UNIT + DAY + '[[age_bands]]\nid = "a"\nname = "A"\nage_from = 3\nadult = true\n[[age_bands]]\nid = "b"\nname = "B"\nage_from = 0\nage_until = 4\n', ["age_bands[1] (b): its ages overlap those of 'a'; age_until is the first age not in the band"], id="bands overlap"),
        pytest.param(UNIT + DAY + '[[age_bands]]\nid = "a"\nname = "A"\nage_from = 3\nage_until = 3\nadult = true\n', ["age_bands[0] (a) → age_until: this must be above age_from"], id="empty band"),
        pytest.param(UNIT + DAY + "[[deposits]]\npercent = 50\nfixed = 100\n", ["deposits[0]: write exactly one of fixed, percent, first_nights"], id="two deposits"),
        pytest.param(UNIT + DAY + "[[deposits]]\n", ["deposits[0]: write exactly one of fixed, percent, first_nights"], id="no deposit"),
        pytest.param(UNIT + NIGHT + '[[dated_prices]]\nid = "p"\nname = "P"\ndates = "02-14"\namount = 5\npercent = 5\n', ["dated_prices[0] (p): write exactly one of amount, percent, per_date"], id="two prices"),
        pytest.param(UNIT + NIGHT + '[[dated_prices]]\nid = "p"\nname = "P"\npercent = 5\n', ["dated_prices[0] (p): when? Write dates or weekdays"], id="a price of no date"),
        pytest.param(UNIT + NIGHT + '[[dated_prices]]\nid = "p"\nname = "P"\ndates = "02-14"\nper_date = 5\ntariffs = ["night"]\n', ["dated_prices[0] (p) → per_date: this is for block tariffs, and 'night' is not one"], id="per date of nights"),
        pytest.param(UNIT + NIGHT + '[[stay_rules]]\nid = "r"\n', ["stay_rules[0] (r): it says nothing; write min_nights, max_nights, closed_to_arrival or closed_to_departure"], id="a rule of nothing"),
        pytest.param(UNIT + NIGHT + NAMED_RULE + "max_nights = 1\n", ["stay_rules[0] (r) → min_nights: this is more than max_nights"], id="no nights fit"),
        pytest.param(UNIT + DAY + NAMED_RULE + 'tariffs = ["day"]\n', ["stay_rules[0] (r) → tariffs: nights are counted for nightly tariffs, and 'day' is not one"], id="nights of a block"),
        pytest.param(UNIT + DAY + '[[questions]]\nid = "q"\ntext = "Q"\nkind = "choice"\n', ["questions[0] (q) → options: a choice needs options"], id="no options"),
        pytest.param(UNIT + DAY + '[[questions]]\nid = "q"\ntext = "Q"\nkind = "text"\noptions = [{ id = "a", text = "A" }]\n', ['questions[0] (q) → options: options are for kind = "choice"'], id="options of a text"),
        pytest.param(UNIT + DAY + '[[questions]]\nid = "q"\ntext = "Q"\nkind = "choice"\noptions = [{ id = "a", text = "A" }, { id = "a", text = "B" }]\n', ["questions[0] (q) → options[1]: 'a' is there twice"], id="option twice"),
        pytest.param(UNIT + DAY + '[[questions]]\nid = "q"\ntext = "Q"\nkind = "text"\nmin_length = 9\nmax_length = 5\n', ["questions[0] (q) → min_length: this is more than max_length"], id="no answer fits"),
    ],
)  # fmt: skip
def test_a_mistake_between_sections_is_named_with_its_place(text: str, expected: list[str]) -> None:
    assert problems(HEAD + text) == expected


def test_an_alias_may_repeat_its_own_id_in_another_case() -> None:
    assert tariff(DAY + 'aliases = ["DAY"]\n').aliases == ("DAY",)


def test_every_mistake_is_named_at_once() -> None:
    text = (
        HEAD.replace("BYN", "byn")
        + UNIT
        + "pool = 1\n"
        + DAY.replace("700", '"x"')
        + 'units = ["hut"]\n'
        + NIGHT
        + "step = 5\n"
    )
    said = problems(text)
    assert [problem.split(":")[0] for problem in said] == [
        "currency",
        "units[0] (house) → pool",
        "tariffs[0] (day) → price",
        "tariffs[1] (night) → step",
    ]
    assert problems(
        text.replace("byn", "EUR").replace("pool = 1\n", "").replace("step = 5\n", "").replace('"x"', "1")
    ) == ["tariffs[0] (day) → units: there is no unit 'hut'"]


def test_who_names_a_broken_table_is_not_blamed_too() -> None:
    assert problems(HEAD + UNIT.replace("6", "0") + DAY + 'units = ["house"]\n') == [
        "units[0] (house) → capacity: write 1 or more"
    ]


# ---- R12: rules that tie


def priced(*rules: str) -> str:
    tables = (f'[[dated_prices]]\nid = "p{index}"\nname = "P"\n{rule}\n' for index, rule in enumerate(rules))
    return HEAD + UNIT + NIGHT + NIGHT.replace('"night"', '"cheap"') + "".join(tables)


TIES = [
    ('dates = "06-01..06-30"\namount = 1', 'dates = "06-30..07-29"\namount = 2', "2024-06-30"),
    ('dates = "2026-06-01..2026-06-05"\namount = 1', 'dates = "2026-06-05..2026-06-09"\namount = 2', "2026-06-05"),
    ('dates = "2060-06-01..2060-06-05"\namount = 1', 'dates = "06-05..06-09"\namount = 2', "2060-06-05"),
    ('weekdays = "fri, sat"\npercent = 1', 'weekdays = "sat, sun"\npercent = 2', "2024-01-06"),
    ('dates = "12-31"\nper_date = 1', 'dates = ["12-31", "01-01"]\nper_date = 2', "2024-12-31"),
    ('dates = "02-29"\namount = 1', 'dates = "02-28"\namount = 2', "2025-02-28"),
    ('dates = "12-20..01-05"\namount = 1\ntariffs = ["night"]', 'dates = "01-05..01-21"\namount = 2', "2024-01-05"),
]


@pytest.mark.parametrize(("first", "second", "night"), TIES)
def test_r12_a_tie_refuses_the_document(first: str, second: str, night: str) -> None:
    said = f"dated_prices[1] (p1): on {night} it and 'p0' have equal right to decide; give one a higher priority"
    assert problems(priced(first, second)) == [said]
    assert parse(priced(first, second + "\npriority = 1"))["dated_prices"][1]["priority"] == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param('dates = "06-01..06-30"\namount = 1', 'dates = "06-15"\namount = 2', id="a single date is first"),
        pytest.param('dates = "06-01..06-30"\namount = 1', 'dates = "06-10..06-20"\namount = 2', id="the shorter is first"),
        pytest.param('dates = "06-01..06-30"\namount = 1', 'dates = "06-10..07-09"\nweekdays = "fri"\namount = 2', id="weekdays are first"),
        pytest.param('dates = "06-01..06-30"\namount = 1', 'dates = "06-01..06-30"\npercent = 2', id="amount and percent work together"),
        pytest.param('dates = "06-01..06-30"\namount = 1\ntariffs = ["night"]', 'dates = "06-01..06-30"\namount = 1\ntariffs = ["cheap"]', id="other tariffs"),
        pytest.param('dates = "06-01..06-30"\namount = 1', 'dates = "07-01..07-30"\namount = 1', id="other dates"),
        pytest.param('weekdays = "fri"\namount = 1', 'weekdays = "sat"\namount = 1', id="other weekdays"),
        pytest.param('dates = "2026-06-01..2026-06-05"\nweekdays = "sat"\namount = 1', 'dates = "2026-06-01..2026-06-05"\nweekdays = "sat"\namount = 1', id="the weekday does not occur"),
    ],
)  # fmt: skip
def test_r12_rules_that_do_not_tie_are_accepted(first: str, second: str) -> None:
    assert len(parse(priced(first, second))["dated_prices"]) == 2


def test_r12_stay_rules_tie_only_where_they_say_the_same_thing() -> None:
    def ruled(first: str, second: str) -> str:
        return HEAD + UNIT + NIGHT + f'[[stay_rules]]\nid = "a"\n{first}\n[[stay_rules]]\nid = "b"\n{second}\n'

    assert parse(ruled("min_nights = 2", "max_nights = 9"))
    assert parse(ruled("closed_to_arrival = true", "closed_to_arrival = true"))
    assert problems(ruled("min_nights = 2", "min_nights = 3")) == [
        "stay_rules[1] (b): on 2024-01-01 it and 'a' have equal right to decide; give one a higher priority"
    ]


# ---- Files that are no TOML


@pytest.mark.parametrize(
    ("content", "place"),
    [
        pytest.param(b'name = "x"\nprice = \n', "line 2, column 9", id="broken TOML"),
        pytest.param(b'name = "x"\nname = "y"\n', "line 2, column 11", id="a key twice"),
        pytest.param(b"\xef\xbb\xbfname = \n", "line 1, column 8", id="with a byte order mark"),
        pytest.param(b'name = "x"\nzone = "\xff"\n', "line 2", id="not UTF-8"),
        pytest.param(b"x = 2026-02-30\n", "line 1, column 5", id="an impossible date"),
        pytest.param(b"x = " + b"[" * 100_000, "file", id="brackets without end"),
        pytest.param(b"x = " + b"1" * 5_000, "file", id="digits without end"),
        pytest.param(b"x = 1e999999999999999999999\n", "file", id="an exponent without end"),
        pytest.param(b"#" * 2_000_001, "file", id="too large"),
    ],
)
def test_a_file_that_is_no_toml_is_a_problem_with_a_line_never_a_traceback(
    tmp_path: Path, content: bytes, place: str
) -> None:
    path = tmp_path / "house.toml"
    path.write_bytes(content)
    with pytest.raises(CatalogProblems) as found:
        read(path)
    assert [problem.place for problem in found.value.problems] == [place]


def test_an_empty_file_is_a_catalog_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text("", encoding="utf-8")
    with pytest.raises(CatalogProblems) as found:
        read(path)
    assert {problem.place for problem in found.value.problems} == {"name", "currency", "zone", "units", "tariffs"}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogProblems, match=r"none\.toml: cannot be read: No such file"):
        read(tmp_path / "none.toml")
    with pytest.raises(CatalogProblems, match="cannot be read: Is a directory"):
        read(tmp_path)


def test_the_kinds_of_the_examples_are_read(tmp_path: Path) -> None:
    path = tmp_path / "salon.toml"
    path.write_bytes((EXAMPLES / "salon.toml").read_bytes())
    assert {one.kind for one in to_catalog(read(path), version=1).tariffs} == {Kind.SLOT}
