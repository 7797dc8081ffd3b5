"""The drawn card of a gift: what people type does not break it, and its QR code is there (R49)."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from housebot.bot.canvas import WIDTH, wrapped
from housebot.bot.gift_picture import Face, draw

FACE = Face(
    "Secret House",
    "Сертификат на сумму",
    "200 BYN",
    "Кому: Маша",
    "С днём рождения",
    "ABCDE-FGKMN-PRSTW",
    "Действует по сб 20 фев 2027",
    "Наведите камеру",
    "https://t.me/secret_house_bot?start=gift_ABCDE-FGKMN-PRSTW",
)


def drawn(face: Face) -> Image.Image:
    return Image.open(BytesIO(draw(face))).convert("RGB")


@pytest.mark.parametrize(
    "face",
    [
        FACE,
        replace(FACE, recipient="Кому: " + "Александра-Пантелеймона " * 6, house="Д" * 300),
        replace(FACE, wish="🎉" * 300),
        replace(FACE, wish="я" * 300, worth="Сутки, " + "сауна, " * 40),
        replace(FACE, wish="שלום " * 60, recipient="\u202eевил", code="ABCDE"),
        replace(FACE, wish="", recipient="", scan="", link=""),
    ],
    ids=["plain", "long names", "emoji", "one word", "right to left", "bare"],
)
def test_whatever_is_typed_stays_on_the_card(face: Face) -> None:
    picture = drawn(face)
    assert picture.width == WIDTH
    assert picture.height < 2000
    edge = picture.crop((WIDTH - 80, 200, WIDTH - 50, picture.height - 200)).getcolors()
    assert edge is not None
    assert {colour for _, colour in edge} == {(255, 255, 255)}, "nothing is drawn over the edge"
    assert draw(face) == draw(face)


def test_an_empty_wish_takes_no_room_and_emoji_alone_is_one() -> None:
    assert drawn(replace(FACE, wish="🎉🎉")).height == drawn(replace(FACE, wish="")).height < drawn(FACE).height


def test_long_words_are_broken_and_what_has_no_room_ends_in_dots() -> None:
    lines = wrapped("я" * 400 + " конец", 34, bold=False, room=600, most=3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
