"""Owns how an event is signed, so that its receiver knows who sent it, when, and that nobody changed it (A6)."""

import hmac
from collections.abc import Iterable
from datetime import datetime


def headers(code: str, body: bytes, secrets: Iterable[str], *, now: datetime) -> dict[str, str]:
    """What goes with one try: the event's code, the second of the try, and a signature by every secret.

    HMAC-SHA256 over `code.timestamp.body`, its key the secret as it was shown, in lower-case hexadecimal. Each try has a
    timestamp of its own: a receiver may refuse old ones, and a letter caught on its way is of no use to anybody later.
    """
    timestamp = str(int(now.timestamp()))
    signed = b".".join((code.encode(), timestamp.encode(), body))
    signatures = [f"v1={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}" for secret in secrets]
    return {"Housebot-Id": code, "Housebot-Timestamp": timestamp, "Housebot-Signature": ",".join(signatures)}
