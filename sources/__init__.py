"""From the systems: one file a system, landing, standardising, quarantine."""
