"""The kinds of system that can be read: one line each."""

from __future__ import annotations

from collections.abc import Mapping

from hub.config import Config, ObjectConfig
from hub.errors import SettingsError
from sources import files, hubspot, sap_s4hana, sql, zendesk
from sources.page import Source

SOURCES: tuple[Source, ...] = (files.SOURCE, hubspot.SOURCE, sap_s4hana.SOURCE, sql.SOURCE, zendesk.SOURCE)

_BY_KIND = {source.kind: source for source in SOURCES}


def source_of(config: Config, system: str) -> Source:
    """Give the source of a system. Raises SettingsError where hub.yaml has no such system."""
    if system not in config.systems:
        raise SettingsError(f"There is no system '{system}'.", hint=f"hub.yaml has: {', '.join(config.systems)}.")
    return _BY_KIND[config.systems[system].kind]


def effective_objects(config: Config, system: str) -> Mapping[str, ObjectConfig]:
    """Give a system's objects: those shipped with its kind, each overridden by what hub.yaml says of it.

    Of a shipped object hub.yaml replaces single settings and single fields; a field mapped to [] is left out.
    """
    shipped = source_of(config, system).objects
    own = config.systems[system].objects
    if not shipped:
        return own
    by_name = {name.lower(): name for name in shipped}  # names in hub.yaml are in lower case
    unknown = [name for name in own if name not in by_name]
    if unknown:
        raise SettingsError(
            f"The system '{system}' has no object '{unknown[0]}'.", hint=f"Objects of its kind: {', '.join(by_name)}."
        )
    return {name: _overridden(entry, own.get(name.lower())) for name, entry in shipped.items()}


def _overridden(shipped: ObjectConfig, own: ObjectConfig | None) -> ObjectConfig:
    if own is None:
        return shipped
    fields = {name: value for name, value in {**shipped.fields, **own.fields}.items() if value != []}
    said = {name: getattr(own, name) for name in own.model_fields_set}
    return shipped.model_copy(update={**said, "fields": fields})
