"""Phone numbers: E.164 where the country can be known, the bare digits where it can't.

A national number without a country keeps its digits, so that it still compares within a file; so do numbers that no
numbering plan knows. An extension is not part of the standard.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, ValidationResult

_FEWEST, _MOST = 6, 18
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)  # what a spreadsheet leaves of a long number: lossy
_WRITTEN = re.compile(
    r"(?:(?:tel|phone|mob|mobile|fax|cell|ph)\.?:?\s*)?\+?[\d\s()./\-–]{7,24}(?:\s*(?:x|ext\.?|ext\.?:|#)\s*\d{1,6})?",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,4}\s*[./\- ]\s*\d{1,2}\s*[./\- ]\s*\d{1,4}(?:[ T].*)?")

_NOT_DIGIT = re.compile(r"[^0-9]")
_PLAIN = re.compile(r"\(?[1-9][0-9 ().-]*[0-9]")  # nothing but digits and what parts them; no leading zero
_DATE_ALONE = re.compile(r"\d{1,4}/\d{1,2}/\d{1,4}")


@lru_cache(maxsize=1 << 15)
def phone(cleaned: str, country: str | None) -> str | None:
    """Give E.164 for a number of `country` (ISO 3166 alpha-2) or with its own country code, else its digits, else None.

    None: fewer than 6 digits, more than 18, a date, or a number that a spreadsheet has rounded ("4.9E+11").
    """
    text = cleaned[:64].removesuffix(".0").removeprefix("tel:")
    digits = _NOT_DIGIT.sub("", text) if text.isascii() else phonenumbers.normalize_digits_only(text)
    if len(digits) < _FEWEST or _SCIENTIFIC.fullmatch(text) or _DATE_ALONE.fullmatch(text):
        return None
    if text.startswith("00"):
        text = "+" + text[2:]
    # A number in unusual clothes ("01:23 45") is read again by its digits.
    for written in (text, f"+{digits}" if text.startswith("+") else digits):
        if found := _e164(written, country):
            return found
    return digits if len(digits) <= _MOST else None


def _e164(written: str, country: str | None) -> str | None:
    """Give E.164 if the number's length fits the numbering plan that it can be read by."""
    if not country and not written.startswith("+"):
        return None
    if country and (plain := _national(written, country)):
        return plain
    try:
        number = phonenumbers.parse(written, country)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _national(written: str, country: str) -> str | None:
    """Give E.164 of a number that is plainly national, without a prefix of any kind; None: let phonenumbers read it.

    The same answer in a tenth of the time; most numbers of most countries without a trunk prefix are such.
    """
    known = _numbering(country)
    if known is None or not _PLAIN.fullmatch(written):
        return None
    code, lengths, prefixes = known
    digits = _NOT_DIGIT.sub("", written)
    if len(digits) not in lengths or any(prefix.match(digits) for prefix in prefixes):
        return None
    return f"+{code}{digits}"


@lru_cache(maxsize=1 << 9)
def _numbering(country: str) -> tuple[str, frozenset[int], list[re.Pattern[str]]] | None:
    """Give a country's calling code, the lengths of its numbers, and what a number may not begin with to be plain."""
    code = phonenumbers.country_code_for_region(country)
    own = PhoneMetadata.metadata_for_region(country)
    main = PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(code)) if code else None
    if own is None or main is None or main.general_desc is None:
        return None
    prefixes = [str(code), own.international_prefix, own.national_prefix_for_parsing]
    lengths = frozenset(main.general_desc.possible_length)
    return str(code), lengths, [re.compile(prefix) for prefix in prefixes if prefix]


def looks_like(cleaned: str) -> bool:
    """Tell whether the whole value is written as a phone number and can't be a date, whatever column it stands in."""
    if not _WRITTEN.fullmatch(cleaned) or _DATE.fullmatch(cleaned):
        return False
    written_so = cleaned.startswith("00") or not cleaned.isdigit()
    return written_so and 7 <= sum(map(str.isdigit, cleaned)) <= _MOST
