"""Standardise: make values comparable, keeping what the source said beside them. Pure; cached on distinct values."""

from sources.standardise.entry import standardise

__all__ = ["standardise"]
