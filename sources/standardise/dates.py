"""Birth dates: ISO 8601 from the forms in which people and spreadsheets write a day.

Day and month are told apart by the declared format, by a name, by a number above 12; else it stays open and there is
no standard. A day that doesn't exist, lies ahead or before 1850 is none.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from sources.standardise.text import comparable, table

Order = Literal["day", "month"]
"""What stands first where both day and month are numbers and the year doesn't lead."""

EARLIEST_YEAR = 1850

_NUMBERS = re.compile(r"(\d{1,4})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{1,4})")
_TIME = re.compile(
    r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:z|utc|[ap]\.?m\.?|[+-]\d{2}:?\d{2})?|T00)$", re.IGNORECASE
)
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janner jaenner janvier janv enero ene gennaio gen janeiro januari stycznia "
            "styczen yanvarya leden ledna",
            "february feb februar feber fevrier fevr febrero febbraio fevereiro fev februari lutego luty "
            "fevralya unor unora",
            "march mar marz maerz mrz mars marzo marco maart mrt marca marzec marta brezen brezna",
            "april apr avril avr abril abr aprile kwietnia kwiecien aprelya duben dubna",
            "may mai mayo maggio mag maio mei maj maja maya kveten kvetna",
            "june jun juni juin junio giugno giu junho czerwca czerwiec iyunya cerven cervna",
            "july jul juli juillet juil julio luglio lug julho lipca lipiec iyulya cervenec cervence",
            "august aug aout agosto ago augustus augusti sierpnia sierpien avgusta "
            "srpen srpna",
            "september sept sep septembre septiembre settembre set setembro wrzesnia wrzesien sentyabrya zari",
            "october oct oktober okt octobre octubre ottobre ott outubro out pazdziernika "
            "pazdziernik oktyabrya rijen rijna",
            "november nov novembre noviembre novembro listopada noyabrya listopad listopadu",
            "december dec dezember dez decembre diciembre dic dicembre dezembro desember des grudnia "
            "grudzien dekabrya prosinec prosince",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_FILLERS = table("de del of the den der le el a st nd rd th g r goda")
_WORDS = re.compile(r"[a-z]+|\d+")


@lru_cache(maxsize=1 << 15)
def birth_date(cleaned: str, declared: str | None = None) -> str | None:
    """Give yyyy-mm-dd, or None where no one day can be read.

    `declared` is a strptime format from the settings; a value that doesn't fit it is read as any other, with the
    order of day and month that it declares.
    """
    text = cleaned[:40].removesuffix(".0")
    if declared:
        try:
            # A two-digit year may come out ahead of us: then it was the century before.
            return _day(*_past(datetime.strptime(text, declared).date()))
        except (ValueError, OverflowError):
            pass
    text = _TIME.sub("", text).strip()
    order = order_of(declared)
    return _digits(text, order) or _numbers(text, order) or _words(text)


def order_of(declared: str | None) -> Order | None:
    """Tell which of day and month a strptime format puts first, if it puts the year last."""
    codes = re.findall(r"%-?([dmbBYy])", declared or "")
    if len(codes) < 3 or codes[0] in "Yy":
        return None
    return "day" if codes[0] == "d" else "month"


def _past(day: date) -> tuple[int, int, int]:
    return (day.year - 100 if day > date.today() else day.year, day.month, day.day)


def _digits(text: str, order: Order | None) -> str | None:
    """Read eight digits: yyyymmdd, or with the year at the end if that way alone gives a day."""
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        return None
    return _day(int(text[:4]), int(text[4:6]), int(text[6:])) or _numbers(f"{text[:2]}-{text[2:4]}-{text[4:]}", order)


def _numbers(text: str, order: Order | None) -> str | None:
    """Read three numbers; a year of four digits leads or ends, a year of two digits needs a declared order."""
    match = _NUMBERS.fullmatch(text) or _CJK.fullmatch(text)
    if not match:
        return None
    first, second, third = match.groups()
    a, b, c = int(first), int(second), int(third)
    if len(first) == 4 and len(third) <= 2:
        return _day(a, b, c) or (_day(a, c, b) if b > 12 else None)
    if len(first) > 2 or len(third) not in (2, 4):
        return None
    if len(third) == 2:
        if order is None and a <= 12 and b <= 12:
            return None
        c += 1900 if c > date.today().year % 100 else 2000
    if a == b or max(a, b) > 12:
        return _day(c, min(a, b), max(a, b))
    if order is None and "." in text:
        order = "day"  # no one writes month.day.year
    return None if order is None else _day(c, b, a) if order == "day" else _day(c, a, b)


def _words(text: str) -> str | None:
    """Read a day, the name of its month and a year of four digits in any order."""
    words = [word for word in _WORDS.findall(comparable(text)) if word not in _FILLERS]
    months = [_MONTHS[word] for word in words if word in _MONTHS]
    numbers = [word for word in words if word.isdigit()]
    if len(words) != 3 or len(months) != 1 or len(numbers) != 2:
        return None
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    return _day(int(years[0]), months[0], int(days[0])) if years and days else None


def _day(year: int, month: int, day: int) -> str | None:
    """Give the day in ISO 8601 if someone living could have been born on it."""
    try:
        found = date(year, month, day)
    except (ValueError, OverflowError):
        return None
    return found.isoformat() if year >= EARLIEST_YEAR and found <= date.today() else None


def order_in(values: list[str]) -> Order | None:
    """Tell from a column's values which of day and month they put first; None if they don't say or contradict."""
    day = month = 0
    for value in values:
        match = _NUMBERS.fullmatch(_TIME.sub("", value[:40]).strip())
        if match and len(match[3]) in (2, 4) and len(match[1]) <= 2:
            day += int(match[1]) > 12 >= int(match[2])
            month += int(match[2]) > 12 >= int(match[1])
    if max(day, month) < 2 * min(day, month) + 1:
        return None
    return "day" if day > month else "month"
