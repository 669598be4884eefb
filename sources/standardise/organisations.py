"""Names of organisations: the comparable name, its legal form, and the core that is left without it."""

from __future__ import annotations

import re
from functools import lru_cache

from rigour.names import extract_org_types, remove_org_types

from sources.standardise.text import clean, comparable

# Legal forms at the end of a name in the spellings that rigour's table leaves over, on comparable text.
_LEFT_OVER = re.compile(
    r"(?: (?:and|und|et|e|y|u|i|og|och) co| co| company| companies| corporation| corp| incorporated| inc| limited| ltd"
    r"| llc| llp| lp| plc| gmbh| ag| kg| ohg| ev| eg| sa| sas| sarl| srl| spa| sl| slu| bv| nv| ab| oy| oyj| as| asa"
    r"| aps| a s| s a| s l| s r l| s p a| b v| n v| l l c| l t d| sp z o o| spolka z o o| s r o| d o o| sro| doo| kft"
    r"| zrt| pty| pte| pvt| private| sdn bhd| bhd| kk| k k)+$"
)
_BEFORE = re.compile(r"^(?:the|firma|fa|ooo|oao|zao|pao|ao|tov|zhu shi hui she|kabushiki gaisha|pt|cv) (?=.)")
_GLUED = re.compile(
    "株式会社|有限会社|合同会社|合资公司|股份有限公司|有限责任公司|有限公司|주식회사|유한회사|[((]株[))]"
)
_AND = re.compile(r"(?<=.) (?:and|und|et|y|och|og|en)(?= .)")


@lru_cache(maxsize=1 << 15)
def core(cleaned: str) -> str:
    """Give the comparable name without legal form, leading article or "& Co."; a name of nothing else stays whole."""
    whole = comparable(cleaned)
    text = comparable(remove_org_types(_GLUED.sub(" ", cleaned).casefold(), replacement=" ")) or whole
    while True:
        shorter = _BEFORE.sub("", _LEFT_OVER.sub("", text))
        if not shorter or shorter == text:
            return _AND.sub("", text)
        text = shorter


@lru_cache(maxsize=1 << 15)
def legal_form(cleaned: str) -> str:
    """Give the comparable legal form of a legal form as it is written ("Aktiengesellschaft" ag)."""
    whole = comparable(cleaned)
    for written in (cleaned.casefold(), whole):
        for form, short in extract_org_types(written):
            if comparable(form) == whole:
                return comparable(short)
    return whole


@lru_cache(maxsize=1 << 15)
def legal_form_within(cleaned: str) -> str:
    """Give the legal form at the end of an organisation's name as it is written there, or ""."""
    found = extract_org_types(cleaned.casefold())
    if not found:
        return ""
    words = found[-1][0]
    start = cleaned.casefold().rfind(words)
    # Casefolding may change the length ("ß"): then the words can't be located, and the name has no form to take over.
    if start <= 0 or len(cleaned.casefold()) != len(cleaned) or comparable(cleaned[start + len(words) :]):
        return ""
    return clean(cleaned[start : start + len(words)])
