"""The way in: the attributes of one record as a source has them, made comparable."""

from __future__ import annotations

from collections.abc import Mapping

from hub.attributes import ATTRIBUTES, Attribute
from hub.records import Attributes, EntityType, Part, Value, canonical_json
from sources.standardise import kinds
from sources.standardise.countries import country as country_code
from sources.standardise.derived import derive_organisation, derive_person
from sources.standardise.placing import place
from sources.standardise.text import readable

_NONE: Mapping[str, str] = {}


def standardise(
    attributes_in: Mapping[str, list[Part]],
    *,
    entity_type: EntityType,
    country: str | None,
    custom: Mapping[str, Attribute],
    formats: Mapping[str, str] = _NONE,
) -> Attributes:
    """Give each value beside its comparable form, and the derived attributes.

    `country` is the system's or row's own (a code or a name); an address that names its country goes before it for
    reading phones. `formats` has the declared strptime format of a date attribute. Never raises on any text: a value
    that can't be compared has no standard, one that says that there is none ("n/a") is left out. Attributes that the
    entity type doesn't have are left out, but a person's organisation is the employer, and an organisation's person
    the contact.
    """
    default = country_code(country)
    given = _fit(attributes_in, entity_type)
    here = _country_of(given.get("address", ())) or default
    found: Attributes = {}
    for name, raws in given.items():
        for raw in raws:
            at = place(raw, name)
            attribute = ATTRIBUTES.get(at) or custom.get(at)
            if attribute is None or attribute.derived or entity_type not in attribute.entity_types:
                continue
            made = kinds.value(raw, attribute, default if at == "address" else here, formats.get(at))
            if made is not None:
                _put(found, attribute, made)
    if entity_type == "person":
        derive_person(found, here)
    else:
        derive_organisation(found)
    return found


def _put(found: Attributes, attribute: Attribute, made: Value) -> None:
    """Add a value unless it says again what is there; a single-valued attribute keeps the first comparable one."""
    values = found.setdefault(attribute.name, [])
    if not values:
        values.append(made)
    elif attribute.multi:
        if all(_said(made) != _said(value) for value in values):
            values.append(made)
    elif values[0].standard is None and made.standard is not None:
        values[0] = made


def _said(value: Value) -> str:
    return canonical_json(value.value if value.standard is None else value.standard)


def _country_of(addresses: list[Part] | tuple[()]) -> str | None:
    """Give the first country that an address names."""
    for parts in addresses:
        if not isinstance(parts, str) and (code := country_code(readable(parts.get("country", "")))):
            return code
    return None


def _fit(attributes: Mapping[str, list[Part]], entity_type: EntityType) -> Mapping[str, list[Part]]:
    """Rename what a row of mixed persons and organisations calls otherwise than its entity type does."""
    fitted = dict(attributes)
    if entity_type == "person":
        if "organisation_name" in fitted:
            fitted.setdefault("employer", fitted["organisation_name"])
        return fitted
    if any(name in fitted for name in ("full_name", "given_name", "family_name")):
        person = fitted.get("full_name") or [
            " ".join(str(fitted[part][0]) for part in ("given_name", "family_name") if fitted.get(part))
        ]
        fitted.setdefault("contact_name" if "organisation_name" in fitted else "organisation_name", person)
    return fitted
