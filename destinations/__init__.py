"""Back to the systems: one file a system, delivery, the ledger."""
