"""Feature row -> blocking keys: what two records must share to be compared at all. Pure.

Every kind is made for every record, tight and loose ones; a model uses the kinds that its base can afford
(`identity.training`) and skips the keys it froze as junk, and those that are glue now (`identity.glue`). Two records
are candidates if they share a (kind, key) whose kind is in `model.key_kinds` and which is neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

# Tightest first: training walks this order when it spends its budget of pairs.
KINDS: dict[str, tuple[str, ...]] = {
    "person": (
        "identifier",
        "email",
        "phone",
        "birth_initials",
        "name_place",
        "street_place",
        "name",
        "name_birth_year",
        "family_place",
        "given_place",
        "name_sound",
        "email_local",
        "street",
        "birth",
        "name_prefix",
        "family",
        "given",
    ),
    "organisation": (
        "identifier",
        "email",
        "domain",
        "phone",
        "name",
        "name_words",
        "name_place",
        "street_place",
        "street",
        "name_pair",
        "name_prefix",
        "name_word",
        "postcode",
    ),
}
_SOUNDS = str.maketrans(
    {
        "c": "k",
        "q": "k",
        "g": "k",
        "j": "k",
        "z": "s",
        "x": "s",
        "v": "f",
        "w": "f",
        "p": "b",
        "d": "t",
        "m": "n",
        "l": "r",
    }
    | dict.fromkeys("aeiouyh", "")
)
_PLACE = ("postcodes", "cities")


def digest(kind: str, key: str) -> str:
    """Write the SQL expression, of two columns, by which `blocking_key` finds a key.

    A key is looked up by its digest first, because an index of numbers costs half of what one of both texts does to
    fill; `kind` and `key` must be compared too, for two keys may share a digest.
    """
    return f"hashtextextended({key}, hashtext({kind})::bigint)"


@lru_cache(maxsize=1 << 16)
def sound(word: str) -> str:
    """Give a rough sound of a word: first letter, then consonants by family, vowels and repeats left out."""
    word = word.replace("ph", "f").replace("ck", "k").replace("sch", "s").replace("sh", "s").replace("th", "t")
    letters = word[:1] + word[1:].replace(" ", "").translate(_SOUNDS)
    return letters[:1] + "".join(b for a, b in pairwise(letters) if a != b)


def blocking_keys(feature: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give every (kind, key) of a feature row, sorted and without repeats; keys are never empty."""
    make = _person_keys if feature["entity_type"] == "person" else _organisation_keys
    keys = {(kind, key) for kind, key in (*_contact_keys(feature), *make(feature)) if key}
    return sorted(keys)


def _contact_keys(feature: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for email in feature["emails"] or ():
        yield "email", email
    for phone in feature["phones"] or ():
        # The last nine digits: with or without a country code, it is the same line.
        yield "phone", phone[-9:]
    for identifier in feature["identifiers"] or ():
        yield "identifier", identifier
    places = _places(feature)
    for street in feature["streets"] or ():
        yield "street", street
        for place in places:
            yield "street_place", f"{street}|{place}"


def _places(feature: Mapping[str, Any]) -> list[str]:
    return [place for column in _PLACE for place in feature[column] or ()]


def _person_keys(feature: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    given, family, born = feature["given_name"] or "", feature["family_name"] or "", feature["birth_date"] or ""
    root = feature["given_root"] or given
    initials = "".join(sorted((given[:1], family[:1])))
    if root and family:
        both = sorted((root, family))
        yield "name", "|".join(both)
        yield "name_sound", "|".join(sorted((sound(root), sound(family))))
        yield "name_prefix", "|".join(sorted((root[:3], family[:3])))
        if born:
            yield "name_birth_year", f"{initials}|{sound(max(both, key=len))}|{born[:4]}"
    if born:
        yield "birth", born
        for letter in {given[:1], family[:1]} - {""}:
            yield "birth_initials", f"{born}|{letter}"
    # Given and family name are often entered in each other's field: one kind for either.
    for word in {family, given} - {""}:
        yield "family", sound(word)
    if root:
        yield "given", root
    for place in _places(feature):
        if root and family:
            yield "name_place", f"{'|'.join(sorted((root[:2], family[:2])))}|{place}"
        if family:
            yield "family_place", f"{sound(family)}|{place}"
        if root:
            yield "given_place", f"{root}|{place}"
    for email in feature["emails"] or ():
        local = email.partition("@")[0]
        letters = "".join(c for c in local if c.isalnum())
        if len(letters) > 3:
            yield "email_local", letters


def _organisation_keys(feature: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for domain in feature["domains"] or ():
        yield "domain", domain
    for postcode in feature["postcodes"] or ():
        yield "postcode", postcode
    name = feature["organisation_name"]
    if not name:
        return
    words = name.split()
    yield "name", name.replace(" ", "")
    yield "name_words", " ".join(sorted(set(words)))
    yield "name_prefix", name.replace(" ", "")[:6]
    for word in set(words):
        if len(word) > 2:
            yield "name_word", word
    for first, second in pairwise(words):
        yield "name_pair", " ".join(sorted((first, second)))
    for place in _places(feature):
        yield "name_place", f"{words[0][:4]}|{place}"
