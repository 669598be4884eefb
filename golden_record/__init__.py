"""What we believe: survivorship, golden records and their history, the outbox."""
