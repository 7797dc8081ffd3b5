"""What `catalog apply` says before it stores a version."""

import copy
from collections.abc import Callable

import pytest

from housebot.domain.catalog_diff import diff
from housebot.domain.catalog_document import Document, to_document
from tests.factories import guesthouse, secret_house


def changed(change: Callable[[Document], object], *, document: Document | None = None) -> list[str]:
    old = document or to_document(secret_house())
    new = copy.deepcopy(old)
    change(new)
    return diff(old, new)


def test_equal_documents_say_nothing() -> None:
    assert changed(lambda document: None) == []


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        pytest.param(lambda d: d["tariffs"][0].update(price=75050), ["tariffs (day) → price: 700 → 750.50"], id="money in main units"),
        pytest.param(lambda d: d["tariffs"][1]["day_totals"].__setitem__(0, 1), ["tariffs (couple) → day_totals: 500, 900, 1200, 1600, 2000, 2400, 2800, 3100, 3500, 3900, 4300, 4600, 4900, 5200 → 0.01, 900, 1200, 1600, 2000, 2400, 2800, 3100, 3500, 3900, 4300, 4600, 4900, 5200"], id="a table"),
        pytest.param(lambda d: d["tariffs"][2]["extras"].update(sauna=12000), ["tariffs (half-day) → extras.sauna: 100 → 120"], id="a price of an extra"),
        pytest.param(lambda d: d["units"][0].update(cleaning=150), ["units (house) → cleaning: 2h → 2h 30m"], id="a length"),
        pytest.param(lambda d: d["deposits"][0].update(percent=2550), ["deposits[0] → percent: 50 % → 25.50 %"], id="a percent"),
        pytest.param(lambda d: d["tariffs"][3].update(weekdays=[0, 4]), ["tariffs (worker) → weekdays: mon, tue, wed, thu → mon, fri"], id="weekdays"),
        pytest.param(lambda d: d["tariffs"][3].pop("weekdays"), ["tariffs (worker) → weekdays: mon, tue, wed, thu → not set"], id="taken away"),
        pytest.param(lambda d: d.update(cap_at_longer_stay=False), ["cap_at_longer_stay: yes → no"], id="a switch"),
        pytest.param(lambda d: d["tariffs"].pop(0), ["tariffs (day): removed"], id="a tariff removed"),
        pytest.param(lambda d: d["extras"].append({"id": "boat", "basis": "hour"}), ["extras (boat): added"], id="an extra added"),
        pytest.param(lambda d: d.pop("dated_prices"), ["dated_prices (new-year): removed"], id="a section removed"),
        pytest.param(lambda d: d["parts"].reverse(), ["parts: order is now sauna, secret-room, green-bedroom, white-bedroom"], id="another order"),
        pytest.param(lambda d: d["texts"]["welcome"].update(en="x" * 100), [f"texts.welcome.en: \"A house with a sauna near Minsk, up to 6 guests. Tell me whe…\" → \"{'x' * 60}…\""], id="a long text is cut"),
    ],
)  # fmt: skip
def test_a_change_is_one_line_in_the_words_of_the_file(change: Callable[[Document], object], lines: list[str]) -> None:
    assert changed(change) == lines


def test_a_percent_extra_is_shown_as_a_percent() -> None:
    document = to_document(guesthouse())
    document["extras"].append({"id": "service", "name": {"en": "Service"}, "basis": "percent", "price": 500})
    document["tariffs"][0]["extras"]["service"] = 500
    lines = changed(
        lambda new: (new["extras"][-1].update(price=750), new["tariffs"][0]["extras"].update(service=750)),
        document=document,
    )
    assert lines == ["tariffs (room) → extras.service: 5 % → 7.50 %", "extras (service) → price: 5 % → 7.50 %"]


def test_a_changed_currency_shows_each_side_in_its_own() -> None:
    old = to_document(secret_house())
    new = copy.deepcopy(old)
    new["currency"] = "JPY"
    new["tariffs"][0]["price"] = 700
    assert diff(old, new) == ['currency: "BYN" → "JPY"', "tariffs (day) → price: 700 → 700"]
