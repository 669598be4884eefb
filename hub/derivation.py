"""How hub.yaml says that a golden value is made of others, once those are chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from hub.section import Strict, did_you_mean

Reference = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]
"""A golden attribute, or with a dot a part of one: address.country."""


class Joined(Strict):
    """The texts of several golden values, in this order; those that are missing are left out."""

    join: list[Reference] = Field(min_length=1)
    separator: str = Field(" ", max_length=10)


class CountryOf(Strict):
    """The country of a phone number by its calling code; none where several countries share the code."""

    country_of: Reference


class DomainOf(Strict):
    """The domain of an e-mail address or a web address."""

    domain_of: Reference


_EXAMPLES = {
    "join": "{join: [given_name, family_name]}",
    "country_of": "{country_of: phone}",
    "domain_of": "{domain_of: email}",
}


def _source(given: Any) -> Any:
    if isinstance(given, str | BaseModel):
        return given
    name = next((key for key in given if key != "separator"), "") if isinstance(given, dict) else ""
    if name not in _EXAMPLES:
        known = f"(an attribute, or {', '.join(_EXAMPLES.values())}){did_you_mean(str(name), _EXAMPLES)}"
        raise ValueError(f"'{name or given}' is no way to derive a value {known}")
    return given


Source = Annotated[
    Reference | Joined | CountryOf | DomainOf,
    BeforeValidator(_source, json_schema_input_type=Reference | Joined | CountryOf | DomainOf),
]


def references(source: Reference | Joined | CountryOf | DomainOf) -> Iterator[str]:
    """What a way to derive a value looks at."""
    if isinstance(source, Joined):
        yield from source.join
    else:
        yield (
            source
            if isinstance(source, str)
            else source.country_of
            if isinstance(source, CountryOf)
            else source.domain_of
        )
