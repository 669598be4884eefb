"""The kinds of system that can be read: one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from hub.config import Config, ObjectConfig
from hub.delivery import ActivityConfig, Delivery
from hub.errors import SettingsError
from sources import files, hubspot, sap_s4hana, sql, zendesk
from sources.page import Feed, Source

_Entry = TypeVar("_Entry")

SOURCES: tuple[Source, ...] = (files.SOURCE, hubspot.SOURCE, sap_s4hana.SOURCE, sql.SOURCE, zendesk.SOURCE)

_BY_KIND = {source.kind: source for source in SOURCES}


def source_of(config: Config, system: str) -> Source:
    """Give the source of a system. Raises SettingsError where hub.yaml has no such system."""
    if system not in config.systems:
        raise SettingsError(f"There is no system '{system}'.", hint=f"hub.yaml has: {', '.join(config.systems)}.")
    return _BY_KIND[config.systems[system].kind]


def effective(config: Config, system: str, feed: Feed) -> Mapping[str, Delivery]:
    """Give what a feed of a system reads: its objects or its activities."""
    return effective_objects(config, system) if feed == "records" else effective_activities(config, system)


def effective_objects(config: Config, system: str) -> Mapping[str, ObjectConfig]:
    """Give a system's objects: those shipped with its kind, each overridden by what hub.yaml says of it.

    Of a shipped object hub.yaml replaces single settings and single fields; a field mapped to [] is left out.
    """
    shipped = source_of(config, system).objects
    own = config.systems[system].objects
    if not shipped:
        return own
    by_name = _known_names(system, shipped, own, "object")
    return {by_name[name]: _overridden(entry, own.get(name)) for name, entry in _lowered(shipped).items()}


def effective_activities(config: Config, system: str) -> Mapping[str, ActivityConfig]:
    """Give a system's activities: those shipped with its kind, overridden or left out (null) as hub.yaml says."""
    shipped = source_of(config, system).activities
    own = config.systems[system].activities
    if not shipped:
        return {name: entry for name, entry in own.items() if entry is not None}
    by_name = _known_names(system, shipped, own, "activity")
    found: dict[str, ActivityConfig] = {}
    for name, entry in _lowered(shipped).items():
        said = own.get(name)
        if said is not None:
            found[by_name[name]] = entry.model_copy(update={key: getattr(said, key) for key in said.model_fields_set})
        elif name not in own:
            found[by_name[name]] = entry
    return found


def _known_names(system: str, shipped: Mapping[str, object], own: Mapping[str, object], what: str) -> dict[str, str]:
    """Give the shipped names by how hub.yaml writes them. Raises SettingsError where it names another."""
    by_name = {name.lower(): name for name in shipped}  # names in hub.yaml are in lower case
    unknown = [name for name in own if name not in by_name]
    if unknown:
        raise SettingsError(
            f"The system '{system}' has no {what} '{unknown[0]}'.",
            hint=f"Known for its kind: {', '.join(by_name)}.",
        )
    return by_name


def _lowered(shipped: Mapping[str, _Entry]) -> dict[str, _Entry]:
    return {name.lower(): entry for name, entry in shipped.items()}


def _overridden(shipped: ObjectConfig, own: ObjectConfig | None) -> ObjectConfig:
    if own is None:
        return shipped
    fields = {name: value for name, value in {**shipped.fields, **own.fields}.items() if value != []}
    said = {name: getattr(own, name) for name in own.model_fields_set}
    return shipped.model_copy(update={**said, "fields": fields})
