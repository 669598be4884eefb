"""Texts for spreadsheets: none of them may be taken for a formula (OWASP, CSV injection)."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?[\d ]+")


def harmless(cell: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run; numbers, of phones too, stay as they are."""
    if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
