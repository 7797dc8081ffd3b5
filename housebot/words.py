"""Owns what the desk says: gettext messages in ru and en, dates, money and lengths as people read them, and safe HTML.

A message id is a dotted key beginning with its screen (`hold.card`); its words stand in `locale/*/LC_MESSAGES/housebot.po`,
sorted by screen. Ids with a part named `button` or `toast` are plain text for labels and short answers and are said by
`plain`; all others are Telegram HTML and are said by `t` and `n`. One rule keeps HTML safe: every fact is escaped unless it
is `Html`, and what `t` and `n` return is `Html`.
"""

import gettext
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from housebot.domain import money
from housebot.errors import Refusal

LANGUAGES = ("ru", "en")
MESSAGE_LIMIT, CAPTION_LIMIT, TOAST_LIMIT = 4096, 1024, 200  # Telegram's, in UTF-16 units (T7)

_LOCALE = Path(__file__).parent / "locale"
_SPEAKS_RUSSIAN = frozenset({"ru", "be", "uk", "kk"})
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_TOKEN = re.compile(r"<(?P<close>/?)(?P<tag>[a-z-]+)[^<>]*>|&[a-z0-9#]{1,8};|.", re.DOTALL)
_TAG = re.compile(r"</?[a-z-]+[^<>]*>")
_SMALL_HOURS = 5  # a clock time before this belongs, for people, to the night before
_NARROW_SPACE = "\u202f"


class Html(str):
    """Markup that is safe to send as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Names of days and months; Russian needs three forms of a month."""

    weekdays: tuple[str, ...]
    months_short: tuple[str, ...]  # beside a day
    months_of: tuple[str, ...]  # «5 декабря»
    months: tuple[str, ...]  # «Декабрь 2026»
    months_head: tuple[str, ...]  # «Дек · 11 св.»


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_CALENDARS = {
    "ru": _Calendar(
        _names("пн вт ср чт пт сб вс"),
        _names("янв фев мар апр мая июн июл авг сен окт ноя дек"),
        _names("января февраля марта апреля мая июня июля августа сентября октября ноября декабря"),
        _names("Январь Февраль Март Апрель Май Июнь Июль Август Сентябрь Октябрь Ноябрь Декабрь"),
        _names("Янв Фев Мар Апр Май Июн Июл Авг Сен Окт Ноя Дек"),
    ),
    "en": _Calendar(
        _names("Mon Tue Wed Thu Fri Sat Sun"),
        _names("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
        _names("January February March April May June July August September October November December"),
        _names("January February March April May June July August September October November December"),
        _names("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
    ),
}


class Words:
    """Everything the desk can say in one language. Build it with `translator`."""

    def __init__(self, language: str, messages: gettext.GNUTranslations) -> None:
        self.language = language
        self._messages = messages
        self._calendar = _CALENDARS[language]

    def t(self, message_id: str, /, **facts: Any) -> Html:
        """The message as HTML; facts are escaped unless they are `Html`. An unknown id or a missing fact is a LookupError."""
        return Html(
            _filled(message_id, self._template(message_id), {name: _safe(fact) for name, fact in facts.items()})
        )

    def n(self, message_id: str, count: int, /, **facts: Any) -> Html:
        """The message in the form that goes with `count`, which the text may show as `{n}`."""
        safe = {name: _safe(fact) for name, fact in facts.items()}
        return Html(_filled(message_id, self._plural(message_id, count), {"n": str(count), **safe}))

    def plain(self, message_id: str, /, **facts: Any) -> str:
        """The message for a button, a toast or a terminal: no HTML, nothing escaped."""
        template = self._template(message_id)
        if "<" in template or "&" in template:
            raise ValueError(f"{message_id} is HTML and cannot be said plainly")
        return _filled(message_id, template, {name: _bare(fact) for name, fact in facts.items()})

    def has(self, message_id: str) -> bool:
        """Whether there is such a message."""
        return self._messages.gettext(message_id) != message_id

    def refusal(self, refusal: Refusal) -> Html:
        """The reason in one line for a guest (R13).

        `refusal.<code>.<reason>` by the fact `reason` or `what`, else `refusal.<code>.exact` where its facts are there, else
        `refusal.<code>`.
        """
        for kind in (refusal.facts.get("reason"), refusal.facts.get("what")):
            if isinstance(kind, str) and self.has(f"refusal.{refusal.code}.{kind}"):
                return self.t(f"refusal.{refusal.code}.{kind}")
        exact = f"refusal.{refusal.code}.exact"
        if self.has(exact):
            needed = _PLACEHOLDER.findall(self._template(exact))
            facts = {name: self._fact(refusal.facts, name) for name in needed}
            if all(facts.values()):
                return self.t(exact, **facts)
        return self.t(f"refusal.{refusal.code}")

    def day(self, day: date, *, year: bool = False) -> str:
        """`сб 5 дек`, `Sat 5 Dec`; with the year where the text may be read long after."""
        short = f"{self.weekday(day)} {day.day} {self._calendar.months_short[day.month - 1]}"
        return f"{short} {day.year}" if year else short

    def weekday(self, day: date) -> str:
        """`сб`, `Sat`."""
        return self._calendar.weekdays[day.weekday()]

    def weekdays(self) -> tuple[str, ...]:
        """The head of a calendar, Monday first: `Пн` … `Вс`."""
        return tuple(capital(name) for name in self._calendar.weekdays)

    def weekday_names(self, weekdays: frozenset[int]) -> str:
        """Some weekdays, 0 = Monday: `пн–чт`, `сб, вс`, `пн, ср, пт`."""
        days = sorted(weekdays)
        names = [self._calendar.weekdays[day] for day in days]
        in_a_row = len(days) > 2 and days[-1] - days[0] == len(days) - 1
        return f"{names[0]}–{names[-1]}" if in_a_row else ", ".join(names)

    def day_long(self, day: date) -> str:
        """`5 декабря`, `5 December`."""
        return f"{day.day} {self._calendar.months_of[day.month - 1]}"

    def date_long(self, day: date) -> str:
        """`20 мая 2027`, for borders far ahead."""
        return f"{self.day_long(day)} {day.year}"

    def month(self, year: int, month: int) -> str:
        """`Декабрь 2026`."""
        return f"{self._calendar.months[month - 1]} {year}"

    def month_short(self, month: int) -> str:
        """`Дек`, standing alone."""
        return self._calendar.months_head[month - 1]

    def moment(self, local: datetime) -> str:
        """`сб 5 дек 16:00`."""
        return f"{self.day(local)} {clock_time(local)}"

    def span(self, arrival: datetime, departure: datetime) -> str:
        """Both ends, always: `сб 5 дек 16:00 → вс 6 дек 16:00`."""
        return f"{self.moment(arrival)} → {self.moment(departure)}"

    def span_short(self, arrival: datetime, departure: datetime) -> str:
        """Where the day is already named: `20:00 → вс 08:00`, `16:00 → 21:00`."""
        end = clock_time(departure)
        return f"{clock_time(arrival)} → {end if departure.date() == arrival.date() else f'{self.weekday(departure)} {end}'}"

    def visit(self, start: datetime, end: datetime) -> str:
        """An appointment: `сб 5 дек 16:00–17:30`."""
        return f"{self.moment(start)}–{clock_time(end)}"

    def range_days(self, first: date, last: date) -> str:
        """Days, both inclusive: `5 дек`, `5–7 дек`, `31 дек – 1 янв`."""
        names = self._calendar.months_short
        end = f"{last.day} {names[last.month - 1]}"
        if first == last:
            return end
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day}–{end}"
        return f"{first.day} {names[first.month - 1]} – {end}"

    def length(self, *, hours: int = 0, nights: int = 0) -> str:
        """`24 ч`, `2 суток` from 48 whole hours on, or `2 ночи`."""
        if nights:
            return self.n("length.nights", nights)
        if hours >= 48 and hours % 24 == 0:
            return self.n("length.days", hours // 24)
        return self.t("length.hours", n=hours)

    def duration(self, minutes: int) -> str:
        """The two largest steps: `45 мин`, `1 ч 30 мин`, `6 дней 16 ч`."""
        days, rest = divmod(max(minutes, 0), 24 * 60)
        hours, left = divmod(rest, 60)
        steps: list[str] = []
        if days:
            steps.append(self.n("length.calendar_days", days))
        if hours:
            steps.append(self.t("length.hours", n=hours))
        if (left and not days) or not steps:
            steps.append(self.t("length.minutes", n=left))
        return " ".join(steps)

    def left(self, minutes: int) -> str:
        """`ещё 2 ч`, `2 h left`."""
        return self.t("length.left", length=self.duration(minutes))

    def deadline(self, local: datetime, now_local: datetime) -> str:
        """A clock time that stays true on an old card: `21:30 сегодня`, `00:00 в ночь на вс 29 ноя`, never a bare midnight."""
        at, day = clock_time(local), self.day(local)
        if local.hour < _SMALL_HOURS:
            return self.t("deadline.night", time=at, day=day)
        if local.date() == now_local.date():
            return self.t("deadline.today", time=at)
        if local.date() == now_local.date() + timedelta(days=1):
            return self.t("deadline.tomorrow", time=at, day=day)
        return self.t("deadline.later", time=at, day=day)

    def guests(self, count: int) -> str:
        """`1 гость`, `2 гостя`, `5 гостей`."""
        return self.n("guests", count)

    def amount(self, amount: int, currency: str) -> str:
        """`800`, `560.50`, thousands parted from 10 000 on; for lines under a total that names the currency."""
        whole, point, rest = money.plain(abs(amount), currency).partition(".")
        if len(whole) >= 5:
            whole = f"{int(whole):,}".replace(",", _NARROW_SPACE)
        return f"{'−' if amount < 0 else ''}{whole}{point}{rest}"  # a minus of its own, not the dash of a line

    def money(self, amount: int, currency: str) -> str:
        """Always with the code: `800 BYN`, `12 500 BYN`."""
        return f"{self.amount(amount, currency)} {currency}"

    def percent(self, basis_points: int) -> str:
        """`50 %`, `12.5 %`."""
        whole, rest = divmod(basis_points, 100)
        return f"{whole}{f'.{rest:02d}'.rstrip('0') if rest else ''} %"

    def _fact(self, facts: Mapping[str, Any], name: str) -> str:
        """How a fact of a refusal reads; empty where it is missing or not what it should be."""
        value = facts.get(name)
        if isinstance(value, int) and facts.get("measure") in ("nights", "hours"):
            return self.length(**{str(facts["measure"]): value})
        if isinstance(value, int):
            return str(value)
        if isinstance(value, str) and name in ("last", "date"):
            return self.date_long(date.fromisoformat(value))
        if isinstance(value, list) and name == "allowed":
            return self.weekday_names(frozenset(value))
        return ", ".join(value) if isinstance(value, list) else ""

    def _template(self, message_id: str) -> str:
        found = self._messages.gettext(message_id)
        if found == message_id:
            raise LookupError(f"no message {message_id!r} in {self.language}")
        return found

    def _plural(self, message_id: str, count: int) -> str:
        found = self._messages.ngettext(message_id, message_id, count)
        if found == message_id:
            raise LookupError(f"no plural message {message_id!r} in {self.language}")
        return found


@cache
def translator(language: str) -> Words:
    """The words of that language; anything but `ru` is answered in English."""
    known = language if language in LANGUAGES else "en"
    return Words(known, _messages(_LOCALE / known / "LC_MESSAGES" / "housebot.po"))


def pick_language(telegram_code: str | None) -> str:
    """`ru` for people whose Telegram speaks Russian, Belarusian, Ukrainian or Kazakh, else `en` (UX 3)."""
    return "ru" if (telegram_code or "").lower().replace("_", "-").partition("-")[0] in _SPEAKS_RUSSIAN else "en"


def escape(text: object) -> Html:
    """Somebody's words inside our HTML: markup shown as typed, control and direction-changing characters taken out."""
    return Html(_clean(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def join(separator: str, parts: Sequence[str]) -> Html:
    """Parts on one line or one under another; parts that are not `Html` are escaped, empty ones left out."""
    return Html(separator.join(_safe(part) for part in parts if part))


def bold(text: object) -> Html:
    """`<b>…</b>` around safe words."""
    return Html(f"<b>{_safe(text)}</b>")


def code(text: object) -> Html:
    """`<code>…</code>`: copied by a tap."""
    return Html(f"<code>{_safe(text)}</code>")


def capital(text: str) -> str:
    """The first letter large, the rest as it is: `Сб 5 дек` at the start of a sentence."""
    large = text[:1].upper() + text[1:]
    return Html(large) if isinstance(text, Html) else large


def clock_time(local: datetime | time) -> str:
    """`16:00`."""
    return f"{local:%H:%M}"


def units(text: str) -> int:
    """The length as Telegram counts it: UTF-16 units (T7)."""
    return len(text) + sum(character > "\uffff" for character in text)


def fit(text: str, limit: int) -> Html:
    """HTML cut to `limit` UTF-16 units with an ellipsis; no tag or entity is broken and every open tag is closed."""
    if units(text) <= limit:
        return Html(text)
    kept: list[str] = []
    opened: list[str] = []
    used = 0
    best: tuple[int, list[str]] = (0, [])
    for token in _TOKEN.finditer(text):
        used += units(token[0])
        if used + 1 > limit:
            break
        kept.append(token[0])
        if token["tag"] and token["close"]:
            opened = opened[:-1]
        elif token["tag"]:
            opened = [*opened, token["tag"]]
        if used + 1 + sum(len(tag) + 3 for tag in opened) <= limit:
            best = (len(kept), opened)
    length, still_open = best
    return Html("".join(kept[:length]) + "…" + "".join(f"</{tag}>" for tag in reversed(still_open)))


def cut(text: str, limit: int) -> str:
    """Plain text cut to `limit` UTF-16 units with an ellipsis, never inside a surrogate pair."""
    if units(text) <= limit:
        return text
    used, kept = 1, 0
    for character in text:
        used += 2 if character > "\uffff" else 1
        if used > limit:
            break
        kept += 1
    return text[:kept] + "…"


def _filled(message_id: str, template: str, facts: Mapping[str, str]) -> str:
    try:
        return _PLACEHOLDER.sub(lambda found: facts[found[1]], template)
    except KeyError as missing:
        raise LookupError(f"{message_id} needs the fact {missing}") from None


def _safe(fact: object) -> Html:
    return fact if isinstance(fact, Html) else escape(fact)


def _bare(fact: object) -> str:
    """Plain words of a fact: `Html` loses its tags and entities, anything else only what would disturb the line."""
    if not isinstance(fact, Html):
        return _clean(str(fact))
    return _TAG.sub("", fact).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def _clean(text: str) -> str:
    """No control characters, no direction overrides; right-to-left words stand isolated so that our own order is kept."""
    kept = "".join(
        character for character in text if character in "\n\u200d" or unicodedata.category(character) not in _UNWANTED
    )
    if any(unicodedata.bidirectional(character) in ("R", "AL") for character in kept):
        return f"\u2068{kept}\u2069"
    return kept


_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co"})


def _messages(po: Path) -> gettext.GNUTranslations:
    """The compiled catalog, or the source compiled in memory where it is newer, as in a checkout being worked on."""
    mo = po.with_suffix(".mo")
    if mo.exists() and (not po.exists() or mo.stat().st_mtime >= po.stat().st_mtime):
        with mo.open("rb") as compiled:
            return gettext.GNUTranslations(compiled)
    from babel.messages.mofile import write_mo  # slow to import, and an installed housebot never needs it
    from babel.messages.pofile import read_po

    target = BytesIO()
    with po.open("rb") as source:
        write_mo(target, read_po(source))
    target.seek(0)
    return gettext.GNUTranslations(target)
