"""Imitations of the outside systems, in one process of their own, for demos and tests.

One HTTP server on the loopback interface plays an SAP S/4HANA Business Partner and sales order service (OData V2),
a HubSpot CRM and a Zendesk Support, each under its own path prefix, each with the manners of the real one: paging,
deltas, rate limits, deletions, optimistic locking, asynchronous jobs. It holds seeded customers that are dirty in the
ways real data is, and knows the truth about them. Faults can be switched on under ``/_sandbox/``.

It imports nothing of the hub: what it does is taken from the vendors' contracts, not from what our clients send.
Run it with ``python -m apps.sandbox --state FILE.sqlite --seed 7 --customers 2000``.
"""
