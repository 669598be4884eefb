"""A small typed client of the hub's API: httpx and pydantic, nothing else of ours.

    with HubClient("https://hub.example.com", key) as hub:
        match = hub.match("person", {"given_name": "Ann", "email": "ann@example.com"})

Every call is checked against docs/openapi.json by a test.
"""

from apps.client.client import HubClient
from apps.client.errors import HubProblem
from apps.client.models import Candidate, Change, Changes, Customer, Hit, Key, ValueOf

__all__ = ["Candidate", "Change", "Changes", "Customer", "Hit", "HubClient", "HubProblem", "Key", "ValueOf"]
