"""Fields masked by role: what somebody must not see is replaced before it reaches a page, a list or an answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from hub.access import AccessConfig
from hub.records import Attributes, Value

MARK = "••••"
"""Stands for a value that is there but not for this reader."""


def hidden(roles: Collection[str], access: AccessConfig) -> frozenset[str]:
    """The attributes that somebody with these roles does not see: those masked for every one of the roles."""
    return frozenset(name for name, masked_for in access.mask.items() if set(roles) <= set(masked_for))


def masked(attributes: Mapping[str, Sequence[Value]], roles: Collection[str], access: AccessConfig) -> Attributes:
    """Give the attributes as somebody with these roles may see them: how many values there are, but not which."""
    unseen = hidden(roles, access)
    return {
        name: [Value(MARK, None) for _ in values] if name in unseen else list(values)
        for name, values in attributes.items()
    }
