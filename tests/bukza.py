"""Bukza for tests: fills our template as it does, by putting an order's words in without a look at them."""

from typing import Any

from housebot.integrations import bukza

ORDER: dict[str, Any] = {
    "order": "1001",
    "reservation": "C6UDS3",
    "status": "Новый",
    "changed": "2026-11-20T14:00:00",
    "resource": "Дом",
    "start": "2026-12-05T16:00",
    "end": "2026-12-06T16:00",
    "total": "650",
    "paid": "",
    "phone": "+375 29 111-22-77",
    "first_name": "Валентина",
    "last_name": "Коваль",
    "comment": "",
}


def said(**facts: Any) -> bytes:
    """The body of one request; keys of the template, values as text. What is not named is as in ORDER."""
    text = bukza.template()
    for key, placeholder in bukza.FIELDS:
        text = text.replace(placeholder, str((ORDER | facts)[key]))
    return text.encode()
