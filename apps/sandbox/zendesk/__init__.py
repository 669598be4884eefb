"""A Zendesk Support: users with identities, organizations, tickets, incremental exports and asynchronous jobs."""
