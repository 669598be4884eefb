"""The short way of reading a national number gives what phonenumbers gives, for every country."""

from __future__ import annotations

import phonenumbers
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from sources.standardise.phones import phone

_DIGITS = st.text("0123456789", min_size=6, max_size=13)


def _by_library(written: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(written, country)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@settings(max_examples=500)
@example("2125550123", "US", 3, "({}) {}")
@example("1125550123", "US", 0, "{}{}")
@example("8842231", "BY", 0, "{}{}")  # begins with the trunk prefix
@example("8005550123", "CA", 3, "{}-{}")
@example("612345678", "ES", 2, "{}.{}")
@example("4512345678", "DK", 2, "{} {}")
@given(
    _DIGITS,
    st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
    st.integers(0, 5),
    st.sampled_from(["{}{}", "({}) {}", "{}-{}", "{}.{}", "{} {}"]),
)
def test_national_numbers_are_read_as_the_library_reads_them(digits: str, country: str, at: int, form: str) -> None:
    written = form.format(digits[:at], digits[at:])
    expected = _by_library(written, country)
    if expected is not None and not written.startswith("00"):
        assert phone(written, country) == expected
