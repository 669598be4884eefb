"""The floor: settings, database session, canonical records, errors, embedded PostgreSQL."""
