"""The kinds of system that can be read: one line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from hub.config import Config, ObjectConfig
from hub.errors import SettingsError
from hub.feed import ActivityConfig, ConsentConfig, Feed
from sources import files, hubspot, sap_s4hana, sql, zendesk
from sources.page import FeedKind, Source

SOURCES: tuple[Source, ...] = (files.SOURCE, hubspot.SOURCE, sap_s4hana.SOURCE, sql.SOURCE, zendesk.SOURCE)

_Fact = TypeVar("_Fact", ActivityConfig, ConsentConfig)

_BY_KIND = {source.kind: source for source in SOURCES}


def source_of(config: Config, system: str) -> Source:
    """Give the source of a system. Raises SettingsError where hub.yaml has no such system."""
    if system not in config.systems:
        raise SettingsError(f"There is no system '{system}'.", hint=f"hub.yaml has: {', '.join(config.systems)}.")
    return _BY_KIND[config.systems[system].kind]


def effective(config: Config, system: str, feed: FeedKind) -> Mapping[str, Feed]:
    """Give what a feed of a system reads: its objects, its activities or its consents."""
    match feed:
        case "records":
            return effective_objects(config, system)
        case "activities":
            return effective_activities(config, system)
        case "consents":
            return effective_consents(config, system)


def effective_objects(config: Config, system: str) -> Mapping[str, ObjectConfig]:
    """Give a system's objects: those shipped with its kind, each overridden by what hub.yaml says of it.

    Of a shipped object hub.yaml replaces single settings and single fields; a field mapped to [] is left out.
    """
    shipped = source_of(config, system).objects
    own = config.systems[system].objects
    if not shipped:
        return own
    _check_names(system, shipped, own, "object")
    return {name: _overridden(entry, own.get(name.lower())) for name, entry in shipped.items()}


def effective_activities(config: Config, system: str) -> Mapping[str, ActivityConfig]:
    """Give a system's activities: those shipped with its kind, overridden or left out (null) as hub.yaml says."""
    return _facts(system, source_of(config, system).activities, config.systems[system].activities, "activity")


def effective_consents(config: Config, system: str) -> Mapping[str, ConsentConfig]:
    """Give a system's statements of consent: those shipped with its kind, overridden or left out (null)."""
    return _facts(system, source_of(config, system).consents, config.systems[system].consents, "consents")


def _facts(
    system: str, shipped: Mapping[str, _Fact], own: Mapping[str, _Fact | None], what: str
) -> Mapping[str, _Fact]:
    if not shipped:
        return {name: entry for name, entry in own.items() if entry is not None}
    _check_names(system, shipped, own, what)
    found: dict[str, _Fact] = {}
    for name, entry in shipped.items():
        said = own.get(name.lower(), entry)
        if said is not None:
            found[name] = entry.model_copy(update=_said(said))
    return found


def _check_names(system: str, shipped: Mapping[str, object], own: Mapping[str, object], what: str) -> None:
    """Raise SettingsError where hub.yaml, whose names are in lower case, names something that its kind has not."""
    known = [name.lower() for name in shipped]
    unknown = [name for name in own if name not in known]
    if unknown:
        raise SettingsError(
            f"The system '{system}' has no {what} '{unknown[0]}'.", hint=f"Known for its kind: {', '.join(known)}."
        )


def _overridden(shipped: ObjectConfig, own: ObjectConfig | None) -> ObjectConfig:
    if own is None:
        return shipped
    fields = {name: value for name, value in {**shipped.fields, **own.fields}.items() if value != []}
    return shipped.model_copy(update={**_said(own), "fields": fields})


def _said(entry: Feed) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.model_fields_set}
