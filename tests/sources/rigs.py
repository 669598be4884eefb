"""The systems of the contract suite: each can tell what it holds, change it, and lose some of it.

What a system holds is told by other means than those by which the hub reads it: the file as it was written, the
database by its own query, the sandbox by its dump.
"""

import csv
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy import Engine

from hub.db import transaction
from tests.sandbox import HUBSPOT_TOKEN, SandboxProcess


@dataclass
class Changes:
    """Ids by what happened to them."""

    written: set[str] = field(default_factory=set)  # changed or added
    deleted: set[str] = field(default_factory=set)


class Rig(Protocol):
    """One system under test."""

    def system(self, *, compare_keys: bool = True, page_size: int | None = None) -> dict[str, object]:
        """Give its part of hub.yaml."""

    def live(self) -> dict[str, set[str]]:
        """Give the ids it holds now, by object."""

    def change(self, share: float = 0.05) -> dict[str, Changes]:
        """Change, add and delete some; of a sandbox's system this share."""


FIELDS = {"given_name": "first", "family_name": "last", "email": "mail"}
COUNT = 60


def _row(number: int, version: int = 0) -> dict[str, str]:
    return {"key": f"K{number:04}", "first": f"Ann{version}", "last": f"Lee{number}", "mail": f"a{number}@x.example"}


class FilesRig:
    """A CSV file, delivered whole each time."""

    name = "customer"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows = {row["key"]: row for row in map(_row, range(COUNT))}
        self._next = itertools.count(COUNT)
        self._write()

    def system(self, *, compare_keys: bool = True, page_size: int | None = None) -> dict[str, object]:
        entry = {"path": "customers.csv", "entity_type": "person", "id": "key", "fields": FIELDS}
        return {"kind": "files", "objects": {self.name: entry}}

    def live(self) -> dict[str, set[str]]:
        return {self.name: set(self._rows)}

    def change(self, share: float = 0.05) -> dict[str, Changes]:
        number = next(self._next)
        self._rows[f"K{number:04}"] = _row(number)
        gone, edited = sorted(self._rows)[0], sorted(self._rows)[5]
        del self._rows[gone]
        self._rows[edited] = {**self._rows[edited], "first": f"Changed{number}"}
        self._write()
        return {self.name: Changes({f"K{number:04}", edited}, {gone})}

    def lose(self, share: float) -> set[str]:
        lost = sorted(self._rows)[: int(len(self._rows) * share)]
        self._rows = {key: row for key, row in self._rows.items() if key not in lost}
        self._write()
        return set(lost)

    def _write(self) -> None:
        with (self._folder / "customers.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["key", *FIELDS.values()])
            writer.writeheader()
            writer.writerows(self._rows.values())


class SqlRig:
    """A table of another PostgreSQL database, with a column of changes."""

    name = "customer"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._next = itertools.count(COUNT)
        with transaction(engine) as conn:
            conn.execute(
                sa.text(
                    "CREATE TABLE public.party (key char(6) PRIMARY KEY, first text, last text, mail text,"
                    " changed timestamp NOT NULL DEFAULT now())"
                )
            )
            # One statement, one time: a bulk load gives every row the same.
            values = [{k: row[k] for k in ("key", "first", "last", "mail")} for row in map(_row, range(COUNT))]
            conn.execute(sa.text("INSERT INTO public.party VALUES (:key, :first, :last, :mail, now())"), values)

    def system(self, *, compare_keys: bool = True, page_size: int | None = None) -> dict[str, object]:
        entry = {"table": "public.party", "entity_type": "person", "id": "key", "modified_at": "changed"}
        url = self._engine.url.render_as_string(hide_password=False)
        return {
            "kind": "sql",
            "url": url,
            "compare_keys": compare_keys,
            "objects": {self.name: {**entry, "fields": FIELDS}},
        }

    def live(self) -> dict[str, set[str]]:
        with self._engine.connect() as conn:
            return {self.name: {key.strip() for key in conn.scalars(sa.text("SELECT key FROM public.party"))}}

    def change(self, share: float = 0.05) -> dict[str, Changes]:
        number = next(self._next)
        keys = sorted(self.live()[self.name])
        with transaction(self._engine) as conn:
            new = _row(number)
            conn.execute(sa.text("INSERT INTO public.party VALUES (:key, :first, :last, :mail, now())"), new)
            conn.execute(sa.text("DELETE FROM public.party WHERE key = :key"), {"key": keys[0]})
            edit = "UPDATE public.party SET first = :first, changed = now() WHERE key = :key"
            conn.execute(sa.text(edit), {"first": f"Changed{number}", "key": keys[5]})
        return {self.name: Changes({new["key"], keys[5]}, {keys[0]})}

    def lose(self, share: float) -> set[str]:
        keys = sorted(self.live()[self.name])
        lost = keys[: int(len(keys) * share)]
        with transaction(self._engine) as conn:
            conn.execute(sa.text("DELETE FROM public.party WHERE key = ANY(:keys)"), {"keys": lost})
        return set(lost)


class SandboxRig:
    """One of the sandbox's systems."""

    own_name = ""
    objects: tuple[str, ...] = ()

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self._seed = itertools.count(1)

    def system(self, *, compare_keys: bool = True, page_size: int | None = None) -> dict[str, object]:
        return {**self._settings(), "compare_keys": compare_keys, "page_size": page_size}

    def _settings(self) -> dict[str, object]:
        raise NotImplementedError

    def live(self) -> dict[str, set[str]]:
        dump = self.sandbox.dump(self.own_name)
        return {name: {row["id"] for row in dump[name]} for name in self.objects}

    def change(self, share: float = 0.05) -> dict[str, Changes]:
        done = self.sandbox.mutate(share, seed=next(self._seed))[self.own_name]
        return {
            name: Changes(
                {*map(str, done[name]["changed"]), *map(str, done[name]["added"])}, set(map(str, done[name]["deleted"]))
            )
            for name in self.objects
        }


class SapRig(SandboxRig):
    own_name = "sap"
    objects = ("A_BusinessPartner",)

    def _settings(self) -> dict[str, object]:
        return {"kind": "sap_s4hana", "url": self.sandbox.url, "user": "sandbox", "password": "sandbox"}


class HubSpotRig(SandboxRig):
    own_name = "hubspot"
    objects = ("contacts", "companies")

    def _settings(self) -> dict[str, object]:
        return {"kind": "hubspot", "url": f"{self.sandbox.url}/hubspot", "token": HUBSPOT_TOKEN}


class ZendeskRig(SandboxRig):
    own_name = "zendesk"
    objects = ("users", "organizations")

    def _settings(self) -> dict[str, object]:
        url, user = f"{self.sandbox.url}/zendesk", "agent@sandbox.test"
        return {"kind": "zendesk", "url": url, "user": user, "token": "sandbox-zendesk-token"}
