"""Attributes that follow from others: name parts of one field, a nickname's root, the core of a company's name."""

from __future__ import annotations

from hub.records import Attributes, Value
from sources.standardise import names, nicknames, organisations
from sources.standardise.text import clean, comparable


def _texts(attributes: Attributes, name: str) -> str:
    """Give the source's text of a single-valued attribute, or ""."""
    values = attributes.get(name)
    return values[0].value if values and isinstance(values[0].value, str) else ""


def _standard(attributes: Attributes, name: str) -> str:
    """Give the comparable text of a single-valued attribute, or ""."""
    values = attributes.get(name)
    return values[0].standard if values and isinstance(values[0].standard, str) else ""


def _add(attributes: Attributes, name: str, value: str, standard: str | None) -> None:
    """Add a single-valued attribute that the source doesn't give itself."""
    if value and name not in attributes:
        attributes[name] = [Value(value, standard or None)]


def derive_person(attributes: Attributes, country: str | None) -> None:
    """Fill the missing parts of a person's name, and given_name_root, in place."""
    if not attributes.keys() & {"given_name", "family_name"} and "full_name" in attributes:
        parts = names.split(clean(_texts(attributes, "full_name")), country)
        _add(attributes, "title", parts.title, comparable(parts.title))
        _add(attributes, "given_name", parts.given_name, names.given(parts.given_name))
        _add(attributes, "middle_name", parts.middle_name, names.given(parts.middle_name))
        _add(attributes, "family_name", parts.family_name, names.family(parts.family_name))
        _add(attributes, "name_suffix", parts.name_suffix, comparable(parts.name_suffix))
    suffix = names.suffix(clean(_texts(attributes, "family_name")))
    _add(attributes, "name_suffix", suffix, comparable(suffix))
    root = nicknames.root(_standard(attributes, "given_name"))
    if root:
        attributes["given_name_root"] = [Value(_texts(attributes, "given_name"), root)]


def derive_organisation(attributes: Attributes) -> None:
    """Fill an organisation's missing legal form, and organisation_core, in place."""
    name = clean(_texts(attributes, "organisation_name"))
    if not name:
        return
    form = organisations.legal_form_within(name)
    _add(attributes, "legal_form", form, organisations.legal_form(form))
    if core := organisations.core(name):
        attributes["organisation_core"] = [Value(_texts(attributes, "organisation_name"), core)]
