"""Owns what is said to people in other messengers: plain words, no buttons, in their language."""

from housebot.words import translator


def menu(language: str, link: str) -> str:
    """What there is to do here, and the link to book."""
    return translator(language).plain("channel.menu", link=link)
