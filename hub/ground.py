"""On what ground personal data goes to a destination: what for, and by which legal basis (destinations in hub.yaml)."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from hub.section import Strict

LegalBasis = Literal["contract", "consent", "legitimate_interest", "legal_obligation"]
Channel = Literal["email", "phone", "sms", "messenger", "fax", "post"]
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")


class FieldGround(Strict):
    """The ground of one attribute, where it differs from its destination's."""

    purpose: str | None = Field(None, min_length=3)
    legal_basis: LegalBasis | None = None
    channels: list[Channel] | None = Field(None, min_length=1)


class Ground(Strict):
    """What an attribute is used for at a destination, on which basis, and by which channels (none named: any)."""

    purpose: str
    legal_basis: LegalBasis
    channels: tuple[str, ...] = ()

    @property
    def needs_consent(self) -> bool:
        """Whether nothing may go there without an effective consent."""
        return self.legal_basis == "consent"

    def fault(self) -> str:
        """Say what is wrong with it, "" where nothing: a purpose that rests on consent is one that statements name."""
        if self.needs_consent and not _WORD.fullmatch(self.purpose):
            return "where the basis is consent, the purpose is a word that statements of consent name, like newsletter"
        return ""
