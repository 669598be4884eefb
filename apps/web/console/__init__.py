"""The console: one file a group of pages, each with its `router`."""
