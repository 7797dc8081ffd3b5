"""What the desk says: both languages complete, facts safe, dates and money as people read them."""

import ast
import os
import re
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import housebot
from housebot import words
from housebot.errors import CODES, Refusal
from housebot.words import Html, Words, cut, escape, fit, join, pick_language, translator, units

PACKAGE = Path(housebot.__file__).parent
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
AWAITED = (
    frozenset(  # screens whose words are agreed and whose handlers are being written: leave this set with the screen
        [
            "answer",
            "button",
            "choose",
            "contact",
            "extra",
            "gift",
            "guests_each",
            "hours",
            "menu",
            "offers",
            "slot",
            "summary",
            "toast",
        ]
    )
)
SPOKEN_BY_PREFIX = (  # ids put together from a code, a status or a state, each proven complete below or beside its screen
    "refusal.",
    "status.",
    "staff_status.",
    "command.",
    "calendar.legend.",
    "calendar.toast.",
    "dates.legend.",
    "changing.changed_",
    "changing.part.",
    "contradiction.",
    "declined.reason.",
    "invoice.label.",
    "precheckout.",
    "settings.role.",
    "settings.text.",
    "settings.reference.",
    "settings.button.",
    "settings.leftover.",
    "settings.what.",
    "did.",
    "undo.kind.",
    "undo.button.",
    "promo.ask.",
    "promo.value.",
    "promo.limit.",
    "promo.button.",
    "owner.button.",
    "prompt.",
    "task.choice.",
)


def catalog(language: str) -> Catalog:
    with (PACKAGE / "locale" / language / "LC_MESSAGES" / "housebot.po").open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


CATALOGS = {language: catalog(language) for language in words.LANGUAGES}


def forms(language: str) -> dict[str, tuple[str, ...]]:
    """Each id with its text, or all its plural forms."""
    found: dict[str, tuple[str, ...]] = {}
    for message in CATALOGS[language]:
        if message.id:
            name = message.id if isinstance(message.id, str) else message.id[0]
            found[name] = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    return found


TEXTS = {language: forms(language) for language in words.LANGUAGES}
PLURALS = {message.id[0] for message in CATALOGS["ru"] if message.pluralizable}
IDS = sorted(TEXTS["ru"])


def facts_of(message_id: str) -> dict[str, str]:
    return {name: "7" for text in TEXTS["ru"][message_id] for name in PLACEHOLDER.findall(text)}


@pytest.fixture
def ru() -> Words:
    return translator("ru")


@pytest.fixture
def en() -> Words:
    return translator("en")


# --- the catalogs


def test_both_languages_say_the_same_ids() -> None:
    assert sorted(TEXTS["ru"]) == sorted(TEXTS["en"])


def test_no_id_is_given_twice() -> None:
    for language in words.LANGUAGES:
        source = (PACKAGE / "locale" / language / "LC_MESSAGES" / "housebot.po").read_text(encoding="utf-8")
        ids = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
        assert len(ids) == len(set(ids))


def test_both_languages_need_the_same_facts_and_no_form_is_empty() -> None:
    for message_id in IDS:
        russian, english = TEXTS["ru"][message_id], TEXTS["en"][message_id]
        needed = {frozenset(PLACEHOLDER.findall(text)) for text in (*russian, *english)}
        assert len(needed) == 1, message_id
        assert all(re.fullmatch(r"[a-z_]+", name) for name in next(iter(needed))), message_id
        assert all(text.strip() for text in (*russian, *english)), message_id


def test_ux41_every_plural_has_all_its_forms() -> None:
    for language, count in (("ru", 3), ("en", 2)):
        assert CATALOGS[language].num_plurals == count
        for message in CATALOGS[language]:
            if message.pluralizable:
                assert len(message.string) == count
                assert all(message.string)
    assert {message.id[0] for message in CATALOGS["en"] if message.pluralizable} == PLURALS


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_ux41_every_text_renders_within_its_limit(language: str) -> None:
    for message_id in IDS:
        check_rendering(translator(language), message_id)


def check_rendering(speaker: Words, message_id: str) -> None:
    parts = message_id.split(".")
    if message_id in PLURALS:
        said: str = speaker.n(
            message_id, 5, **{name: fact for name, fact in facts_of(message_id).items() if name != "n"}
        )
    elif {"button", "toast"} & set(parts):
        said = speaker.plain(message_id, **facts_of(message_id))
        assert units(said) <= (40 if "button" in parts else words.TOAST_LIMIT), message_id
    else:
        said = speaker.t(message_id, **facts_of(message_id))
    assert not set("{}") & set(said), message_id
    assert units(said) <= words.CAPTION_LIMIT, message_id


def test_markup_is_what_telegram_takes_and_labels_have_none() -> None:
    for message_id in IDS:
        for text in (*TEXTS["ru"][message_id], *TEXTS["en"][message_id]):
            tags = re.findall(r"<(/?\w+)>", text)
            assert not re.search(r"[<>&]", re.sub(r"</?\w+>", "", text)), message_id
            assert set(tags) <= {"b", "/b", "code", "/code", "i", "/i", "s", "/s"}, message_id
            assert [f"/{tag}" for tag in tags[::2]] == tags[1::2], message_id
            if {"button", "toast"} & set(message_id.split(".")):
                assert not tags, message_id


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_refusal_has_a_reason_of_one_line_in_both_languages(code: str) -> None:
    for language in words.LANGUAGES:
        said = translator(language).refusal(Refusal(code))
        assert said
        assert "\n" not in said
        assert units(said) <= words.TOAST_LIMIT


def test_a_refusal_says_its_figure_when_it_has_one(ru: Words) -> None:
    assert ru.refusal(Refusal("max_guests", most=6, asked=8)) == "Гостей помещается не больше 6."
    assert ru.refusal(Refusal("max_guests")) == "Столько гостей не поместится."
    assert ru.refusal(Refusal("too_far", last="2027-05-20")) == "Бронируем до 20 мая 2027."
    assert ru.refusal(Refusal("min_stay", needs=2, asked=1, measure="nights")).endswith("даты: 2 ночи.")
    assert ru.refusal(Refusal("max_stay", most=12, asked=14, measure="hours")).endswith("даты: 12 ч.")
    assert ru.refusal(Refusal("weekday", weekday=5, allowed=[0, 1, 2, 3])).endswith("дни: пн–чт.")
    assert ru.refusal(Refusal("weekday", weekday=5, until=6, pairs=[[4, 6]])).startswith("В этот день недели")
    assert ru.refusal(Refusal("outside_hours", windows=["11:00–20:00", "22:00–09:00"])).endswith(
        "11:00–20:00, 22:00–09:00."
    )
    assert ru.refusal(Refusal("closed_to_arrival", date="2026-12-24")) == "Заезда 24 декабря 2026 нет."


def test_a_refusal_for_a_known_reason_says_that_reason(ru: Words) -> None:
    assert ru.refusal(Refusal("contact_invalid", reason="not_own")).startswith("Это чужая карточка")
    assert ru.refusal(Refusal("holds_limit", limit=6, what="new_per_day")).startswith("На сегодня")
    assert ru.refusal(Refusal("invalid", reason="local_time")) == ru.refusal(Refusal("invalid"))
    assert ru.refusal(Refusal("invalid", reason="exact")) == ru.refusal(Refusal("invalid"))


# --- the catalogs against the code


def spoken() -> list[tuple[str, str, str, set[str] | None]]:
    """Every `x.t("id", …)`, `x.n(…)`, `x.plain(…)` in the package: place, method, id, names of facts (None where `**` hides them)."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("t", "n", "plain")
            ):
                continue
            if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                names = {keyword.arg for keyword in node.keywords}
                given = None if None in names else {name for name in names if name}
                found.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", node.func.attr, node.args[0].value, given))
    return found


def test_every_text_said_in_the_code_exists_and_gets_its_facts() -> None:
    said = spoken()
    assert len(said) >= 10
    wrong = []
    for place, method, message_id, given in said:
        if message_id not in TEXTS["ru"]:
            wrong.append(f"{place}: no text {message_id}")
            continue
        needed = set(facts_of(message_id)) - ({"n"} if method == "n" else set())
        if (method == "n") != (message_id in PLURALS):
            wrong.append(f"{place}: {message_id} is {'plural' if message_id in PLURALS else 'not plural'}")
        if given is not None and not needed <= given:
            wrong.append(f"{place}: {message_id} lacks {sorted(needed - given)}")
    assert wrong == []


def unused() -> list[str]:
    """Ids no string of the package names."""
    named = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value)
    return [message_id for message_id in IDS if message_id not in named and not message_id.startswith(SPOKEN_BY_PREFIX)]


def test_no_text_of_a_finished_screen_is_left_unsaid() -> None:
    assert [message_id for message_id in unused() if message_id.partition(".")[0] not in AWAITED] == []


# --- one rule for facts


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<b>bold</b> & co", "&lt;b&gt;bold&lt;/b&gt; &amp; co"),
        ("Аня 👩‍👧", "Аня 👩‍👧"),
        ("שלום", "\u2068שלום\u2069"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("nul\x00\x07", "nul"),
        ("two\nlines", "two\nlines"),
        ("&lt;", "&amp;lt;"),
    ],
    ids=["markup", "emoji", "right to left", "direction override", "control", "lines", "entity"],
)
def test_ux42_a_fact_is_escaped_whatever_a_guest_types(ru: Words, typed: str, shown: str) -> None:
    assert ru.t("owner.comment", comment=typed) == f"«{shown}»"


def test_a_fact_that_is_html_stays_and_what_t_says_is_html(ru: Words) -> None:
    inner = ru.t("summary.total", total="<800>")
    assert isinstance(inner, Html)
    assert ru.t("owner.comment", comment=inner) == "«<b>Итого &lt;800&gt;</b>»"
    assert join(" · ", [inner, "<i>"]) == "<b>Итого &lt;800&gt;</b> · &lt;i&gt;"
    assert words.bold("<b>") == "<b>&lt;b&gt;</b>"


def test_a_label_shows_what_was_typed_without_entities(ru: Words) -> None:
    assert ru.plain("owner.button.confirm", amount="<400> & 5") == "✅ Подтвердить · пришло <400> & 5"
    assert ru.plain("menu.button.continue", draft=words.bold("a & b")) == "▶️ Продолжить: a & b"


def test_a_fact_cannot_fill_another_fact(ru: Words) -> None:
    assert ru.t("my.button.booking", code="{day}", day="сб") == "{day} · сб"


def test_a_missing_fact_and_an_unknown_id_are_faults(ru: Words) -> None:
    with pytest.raises(LookupError, match="deadline"):
        ru.t("hold.extended")
    with pytest.raises(LookupError, match=r"no message 'hold\.nonsense'"):
        ru.t("hold.nonsense")
    with pytest.raises(LookupError):
        ru.n("hold.nonsense", 2)
    with pytest.raises(ValueError, match="HTML"):
        ru.plain("hold.extended", deadline="x")


# --- dates, lengths, money


@pytest.mark.parametrize(
    ("count", "russian", "english"),
    [
        (1, "1 гость", "1 guest"),
        (2, "2 гостя", "2 guests"),
        (5, "5 гостей", "5 guests"),
        (11, "11 гостей", "11 guests"),
        (21, "21 гость", "21 guests"),
    ],
)
def test_ux41_guests_are_counted_as_people_speak(count: int, russian: str, english: str) -> None:
    assert translator("ru").guests(count) == russian
    assert translator("en").guests(count) == english


def test_a_day_carries_its_weekday_and_a_stay_both_ends(ru: Words, en: Words) -> None:
    arrival, departure = datetime(2026, 12, 5, 16), datetime(2026, 12, 6, 16)
    assert ru.day(arrival.date()) == "сб 5 дек"
    assert en.day(arrival.date()) == "Sat 5 Dec"
    assert ru.day(date(2027, 5, 1), year=True) == "сб 1 мая 2027"
    assert ru.span(arrival, departure) == "сб 5 дек 16:00 → вс 6 дек 16:00"
    assert en.span(arrival, departure) == "Sat 5 Dec 16:00 → Sun 6 Dec 16:00"
    assert ru.span_short(datetime(2026, 12, 5, 20), datetime(2026, 12, 6, 8)) == "20:00 → вс 08:00"
    assert ru.span_short(datetime(2026, 12, 5, 11), datetime(2026, 12, 5, 20)) == "11:00 → 20:00"
    assert ru.visit(arrival, datetime(2026, 12, 5, 17, 30)) == "сб 5 дек 16:00–17:30"
    assert ru.day_long(arrival) == "5 декабря"
    assert (ru.month(2026, 5), ru.month_short(5), en.month(2026, 12)) == ("Май 2026", "Май", "December 2026")
    assert ru.weekdays() == ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс")


@pytest.mark.parametrize(
    ("first", "last", "russian"),
    [
        (date(2026, 12, 5), date(2026, 12, 5), "5 дек"),
        (date(2026, 12, 5), date(2026, 12, 7), "5–7 дек"),
        (date(2026, 12, 31), date(2027, 1, 1), "31 дек – 1 янв"),
    ],
)
def test_days_in_a_row_are_one_range(ru: Words, first: date, last: date, russian: str) -> None:
    assert ru.range_days(first, last) == russian


def test_lengths_are_short(ru: Words, en: Words) -> None:
    assert [ru.length(hours=hours) for hours in (12, 24, 26, 48, 49)] == ["12 ч", "24 ч", "26 ч", "2 суток", "49 ч"]
    assert [ru.length(nights=nights) for nights in (1, 2, 5)] == ["1 ночь", "2 ночи", "5 ночей"]
    assert en.length(nights=2) == "2 nights"
    assert [ru.duration(minutes) for minutes in (0, 45, 60, 90, 9600)] == [
        "0 мин",
        "45 мин",
        "1 ч",
        "1 ч 30 мин",
        "6 дней 16 ч",
    ]
    assert (ru.left(120), ru.left(45), en.left(120)) == ("ещё 2 ч", "ещё 45 мин", "2 h left")


@pytest.mark.parametrize(
    ("ends", "russian", "english"),
    [
        (datetime(2026, 11, 28, 21, 30), "21:30 сегодня", "21:30 today"),
        (datetime(2026, 11, 29, 9), "09:00 завтра, вс 29 ноя", "09:00 tomorrow, Sun 29 Nov"),
        (datetime(2026, 11, 29), "00:00 в ночь на вс 29 ноя", "00:00, the night to Sun 29 Nov"),
        (datetime(2026, 11, 29, 1, 15), "01:15 в ночь на вс 29 ноя", "01:15, the night to Sun 29 Nov"),
        (datetime(2026, 12, 5, 12), "12:00 сб 5 дек", "12:00 Sat 5 Dec"),
    ],
    ids=["today", "tomorrow", "midnight", "small hours", "later"],
)
def test_a_deadline_is_a_clock_time_and_midnight_names_its_night(ends: datetime, russian: str, english: str) -> None:
    now = datetime(2026, 11, 28, 19, 30)
    assert translator("ru").deadline(ends, now) == russian
    assert translator("en").deadline(ends, now) == english


def test_money_names_its_currency_and_drops_empty_pence(ru: Words) -> None:
    assert ru.money(80000, "BYN") == "800 BYN"
    assert ru.money(56050, "BYN") == "560.50 BYN"
    assert ru.money(999900, "BYN") == "9999 BYN"
    assert ru.money(1250000, "BYN") == "12\u202f500 BYN"
    assert ru.money(-1250050, "BYN") == "−12\u202f500.50 BYN"
    assert ru.money(12500, "JPY") == "12\u202f500 JPY"
    assert ru.amount(80000, "BYN") == "800"
    assert [ru.percent(points) for points in (5000, 1250, 1205)] == ["50 %", "12.5 %", "12.05 %"]


# --- the messages of UX 4, word for word


def test_m3_summary_reads_as_designed(ru: Words, en: Words) -> None:
    span = ru.span(datetime(2026, 12, 5, 16), datetime(2026, 12, 6, 16))
    assert ru.t("summary.title", tariff="Сутки", span=span, length=ru.length(hours=24), guests=ru.guests(4)) == (
        "<b>Проверьте</b> · Сутки · сб 5 дек 16:00 → вс 6 дек 16:00 (24 ч, время местное) · 4 гостя"
    )
    assert ru.t("summary.deposit", percent="50 %", deposit="400", rest="400") == (
        "Сейчас предоплата 50 % — <b>400</b>, при заезде — 400."
    )
    assert en.t("summary.no_refund") == "The prepayment is not refunded; you may move the dates once."


def test_m4_hold_card_reads_as_designed(ru: Words, en: Words) -> None:
    arrival, departure, now = datetime(2026, 12, 5, 16), datetime(2026, 12, 6, 16), datetime(2026, 11, 28, 19, 30)
    for speaker, said in (
        (ru, "<b>Держим для вас до 21:30 сегодня</b> (ещё 2 ч) · HB-7K3F · сб 5 дек 16:00 → вс 6 дек 16:00"),
        (en, "<b>Kept for you until 21:30 today</b> (2 h left) · HB-7K3F · Sat 5 Dec 16:00 → Sun 6 Dec 16:00"),
    ):
        assert said == speaker.t(
            "hold.card",
            deadline=speaker.deadline(datetime(2026, 11, 28, 21, 30), now),
            left=speaker.left(120),
            code="HB-7K3F",
            span=speaker.span(arrival, departure),
        )


def test_m7_late_receipt_counts_minutes(ru: Words, en: Words) -> None:
    assert ru.n("expired.late_free", 4).startswith("Чек пришёл на 4 минуты позже срока, но даты ещё свободны")
    assert ru.n("expired.late_free", 1).startswith("Чек пришёл на 1 минуту позже")
    assert en.n("expired.late_free", 4).startswith("The receipt came 4 minutes late, but the dates are still free")


def test_ux37_appointments_never_speak_of_stays() -> None:
    for language, never in (("ru", r"ноч|заезд|выезд|живут|гост"), ("en", r"night|stay|arriv|guest|depart")):
        for message_id, texts in TEXTS[language].items():
            if message_id.startswith("slot.") or message_id.endswith("_slot"):
                assert not re.search(never, " ".join(texts), re.IGNORECASE), message_id


def test_words_the_desk_never_uses() -> None:
    for language, never in (
        ("ru", r"\bхолд|депозит|ваучер|\bруб\b|ошибка|!!"),
        ("en", r"(?<!security )\bdeposit\b|\bpending\b|\bhold\b|!!"),
    ):
        for message_id, texts in TEXTS[language].items():
            assert not re.search(never, re.sub(r"\{\w+\}", "", " ".join(texts)), re.IGNORECASE), message_id


# --- limits


def test_t7_units_are_counted_as_telegram_counts() -> None:
    assert units("дом") == 3
    assert units("🏡") == 2


def test_t7_fit_breaks_no_tag_and_no_entity() -> None:
    text = "<b>" + "я&amp;" * 50 + "</b> <i>end</i>"
    for limit in range(10, 300):
        short = fit(text, limit)
        assert units(short) <= limit
        assert short.count("<b>") == short.count("</b>")
        assert not re.search(r"&(?!amp;)", short)
        assert re.sub(r"</?[bi]>", "", short).count("<") == 0
    assert fit(text, 1000) == text
    assert fit("🏡" * 10, 8) == "🏡🏡🏡…"


def test_t7_cut_is_for_plain_words() -> None:
    assert cut("короткий", 200) == "короткий"
    assert cut("🏡" * 10, 8) == "🏡🏡🏡…"
    assert cut("<b>" * 10, 5) == "<b><…"


def test_ux42_five_thousand_characters_are_cut() -> None:
    assert units(fit(escape("<b>🏡" * 1250), words.MESSAGE_LIMIT)) <= words.MESSAGE_LIMIT


# --- languages and loading


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("ru", "ru"),
        ("be", "ru"),
        ("uk", "ru"),
        ("kk", "ru"),
        ("ru-RU", "ru"),
        ("RU_by", "ru"),
        ("en", "en"),
        ("de", "en"),
        (None, "en"),
        ("", "en"),
        ("rus", "en"),
    ],
)
def test_telegrams_language_chooses_ours(code: str | None, language: str) -> None:
    assert pick_language(code) == language
    assert translator(pick_language(code)).language == language


def test_a_language_nobody_wrote_is_answered_in_english() -> None:
    assert translator("fr").t("button.yes") == "Yes"


def test_a_compiled_catalog_is_read_without_babel_and_an_older_one_is_not_believed(tmp_path: Path) -> None:
    po = tmp_path / "housebot.po"
    po.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "a.b"\nmsgstr "old"\n', encoding="utf-8"
    )
    program = (
        "import sys; from pathlib import Path; from housebot import words\n"
        f"print(words._messages(Path({str(po)!r})).gettext('a.b'), 'babel' in sys.modules)"
    )

    def said() -> str:
        return subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.strip()

    assert said() == "old True"
    from babel.messages.mofile import write_mo

    with po.open("rb") as source, po.with_suffix(".mo").open("wb") as target:
        write_mo(target, read_po(source))
    os.utime(po, (1_000_000, 1_000_000))
    assert said() == "old False"
    po.write_text(po.read_text(encoding="utf-8").replace("old", "new"), encoding="utf-8")
    os.utime(po.with_suffix(".mo"), (1_000_000, 1_000_000))
    assert said() == "new True"


def test_importing_the_words_is_cheap() -> None:
    program = "import sys; import housebot.words; print([name for name in ('babel', 'aiogram', 'asyncio', 'pydantic', 'PIL') if name in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
        == "[]"
    )
