"""Owns the simulator's two kinds of no: Telegram's refusal to a bot, and a wrong wish told to whoever drives the simulator."""

from typing import Any


class ApiError(Exception):
    """What Telegram answers instead of a result; `parameters` carries retry_after or migrate_to_chat_id."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON object of the answer."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(description: str) -> ApiError:
    """400 in Telegram's form: the first letter is small unless the text is a CODE_LIKE_THIS."""
    if not description[1:2].isupper() and description[1:2] != "_":
        description = description[:1].lower() + description[1:]
    return ApiError(400, f"Bad Request: {description}")


def forbidden(description: str) -> ApiError:
    """403 in Telegram's form."""
    return ApiError(403, f"Forbidden: {description}")


class WrongWishError(Exception):
    """The person at the controls asked for something that cannot be: an unknown user, a button that is not there."""
