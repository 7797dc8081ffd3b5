"""Bank data, texts and photos: set from the chat, above the document, each change remembered."""

import pytest

from housebot.errors import Refusal
from housebot.services import audit, settings
from housebot.services.settings import BankData
from housebot.storage.file import DatabaseFile
from tests.services.conftest import OPENED, OWNER

CARD = BankData("Беларусбанк", "9112 0000 1111 2222", "ANNA K", "forbidden")


def test_a7_every_change_of_a_setting_is_remembered_and_an_equal_one_is_none(empty: DatabaseFile) -> None:
    for value in ([1], [1], [2], None, None):
        empty.write_now(lambda tx, value=value: settings.put(tx, "k", value, actor=OWNER, now=OPENED))  # type: ignore[misc]
    entries = empty.read(lambda tx: audit.history(tx, "setting:k"))
    assert [(entry.before, entry.after, entry.actor) for entry in entries] == [
        (None, [1], "staff:1"),
        ([1], [2], "staff:1"),
        ([2], None, "staff:1"),
    ]
    assert empty.read(lambda tx: settings.get(tx, "k", "default")) == "default"


def test_bank_data_come_back_as_they_were_set(empty: DatabaseFile) -> None:
    assert empty.read(settings.bank) is None
    empty.write_now(lambda tx: settings.set_bank(tx, CARD, actor=OWNER, now=OPENED))
    assert empty.read(settings.bank) == empty.read(settings.payable_bank) == CARD


def test_guests_are_not_sent_the_examples_number(empty: DatabaseFile) -> None:
    shipped = BankData("Bank", "0000 0000 0000 0000", "NAME")
    empty.write_now(lambda tx: settings.set_bank(tx, shipped, actor=OWNER, now=OPENED))
    assert empty.read(settings.bank) == shipped
    assert empty.read(settings.payable_bank) is None


@pytest.mark.parametrize(
    "data",
    [
        BankData("B", "", "H"),
        BankData("B", "1" * 257, "H"),
        BankData("B", "no digits", "H"),
        BankData("B" * 300, "1234", "H"),
        BankData("B", "1234", "H", "always"),  # type: ignore[arg-type]
    ],
)
def test_bank_data_no_button_could_copy_are_refused(empty: DatabaseFile, data: BankData) -> None:
    with pytest.raises(Refusal, match="invalid"):
        empty.write_now(lambda tx: settings.set_bank(tx, data, actor=OWNER, now=OPENED))
    assert empty.read(settings.bank) is None


def test_words_are_set_by_language_and_uncovered_when_emptied(empty: DatabaseFile) -> None:
    empty.write_now(lambda tx: settings.set_text(tx, "rules", "ru", " Не курить ", actor=OWNER, now=OPENED))
    empty.write_now(lambda tx: settings.set_text(tx, "rules", "en", "No smoking", actor=OWNER, now=OPENED))
    assert empty.read(lambda tx: settings.text(tx, "rules")) == {"ru": "Не курить", "en": "No smoking"}
    for language in ("ru", "en"):
        empty.write_now(
            lambda tx, language=language: settings.set_text(tx, "rules", language, "", actor=OWNER, now=OPENED)  # type: ignore[misc]
        )
    assert empty.read(settings.text_keys) == []
    with pytest.raises(Refusal, match="invalid"):
        empty.write_now(lambda tx: settings.set_text(tx, "rules", "ru", "x" * 5000, actor=OWNER, now=OPENED))


def test_photos_make_an_album_of_ten(empty: DatabaseFile) -> None:
    for number in range(10):
        empty.write_now(
            lambda tx, number=number: settings.add_photo(tx, "house", f"id{number}", actor=OWNER, now=OPENED)  # type: ignore[misc]
        )
    assert empty.write_now(lambda tx: settings.add_photo(tx, "house", "id3", actor=OWNER, now=OPENED)) == 10
    with pytest.raises(Refusal, match="too_many_photos"):
        empty.write_now(lambda tx: settings.add_photo(tx, "house", "id10", actor=OWNER, now=OPENED))
    assert empty.read(lambda tx: settings.photos(tx, "house"))[3] == "id3"
    empty.write_now(lambda tx: settings.clear_photos(tx, "house", actor=OWNER, now=OPENED))
    assert empty.read(lambda tx: settings.photos(tx, "house")) == ()
