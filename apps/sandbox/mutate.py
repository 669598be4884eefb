"""Change, add and delete a fraction of the customers in each system, through the systems' own rules of time and keys.

The truth is kept: additions are new customers, or further copies of known ones.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from apps.sandbox.hubspot.write import keys_of as hubspot_keys
from apps.sandbox.seed.entities import Group, Organisation, Person, make_address, make_group
from apps.sandbox.seed.numbers import mobile
from apps.sandbox.seed.places import PLACES
from apps.sandbox.seed.sap_rows import partner_keys, stamp
from apps.sandbox.seed.systems import Rows, view_in
from apps.sandbox.state import CUSTOMER_TABLES, TABLES, Body, Record, State
from apps.sandbox.zendesk.write import keys_of as zendesk_keys

Report = dict[str, dict[str, dict[str, list[str]]]]
"""By system and object: the ids that were changed, added and deleted."""


class Mutation:
    """One round of change. The same state, fraction and seed give the same round."""

    def __init__(self, state: State, fraction: float, seed: int, *, silent_children: bool = False) -> None:
        if not 0 < fraction <= 1:
            raise ValueError("fraction must be above 0 and at most 1")
        self._state = state
        self._fraction = fraction
        self._rng = Random(f"{seed}/mutate/{fraction}")  # noqa: S311 - repeatable on purpose, nothing secret
        self._silent = silent_children
        self._seed = int(state.meta("seed"))
        self._queue: list[Person | Organisation] = []

    def run(self) -> Report:
        """Change three fifths of the fraction, add a fifth, delete a fifth; at least one of each."""
        report: Report = {}
        for table in CUSTOMER_TABLES:
            system, name = TABLES[table]
            known = "SELECT id FROM {} WHERE deleted IS NULL AND entity IS NOT NULL ORDER BY id".format(table)  # noqa: S608, UP032 - tables of our own
            ids = [row[0] for row in self._state.rows(known)]
            few = max(1, round(len(ids) * self._fraction / 5))
            chosen = self._rng.sample(ids, min(len(ids), max(3, round(len(ids) * self._fraction)) - few))
            deleted, changed = chosen[:few], chosen[few:]
            for number in changed:
                self._change(self._record(table, number))
            for number in deleted:
                self._state.delete(self._record(table, number))
            added = [self._add(system, table) for _ in range(few)]
            ids_of = {"changed": sorted(changed), "added": added, "deleted": sorted(deleted)}
            report.setdefault(system, {})[name] = {kind: [str(n) for n in found] for kind, found in ids_of.items()}
        return report

    def _record(self, table: str, number: int) -> Record:
        record = self._state.get(table, number)
        if record is None:
            raise ValueError(f"{table} {number} is gone")
        return record

    # -- additions -----------------------------------------------------------------------------------------------

    def _group_of(self, entity: str) -> Group:
        return make_group(self._seed, int(entity[1:].split("-")[0]))

    def _known_elsewhere(self, table: str, sign: str) -> str | None:
        """Draw an entity of a kind that another object holds."""
        other = self._rng.choice([name for name in CUSTOMER_TABLES if name != table])
        first, last = self._state.rows(f"SELECT min(id), max(id) FROM {other}")[0]  # noqa: S608 - tables of our own
        where = "id >= ? AND deleted IS NULL AND substr(entity, 1, 1) = ?"
        found = self._state.select(other, where, [self._rng.randint(first, last), sign], limit=1)
        return found[0].entity if found else None

    def _customer(self, table: str) -> Person | Organisation:
        """Return someone to add: now and then one whom another system knows, else someone new."""
        wanted = Organisation if table in {"hubspot_company", "zendesk_organization"} else Person
        if table == "sap_partner" and self._rng.random() < 0.25:
            wanted = Organisation
        if self._rng.random() < 0.4:
            known = self._known_elsewhere(table, "P" if wanted is Person else "O")
            if known is not None:
                return next(one for one in self._group_of(known).customers if one.key == known)
        while True:
            for position, one in enumerate(self._queue):
                if isinstance(one, wanted):
                    return self._queue.pop(position)
            number = int(self._state.meta("next_group"))
            self._state.set_meta("next_group", number + 1)
            self._queue += make_group(self._seed, number).customers

    def _add(self, system: str, table: str) -> int:
        view = view_in(system, self._customer(table), self._rng, 1.0)
        view.created = view.changed = self._state.now()
        row = Rows(
            {table: self._state.next_id(table)},
            lambda tbl, kind, value: self._state.find(tbl, kind, value) is not None,
        ).customer(system, view, self._rng)
        return self._state.insert(table, row.body, row.keys, entity=row.entity).id

    # -- changes -------------------------------------------------------------------------------------------------

    def _country(self, record: Record) -> str:
        return self._group_of(record.entity or "").customers[0].country

    def _change(self, record: Record) -> None:
        changes: dict[str, Callable[[Record, str], None]] = {
            "sap_partner": self._change_partner,
            "hubspot_contact": self._change_hubspot,
            "hubspot_company": self._change_hubspot,
            "zendesk_user": self._change_user,
            "zendesk_organization": self._change_organization,
        }
        changes[record.table](record, self._country(record))

    def _new_email(self, country: str) -> str:
        return f"new.{self._rng.randrange(10**9):09d}@mail-{country.lower()}-demo.com"

    def _change_partner(self, record: Record, country: str) -> None:
        body, moved = record.body, make_address(PLACES[country], self._rng)
        address = body["to_BusinessPartnerAddress"][0]
        address |= {"StreetName": moved.street, "HouseNumber": moved.house, "PostalCode": moved.postcode}
        address |= {"CityName": moved.city, "Region": moved.region}
        address["_v"] += 1
        if not self._silent:
            # A change of the address alone would not show in the partner's LastChangeDate.
            day, time = stamp(self._state.now())
            body |= {"SearchTerm2": f"MOVED {self._rng.randrange(10**6)}", "LastChangedByUser": "CLERK03"}
            body |= {"LastChangeDate": day, "LastChangeTime": time}
            body["_v"] += 1
        self._state.save(record, partner_keys(body), touch=not self._silent)

    def _change_hubspot(self, record: Record, country: str) -> None:
        body, object_type = record.body, TABLES[record.table][1]
        kind = self._rng.randrange(3)
        if kind == 0 and object_type == "contacts":
            body["email"] = self._new_email(country)
        elif kind == 1:
            moved = make_address(PLACES[country], self._rng)
            body |= {"address": f"{moved.street} {moved.house}", "zip": moved.postcode, "city": moved.city}
        else:
            body["mobilephone" if object_type == "contacts" else "phone"] = mobile(PLACES[country], self._rng)
        self._state.save(record, hubspot_keys(self._state, object_type, record))

    def _change_user(self, record: Record, country: str) -> None:
        body = record.body
        if self._rng.random() < 0.5:
            body["phone"] = mobile(PLACES[country], self._rng)
        else:
            self._move(body["user_fields"], country)
        self._state.save(record, zendesk_keys("users", body))

    def _change_organization(self, record: Record, country: str) -> None:
        self._move(record.body["organization_fields"], country)
        self._state.save(record, zendesk_keys("organizations", record.body))

    def _move(self, fields: Body, country: str) -> None:
        moved = make_address(PLACES[country], self._rng)
        fields |= {"street": f"{moved.street} {moved.house}", "postal_code": moved.postcode, "city": moved.city}


def mutate(state: State, values: dict[str, Any]) -> Report:
    """Run one round of change as asked for through the control API.

    Raises:
        ValueError: the fraction is not above 0 and at most 1.
    """
    fraction, seed = float(values.get("fraction", 0.01)), int(values.get("seed", 1))
    return Mutation(state, fraction, seed, silent_children=bool(values.get("silent_children"))).run()
