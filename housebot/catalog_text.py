"""Owns writing a catalog as the file an owner edits: `to_toml(document)` is read back by `housebot.catalog_file` as the same document."""

import json
from collections.abc import Iterator
from typing import Any

from housebot import catalog_models as shapes
from housebot.catalog_models import INCLUDED, OFFERED, WEEKDAYS, Shape
from housebot.domain.catalog_document import Document
from housebot.domain.money import plain

_MONEY = {
    "price", "amount", "per_date", "fixed", "extra_price", "extra_hour_price", "extra_guest_price", "day_totals", "damage_deposit",
}  # fmt: skip
_MINUTES = {"minutes", "before", "cleaning", "bank_transfer", "bank_transfer_soon", "soon", "extension", "staff"} | {
    "after_refused_receipt", "receipt_renewal", "card_link", "card_link_more", "invoice", "invoice_more", "counter_offer", "change",
}  # fmt: skip
_HEAD = ("name", "currency", "zone", "languages", "cap_at_longer_stay", "gift_months")


class _Written(str):
    """A value that is TOML already: a number as people write it."""

    __slots__ = ()


def to_toml(document: Document) -> str:
    """The file of a document, without the comments an owner may have had in it."""
    return "\n".join(_Writer(document).lines()).rstrip("\n") + "\n"


class _Writer:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.currency: str = document["currency"]
        self.fees = [extra for extra in document.get("extras", ()) if extra.get("mandatory")]
        self.percents = {extra["id"] for extra in document.get("extras", ()) if extra["basis"] == "percent"}

    def lines(self) -> Iterator[str]:
        """The whole file, line by line."""
        document = self.document
        yield from self._keys(shapes.Head, {key: document[key] for key in _HEAD if key in document})
        for name, shape in (("desk", shapes.Desk), ("holds", shapes.Holds), ("city_tax", shapes.CityTax)):
            if name in document:
                yield from self._section(f"[{name}]", shape, document[name])
        extras = [extra for extra in document.get("extras", ()) if not extra.get("mandatory")]
        yield from self._list("parts", shapes.Part, document["parts"])
        yield from self._list("units", shapes.Unit, document["units"])
        yield from self._list("age_bands", shapes.AgeBand, document["bands"])
        yield from self._list("extras", shapes.Extra, extras)
        yield from self._list("fees", shapes.Fee, map(self._fee, self.fees))
        yield from self._list("tariffs", shapes.Tariff, map(self._tariff, document["tariffs"]))
        yield from self._list("dated_prices", shapes.DatedPrice, document.get("dated_prices", ()))
        yield from self._list("stay_rules", shapes.StayRule, document.get("stay_rules", ()))
        yield from self._list("taxes", shapes.Tax, document.get("taxes", ()))
        yield from self._list("deposits", shapes.Deposit, map(self._deposit, document.get("deposits", ())))
        if "cancellation" in document:
            yield from self._section(
                "[cancellation]", shapes.Cancellation, self._cancellation(document["cancellation"])
            )
        yield from self._list("questions", shapes.Question, map(self._question, document.get("questions", ())))
        for key, words in document.get("texts", {}).items():
            yield from ("", f"[texts.{key}]", *(f"{language} = {_long(text)}" for language, text in words.items()))

    def _list(self, name: str, shape: type[Shape], tables: Any) -> Iterator[str]:
        for table in tables:
            yield from self._section(f"[[{name}]]", shape, table)

    def _section(self, header: str, shape: type[Shape], table: Document) -> Iterator[str]:
        yield from ("", header)
        yield from self._keys(shape, table)

    def _keys(self, shape: type[Shape], table: Document) -> Iterator[str]:
        for name, value in table.items():
            if value is not None:
                key = shape.model_fields[name].alias or name
                yield f"{key} = {_toml(self._written(name, value, table))}"

    def _written(self, name: str, value: Any, table: Document) -> Any:
        """A value of the canonical document as people write it."""
        if name == "percent" or (name == "price" and table.get("basis") == "percent"):
            return _Written(plain(value, "EUR"))
        if name in _MONEY:
            return [self._money(one) for one in value] if isinstance(value, list) else self._money(value)
        if (name in _MINUTES or name.endswith("_minutes")) and isinstance(value, int):
            return _length(value)
        if name in {"window_months", "gift_months"}:
            return f"{value} months"
        if name == "weekdays":
            return [WEEKDAYS[day] for day in value]
        if name == "weekday_pairs":
            return [[WEEKDAYS[day] for day in pair] for pair in value]
        if name == "working_hours":
            return [
                {"days": [WEEKDAYS[day] for day in row["weekdays"]], "opens": row["opens"], "closes": row["closes"]}
                for row in value
            ]
        return value

    def _money(self, amount: int) -> _Written:
        return _Written(plain(amount, self.currency))

    def _fee(self, fee: Document) -> Document:
        charged = [tariff["id"] for tariff in self.document["tariffs"] if fee["id"] in tariff.get("extras", {})]
        return {"price": 0} | {key: value for key, value in fee.items() if key != "mandatory"} | {"tariffs": charged}

    def _tariff(self, tariff: Document) -> Document:
        fees = {fee["id"] for fee in self.fees}
        included = set(tariff.get("included_extras", ()))
        extras = {
            name: INCLUDED if name in included else OFFERED if name in self.percents else self._money(price)
            for name, price in tariff.get("extras", {}).items()
            if name not in fees
        }
        table = {key: value for key, value in tariff.items() if key not in {"extras", "included_extras"}}
        discounts = [
            {"from_nights": nights, "percent": _Written(plain(percent, "EUR"))}
            for nights, percent in tariff.get("length_discounts", ())
        ]
        return table | ({"extras": extras} if extras else {}) | ({"length_discounts": discounts} if discounts else {})

    def _deposit(self, deposit: Document) -> Document:
        holidays = zip(deposit.get("holidays", ()), deposit.get("holiday_names", ()), strict=True)
        table = {key: value for key, value in deposit.items() if key not in {"holidays", "holiday_names"}}
        full_on = [{"dates": span, "name": name} for span, name in holidays]
        return table | ({"full_on": full_on} if full_on else {})

    def _cancellation(self, policy: Document) -> Document:
        tiers = [
            {"before": _length(tier["before_minutes"]), "fee": _fee_words(tier)} for tier in policy.get("tiers", ())
        ]
        return policy | ({"tiers": tiers} if tiers else {})

    def _question(self, question: Document) -> Document:
        options = [{"id": name, "text": text} for name, text in question.get("options", ())]
        return question | ({"options": options} if options else {})


def _fee_words(tier: Document) -> str:
    if tier["fee"] == "deposit":
        return "deposit"
    value = tier.get("value", 0)
    return f"{plain(value, 'EUR')}%" if tier["fee"] == "percent" else f"{value} nights"


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours}h {rest}m" if hours and rest else f"{rest}m" if rest else f"{hours}h"


def _toml(value: Any) -> str:
    if isinstance(value, _Written):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    pairs = ", ".join(f"{key} = {_toml(one)}" for key, one in value.items())
    return f"{{ {pairs} }}"


def _string(text: str) -> str:
    # A JSON string is a TOML string, save that TOML wants DEL escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _long(text: str) -> str:
    """Words over several lines as they look; anything unusual in them as one escaped line."""
    if "\n" not in text or "\\" in text or '"""' in text or not text.replace("\n", "").isprintable():
        return _string(text)
    return f'"""\n{text}\n"""'
