"""A HubSpot CRM: contacts and companies, search, batches, properties, and marketing mail events."""
