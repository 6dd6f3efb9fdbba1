"""Telephone numbers: one form to compare, one to read, and finding them as people type them. Pure."""

import re
import unicodedata

import phonenumbers
from babel.core import get_global
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

LONGEST_TYPED = 60

_FEWEST_DIGITS, _MOST_DIGITS = 10, 15
_FEWEST_SEARCHED = 3
_TYPED = re.compile(r"[+\d\s()./\u2010-\u2015-]+")


def normal_phone(typed: str | None, region: str | None = None) -> str | None:
    """The number in the one form that is compared (E.164: "+79123456789"), or None if it is none.

    `region` ("RU", "ES") is where a number without a country code is at home.
    """
    number = _parsed(typed, region)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if number is not None else None


def proven_phone(told: str) -> str | None:
    """The same for a number the outside vouches for: with its country's code, not always with the +."""
    return normal_phone(told if told.startswith("+") else f"+{told}")


def is_callable(typed: str | None, region: str | None = None) -> bool:
    """Whether somebody could be called on this: it parses to a number of 10 to 15 digits."""
    normal = normal_phone(typed, region)
    return normal is not None and _FEWEST_DIGITS <= len(normal) - 1 <= _MOST_DIGITS


def shown_phone(normal: str) -> str:
    """The number as people read it, "+7 912 345-67-89"; what is no number is returned as it is."""
    number = _parsed(normal, None)
    return (
        phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL) if number is not None else normal
    )


def searched_digits(typed: str, region: str | None = None) -> tuple[str, ...]:
    """Runs of digits to look for inside normal numbers, for what somebody types into a search box.

    Empty unless it looks like part of a number. "8 (912) 345" is looked for as it stands and,
    where the trunk prefix 8 means Russia, as 7912345 and 912345.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    digits = phonenumbers.normalize_digits_only(text)
    if not _TYPED.fullmatch(text) or len(digits) < _FEWEST_SEARCHED:
        return ()
    others = [] if text.startswith("+") or region is None else _without_prefix(digits, region)
    return (digits, *(each for each in others if len(each) >= _FEWEST_SEARCHED))


def region_of_zone(zone: str) -> str | None:
    """Where a time zone is ("Europe/Moscow" is in "RU"): the home of numbers without a country code."""
    territory = get_global("zone_territories").get(zone)
    return territory if territory is not None and len(territory) == 2 else None


def _without_prefix(digits: str, region: str) -> list[str]:
    """The digits without the prefix for calls abroad, or without the one for calls within the country."""
    country = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if country is None:
        return []
    abroad = re.match(country.international_prefix or "(?!)", digits)
    if abroad is not None:
        return [digits[abroad.end() :]]
    if country.national_prefix and digits.startswith(country.national_prefix):
        rest = digits[len(country.national_prefix) :]
        return [f"{country.country_code}{rest}", rest]
    return []


def _parsed(typed: str | None, region: str | None) -> PhoneNumber | None:
    text = (typed or "").strip()
    if not text or len(text) > LONGEST_TYPED:
        return None
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None
