"""Owns money: whole minor units of an ISO 4217 currency, percents in basis points, rounding and the ways people write them (R20, R21)."""

import re
from dataclasses import dataclass
from typing import TypedDict

from housebot.errors import Refusal

LARGEST = 10**12  # minor units; an amount this long is a slip of the finger
LARGEST_PERCENT = 100_000  # basis points: +1000 %

_WITHOUT_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF XTR"  # XTR: Telegram's stars
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_WITH_TWO = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP
    CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
    JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_EXPONENTS = {
    **dict.fromkeys(_WITHOUT_DIGITS.split(), 0),
    **dict.fromkeys(_WITH_TWO.split(), 2),
    **dict.fromkeys(_WITH_THREE.split(), 3),
}
_SPACES = " \u00a0\u202f\u2009"  # plain, no-break, narrow no-break, thin: what keyboards and our own texts put between thousands
_AMOUNT = rf"([0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+|[0-9]+)(?:[.,]([0-9]+))?"
_PERCENT = rf"([0-9]{{1,4}})(?:[.,]([0-9]{{1,2}}))?[{_SPACES}]?%?"


class MoneyJson(TypedDict):
    """Money as JSON carries it: minor units and the code."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of its currency; never a float (R20)."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse a float at the door, and a currency nobody knows."""
        if type(self.amount) is not int:
            raise TypeError(f"money is whole minor units, not {self.amount!r}")
        exponent(self.currency)

    def json(self) -> MoneyJson:
        """`{"amount": 12345, "currency": "BYN"}`."""
        return {"amount": self.amount, "currency": self.currency}


def exponent(currency: str) -> int:
    """How many decimal digits the currency has: BYN 2, JPY 0, XTR 0; an unknown code is `Refusal("invalid")`."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise Refusal("invalid", reason="currency", value=currency[:8]) from None


def parse_amount(text: str, currency: str) -> int:
    """Minor units from what people type: `600`, `600,50`, `600.5`, `1 200`; anything else is `amount_invalid`."""
    found = re.fullmatch(_AMOUNT, text.strip())
    digits = exponent(currency)
    if found is None:
        raise _invalid(text)
    whole, fraction = found[1], found[2] or ""
    if len(fraction) > digits or len(whole) > len(str(LARGEST)) + 4:
        raise _invalid(text)
    amount = int(re.sub(rf"[{_SPACES}]", "", whole) + fraction.ljust(digits, "0"))
    if amount >= LARGEST:
        raise _invalid(text)
    return amount


def parse_percent(text: str) -> int:
    """Basis points from `15`, `12.5`, `12,5` or `50%`, at most 1000 %; anything else is `amount_invalid`."""
    found = re.fullmatch(_PERCENT, text.strip())
    if found is None:
        raise _invalid(text)
    points = int(found[1] + (found[2] or "").ljust(2, "0"))
    if points > LARGEST_PERCENT:
        raise _invalid(text)
    return points


def half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to the fraction, a half going away from zero, so that a discount rounds like its price (R21)."""
    if denominator <= 0:
        raise ValueError("a fraction here has a positive denominator")
    nearest = (2 * abs(numerator) + denominator) // (2 * denominator)
    return nearest if numerator >= 0 else -nearest


def percent_of(amount: int, basis_points: int) -> int:
    """So many basis points of an amount, rounded half up, once (R21)."""
    return half_up(amount * basis_points, 10_000)


def split(amount: int, parts: int) -> list[int]:
    """Equal parts with the remainder on the last: 100.00 in three is 33.33, 33.33, 33.34 (R21)."""
    if parts < 1:
        raise ValueError("an amount is split into one part at least")
    each = abs(amount) // parts if amount >= 0 else -(abs(amount) // parts)
    return [each] * (parts - 1) + [amount - each * (parts - 1)]


def plain(amount: int, currency: str) -> str:
    """Main units as people write them in the shell and in files: `600`, `600.50`; no `.00` when whole."""
    digits = exponent(currency)
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}" if rest else f"{sign}{whole}"


def _invalid(text: str) -> Refusal:
    return Refusal("amount_invalid", value=text[:40])
