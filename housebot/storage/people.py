"""Owns what is asked of a Telegram id before anybody knows whether it is a guest or staff."""

from housebot.storage.tx import Tx


def language(tx: Tx, telegram_id: int) -> str | None:
    """The language that person chose, else the one the desk keeps for them; None for a stranger.

    A colleague without a name is only a number of the settings so far: which language they speak is not known.
    """
    found: str | None = tx.value(
        """
        SELECT language FROM (
            SELECT language, 2 - language_chosen * 2 AS rank FROM guests WHERE telegram_id = :id
            UNION ALL
            SELECT language, 1 AS rank FROM staff WHERE telegram_id = :id AND removed_at IS NULL AND name <> ''
        ) ORDER BY rank LIMIT 1
        """,
        id=telegram_id,
    )
    return found
