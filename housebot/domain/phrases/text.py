"""Owns the text being read: normalised once, then shorter with everything a reader takes out."""

import re
import unicodedata
from collections.abc import Callable


class Reader:
    """The text that is still to be understood: what a reader takes is gone for the next."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(
        self, pattern: re.Pattern[str], fits: Callable[[re.Match[str]], bool] = lambda _: True
    ) -> re.Match[str] | None:
        """The first match that fits, cut out of the text."""
        for found in pattern.finditer(self.text):
            if fits(found):
                self.text = f"{self.text[: found.start()]} | {self.text[found.end() :]}"
                return found
        return None

    def take_all(
        self, pattern: re.Pattern[str], fits: Callable[[re.Match[str]], bool] = lambda _: True
    ) -> list[re.Match[str]]:
        """Every match that fits, cut out of the text."""
        found = []
        while (one := self.take(pattern, fits)) is not None:
            found.append(one)
        return found


def whole(pattern: str) -> re.Pattern[str]:
    """The pattern as whole words."""
    return re.compile(rf"(?<!\w)(?<!\d[.,:/])(?:{pattern})(?!\w)")


_NUMBER_WORDS = {
    1: "один одна одну одного one",
    2: "два две двух two",
    3: "три трех three",
    4: "четыре четырех four",
    5: "пять пяти five",
    6: "шесть шести six",
    7: "семь семи seven",
    8: "восемь восьми eight",
    9: "девять девяти nine",
    10: "десять десяти ten",
}
_COLLECTIVE = {
    2: "двое двоих вдвоем двоем",
    3: "трое троих втроем",
    4: "четверо четверых вчетвером",
    5: "пятеро пятерых впятером",
    6: "шестеро шестерых вшестером",
    7: "семеро семерых всемером",
    8: "восьмеро восьмерых ввосьмером",
}
_DIGITS = {word: str(number) for number, words in _NUMBER_WORDS.items() for word in words.split()}
_PEOPLE = {word: str(number) for number, words in _COLLECTIVE.items() for word in words.split()}
_WORD = re.compile(r"[^\W\d_]+")


def normal(text: str) -> str:
    """Small letters, plain dashes and spaces, numbers in digits, signs that mean nothing to us gone."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").replace("'", "").replace("’", "")
    text = re.sub(r"[‐-―−→⟶]", "-", text)
    text = re.sub(r"[^\w.,:/+-]|_", " ", text)
    text = re.sub(r" {2,}", " ", text).strip(" .,:/-+")
    text = re.sub(r"\b(двое|трое|четверо|пятеро) суток\b", lambda found: f"{_PEOPLE[found[1]]} суток", text)
    text = re.sub(r"\b(?:пар[ауы]|a couple of|couple of) (?=дн|сут|ноч|час|day|night|hour)", "2 ", text)

    text = re.sub(r"(?<!\d )(?<!\d)\bчас (?=дня\b|ночи\b)", "1 час ", text)

    def digits(found: re.Match[str]) -> str:
        word = found[0]
        return f"{_PEOPLE[word]} чел" if word in _PEOPLE else _DIGITS.get(word, word)

    return _WORD.sub(digits, text)


BEFORE_TIME = r"в|во|с|со|к|ко|до|после|около|at|from|after|by|around|about|until|till"
