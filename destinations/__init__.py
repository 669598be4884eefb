"""Back to the systems: what a golden record changes in each of them, and the ledger of every write."""
