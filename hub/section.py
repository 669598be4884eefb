"""What all sections of hub.yaml share: strict keys, how names are spelled, and a hint where a word is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

# Names become parts of table names, so they are kept to what every part of the hub can spell.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

A_CENTURY = 36_500
"""The most days that a period may have; some thousand years before today no database's calendar goes on."""


class Strict(BaseModel):
    """A section of hub.yaml: unknown keys are errors, and nothing changes it once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def did_you_mean(word: str, known: Iterable[object]) -> str:
    """Suggest the nearest known word, as an addition to an error message."""
    near = get_close_matches(word, [str(k) for k in known], n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
