"""Owns words made by chance: all of them are as likely as each other, and nobody can guess the next."""

import secrets
from functools import cache


def random(alphabet: str, length: int) -> str:
    """So many letters of the alphabet, which is ASCII. Chance is asked once for all of them: it is dearer than the letters."""
    table, unfair = _letters(alphabet)
    made = b""
    while len(made) < length:
        made += secrets.token_bytes(2 * length).translate(table, unfair)
    return made[:length].decode("ascii")


@cache
def _letters(alphabet: str) -> tuple[bytes, bytes]:
    """The letter that each byte stands for, and the bytes that are thrown away: with them some letters would come more often."""
    many, letters = len(alphabet), alphabet.encode("ascii")
    return bytes(letters[byte % many] for byte in range(256)), bytes(range(256 - 256 % many, 256))
