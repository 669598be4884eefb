"""Syncs that are killed at a chosen point, started again, and compared with one that nobody touched."""
