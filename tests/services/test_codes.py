"""Codes: every letter is as likely as any other, and chance is asked again where it was not enough (R23, R49)."""

import secrets
import string
from collections import Counter

import pytest

from housebot.domain import gift
from housebot.services import codes, quotes

ALPHABETS = (quotes.ALPHABET, gift.ALPHABET, string.ascii_letters + string.digits, "AB")


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_of_all_bytes_there_are_each_letter_gets_as_many(alphabet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    each, over = divmod(256, len(alphabet))
    # Those that would make some letters come more often come first: left in, they stand in the way of others.
    given = bytes(range(256 - over, 256)) + bytes(range(256 - over))
    monkeypatch.setattr(secrets, "token_bytes", lambda _: given)
    assert Counter(codes.random(alphabet, each * len(alphabet))) == dict.fromkeys(alphabet, each)


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_a_code_is_as_long_as_it_was_asked_for_and_of_these_letters_alone(alphabet: str) -> None:
    for length in (1, 4, 10, 64):
        made = codes.random(alphabet, length)
        assert len(made) == length
        assert set(made) <= set(alphabet)


def test_chance_that_gave_too_few_letters_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter([b"\xff" * 8, b"\x00\xff" * 4, b"\x01" * 8])  # nothing, four letters, more than enough
    monkeypatch.setattr(secrets, "token_bytes", lambda _: next(given))
    assert codes.random(quotes.ALPHABET, 4) == quotes.ALPHABET[0] * 4
    assert next(given) == b"\x01" * 8
