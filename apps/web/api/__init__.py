"""The API for apps, under /api/v1: one file a resource, each with its `router`."""
