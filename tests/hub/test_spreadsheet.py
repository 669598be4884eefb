"""No text that leaves in a CSV file is a formula."""

from __future__ import annotations

import pytest

from hub.spreadsheet import harmless


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "-x", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "\t=1", "\r=1", "\n=1"]
)
def test_a_formula_becomes_a_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "+49 30 1", "+4930123", "-5", "O'Brien"])
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell
