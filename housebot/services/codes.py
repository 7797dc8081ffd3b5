"""Owns words made by chance: all of them are as likely as each other, and nobody can guess the next."""

import secrets


def random(alphabet: str, length: int) -> str:
    """So many letters of the alphabet. Chance is asked once for all of them: it is dearer than the letters."""
    many = len(alphabet)
    number = secrets.randbelow(many**length)
    letters = []
    for _ in range(length):
        number, letter = divmod(number, many)
        letters.append(alphabet[letter])
    return "".join(letters)
