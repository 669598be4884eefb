"""The systems that can be written to. A new one is a file beside this and a line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from pydantic import SecretStr

from destinations import hubspot, sap_s4hana, zendesk
from destinations.client import Patience
from destinations.delivery import Destination
from destinations.own_fields import Own, own_fields
from destinations.plan import Shape
from hub.config import Config, DestinationConfig, SystemConfig
from hub.errors import SettingsError

Connect = Callable[[str, SystemConfig, DestinationConfig, Own, Patience], Destination]
"""Makes the destination of a system by its name, its settings and the fields mapped in hub.yaml; sends nothing."""


def _sap_s4hana(
    name: str, system: SystemConfig, settings: DestinationConfig, own: Own, patience: Patience
) -> Destination:
    return sap_s4hana.connect(
        name,
        _said(system.url),
        system.user or "",
        _said(system.password),
        patience,
        country=system.country,
        write_key=settings.write_key,
        batch=settings.batch_size,
        own=own(),
    )


def _hubspot(name: str, system: SystemConfig, settings: DestinationConfig, own: Own, patience: Patience) -> Destination:
    return hubspot.connect(
        name,
        _said(system.url),
        _said(system.token),
        patience,
        write_key=settings.write_key,
        batch=settings.batch_size,
        own=own(),
    )


def _zendesk(name: str, system: SystemConfig, settings: DestinationConfig, own: Own, patience: Patience) -> Destination:
    return zendesk.connect(
        name,
        _said(system.url),
        system.user or "",
        _said(system.token),
        patience,
        write_key=settings.write_key,
        batch=settings.batch_size,
        own=own(zendesk.OWN),
    )


DESTINATIONS: dict[str, Connect] = {"sap_s4hana": _sap_s4hana, "hubspot": _hubspot, "zendesk": _zendesk}
"""The list: a system's kind in hub.yaml, and what connects to it."""


@contextmanager
def connect(config: Config, name: str, patience: Patience | None = None) -> Iterator[Destination]:
    """Open the destination `name` of hub.yaml for the length of a block."""
    destination = _make(config, name, patience or Patience())
    try:
        yield destination
    finally:
        destination.close()


def shape_of(config: Config, name: str) -> Shape:
    """Give what a plan must know of the destination; no connection is made."""
    return _make(config, name, Patience())


def _make(config: Config, name: str, patience: Patience) -> Destination:
    settings = config.destinations[name]
    system = config.systems[settings.system]
    make = DESTINATIONS.get(system.kind)
    if make is None:
        raise SettingsError(
            f"destinations.{name}: a system of kind {system.kind} can't be written to.",
            hint=f"Kinds that can: {', '.join(sorted(DESTINATIONS))}.",
        )
    own = partial(own_fields, settings.properties, config.vocabulary())
    return make(settings.system, system, settings, own, patience)


def _said(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
