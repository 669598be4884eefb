"""Relations found on the way: customers that are not one but belong together. Derived, never stored, never a merge.

* household: two persons with one address, phone or e-mail and of one family name;
* affiliated: two organisations with one domain, number or name (branches, sister companies);
* works_for, and employs from the other side: a person whose e-mail address is of an organisation's domain, whose
  employer has its name, or whose record names it (`organisation_id`);
* subsidiary_of, and parent_of from the other side: an organisation whose record names its parent (`parent`), by the
  record's id in the same system or by a registration, VAT or tax number.

Everything is looked up by index when it is asked for, from what records say now. So relations follow merges, splits
and edits by themselves, and an undone merge has its relations back.
"""

# ruff: noqa: S608 - statements are put together of texts of this module alone
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from identity.keys import digest
from identity.past_query import as_of

Kind = Literal["household", "affiliated", "works_for", "employs", "subsidiary_of", "parent_of"]

MOST_SHARING = 50
"""A value that more records share (a tower block, a shop's phone, a provider's domain) relates nobody."""
MOST_EMPLOYERS = 3
"""A domain or name of more organisations than these (a franchise, a marketplace) tells no employer."""
MOST_PEOPLE = 500
"""People of one domain or employer's name that are looked at: a profile lists colleagues, it is no personnel file."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Another customer and how it belongs to this one; `evidence` says by what, in words, sorted."""

    kind: Kind
    customer_id: UUID
    other_id: UUID
    evidence: tuple[str, ...]


def of(conn: Connection, customer_ids: Sequence[UUID], *, then: datetime | None = None) -> list[Relation]:
    """Give the relations of current customers, in the order of customer, kind and other customer.

    `customer_id` is always one that was asked for. The cost follows the customers asked for, not the base. `then`: as
    they followed from what was known at that moment; that costs a look at all records that have changed since.
    """
    bounds = {"sharing": MOST_SHARING, "employers": MOST_EMPLOYERS, "people": MOST_PEOPLE}
    found: dict[tuple[UUID, Kind, UUID], set[str]] = {}
    for query in (_HOUSEHOLD, _AFFILIATED, _BY_DOMAIN, _BY_NAME, _BY_CONTACT, _BY_PARENT):
        values = {"ids": list(customer_ids), **bounds, **({"then": then} if then else {})}
        for row in conn.execute(sa.text(as_of(query) if then else query), values):
            found.setdefault((row.customer_id, row.kind, row.other_id), set()).update(row.evidence)
    order = sorted(found, key=lambda entry: (str(entry[0]), entry[1], str(entry[2])))
    return [Relation(kind, mine, other, tuple(sorted(found[mine, kind, other]))) for mine, kind, other in order]


def _sharing(entity_type: str, kinds: str, usable: str = "true") -> str:
    """Write the common table expressions `mine` and `sharer`: who shares a blocking key of these kinds with whom."""
    return f"""
    WITH mine AS MATERIALIZED (
        SELECT x.customer_id, f.record_id, f.family_name, f.organisation_name
        FROM identity.crosswalk x JOIN identity.feature f USING (record_id)
        WHERE x.customer_id = ANY(:ids) AND x.valid_to IS NULL AND f.entity_type = '{entity_type}'
    ), shared AS MATERIALIZED (
        SELECT DISTINCT m.customer_id, k.kind, k.key FROM mine m JOIN identity.blocking_key k USING (record_id)
        WHERE k.kind IN ({kinds}) AND {usable}
    ), holder AS MATERIALIZED (
        SELECT s.customer_id, s.kind, s.key, h.record_id, count(*) OVER (PARTITION BY s.customer_id, s.kind, s.key) AS n
        FROM shared s CROSS JOIN LATERAL (
            SELECT k.record_id FROM identity.blocking_key k
            WHERE {digest("k.kind", "k.key")} = {digest("s.kind", "s.key")} AND k.kind = s.kind AND k.key = s.key
            LIMIT :sharing + 1) h
    ), sharer AS MATERIALIZED (
        SELECT h.customer_id, o.customer_id AS other_id, h.kind, f.family_name, f.organisation_name
        FROM holder h JOIN identity.crosswalk o ON o.record_id = h.record_id AND o.valid_to IS NULL
        JOIN identity.feature f ON f.record_id = h.record_id AND f.entity_type = '{entity_type}'
        WHERE h.n <= :sharing AND o.customer_id <> h.customer_id
    )"""


# A street without a number is no home. Of a double name one part is enough.
_HOUSEHOLD = f"""
    {
    _sharing(
        "person",
        "'email', 'phone', 'street_place'",
        "(k.kind <> 'street_place' OR split_part(k.key, '|', 1) ~ '[0-9]')",
    )
}
    SELECT DISTINCT s.customer_id, s.other_id, 'household' AS kind,
        ARRAY[CASE s.kind WHEN 'email' THEN 'same e-mail' WHEN 'phone' THEN 'same phone' ELSE 'same address' END,
              'same family name'] AS evidence
    FROM sharer s JOIN mine m ON m.customer_id = s.customer_id
        AND string_to_array(m.family_name, ' ') && string_to_array(s.family_name, ' ')"""

# A name of one word ("Schmidt") is shared by strangers.
_AFFILIATED = f"""
    {_sharing("organisation", "'domain', 'identifier', 'name'")}
    SELECT DISTINCT customer_id, other_id, 'affiliated' AS kind,
        ARRAY[CASE kind WHEN 'domain' THEN 'same domain' WHEN 'identifier' THEN 'same identifier'
              ELSE 'same name' END] AS evidence
    FROM sharer WHERE kind <> 'name' OR position(' ' IN organisation_name) > 0"""

_BY_DOMAIN = f"""
    WITH mine AS MATERIALIZED (
        SELECT x.customer_id, f.record_id, f.entity_type
        FROM identity.crosswalk x JOIN identity.feature f USING (record_id)
        WHERE x.customer_id = ANY(:ids) AND x.valid_to IS NULL
    ), host AS MATERIALIZED (
        SELECT DISTINCT m.customer_id, m.entity_type, h.host
        FROM mine m JOIN identity.blocking_key k USING (record_id)
        CROSS JOIN LATERAL (SELECT CASE k.kind WHEN 'email' THEN split_part(k.key, '@', -1) ELSE k.key END AS host) h
        WHERE k.kind = CASE m.entity_type WHEN 'person' THEN 'email' ELSE 'domain' END
    ), employer AS MATERIALIZED (
        SELECT h.host, x.customer_id, count(*) OVER (PARTITION BY h.host) AS n
        FROM (SELECT DISTINCT host FROM host) h
        JOIN identity.blocking_key k ON {digest("k.kind", "k.key")} = {digest("'domain'", "h.host")}
            AND k.kind = 'domain' AND k.key = h.host
        JOIN identity.crosswalk x ON x.record_id = k.record_id AND x.valid_to IS NULL
        GROUP BY h.host, x.customer_id
    ), pair AS (
        SELECT h.customer_id, e.customer_id AS other_id, 'works_for' AS kind
        FROM host h JOIN employer e USING (host) WHERE h.entity_type = 'person' AND e.n <= :employers
        UNION
        SELECT h.customer_id, x.customer_id, 'employs'
        FROM host h JOIN employer e ON e.host = h.host AND e.customer_id = h.customer_id AND e.n <= :employers
        CROSS JOIN LATERAL (
            SELECT k.record_id FROM identity.blocking_key k JOIN identity.feature f USING (record_id)
            WHERE k.kind = 'email' AND hashtextextended(split_part(k.key, '@', -1), 0) = hashtextextended(h.host, 0)
              AND split_part(k.key, '@', -1) = h.host AND f.entity_type = 'person'
            ORDER BY k.record_id LIMIT :people) p
        JOIN identity.crosswalk x ON x.record_id = p.record_id AND x.valid_to IS NULL
        WHERE h.entity_type = 'organisation'
    )
    SELECT customer_id, other_id, kind, ARRAY['e-mail of its domain'] AS evidence FROM pair"""

_EMPLOYER = "attributes #>> '{employer,0,standard}'"
_NAMES = "attributes #>> '{organisation_name,0,standard}', r.attributes #>> '{organisation_core,0,standard}'"

# The key of an organisation's name has no legal form: the last words of the employer are left off to find it, and its
# name, with or without the form, is then compared whole.
_BY_NAME = f"""
    WITH mine AS MATERIALIZED (
        SELECT x.customer_id, r.entity_type, n.name
        FROM identity.crosswalk x JOIN identity.source_record r USING (record_id)
        CROSS JOIN LATERAL unnest(CASE r.entity_type WHEN 'person' THEN ARRAY[r.{_EMPLOYER}]
                                  ELSE ARRAY[r.{_NAMES}] END) n (name)
        WHERE x.customer_id = ANY(:ids) AND x.valid_to IS NULL AND r.deleted_at IS NULL AND n.name <> ''
    ), employer AS MATERIALIZED (
        SELECT n.name, x.customer_id, count(*) OVER (PARTITION BY n.name) AS n
        FROM (SELECT DISTINCT name FROM mine) n
        CROSS JOIN generate_series(0, 4) last (words)
        CROSS JOIN LATERAL (SELECT string_to_array(n.name, ' ') AS word) w
        CROSS JOIN LATERAL (
            SELECT array_to_string(w.word[1 : cardinality(w.word) - last.words], '') AS key) core
        JOIN identity.blocking_key k ON {digest("k.kind", "k.key")} = {digest("'name'", "core.key")}
            AND k.kind = 'name' AND k.key = core.key AND core.key <> ''
        JOIN identity.source_record r ON r.record_id = k.record_id AND r.entity_type = 'organisation'
            AND n.name IN (r.{_NAMES})
        JOIN identity.crosswalk x ON x.record_id = k.record_id AND x.valid_to IS NULL
        GROUP BY n.name, x.customer_id
    ), pair AS (
        SELECT m.customer_id, e.customer_id AS other_id, 'works_for' AS kind
        FROM mine m JOIN employer e USING (name) WHERE m.entity_type = 'person' AND e.n <= :employers
        UNION
        SELECT m.customer_id, x.customer_id, 'employs'
        FROM mine m JOIN employer e ON e.name = m.name AND e.customer_id = m.customer_id AND e.n <= :employers
        CROSS JOIN LATERAL (
            SELECT r.record_id FROM identity.source_record r
            WHERE r.attributes ? 'employer' AND r.entity_type = 'person' AND r.deleted_at IS NULL
              AND hashtextextended(r.{_EMPLOYER}, 0) = hashtextextended(m.name, 0) AND r.{_EMPLOYER} = m.name
            ORDER BY r.record_id LIMIT :people) p
        JOIN identity.crosswalk x ON x.record_id = p.record_id AND x.valid_to IS NULL
        WHERE m.entity_type = 'organisation'
    )
    SELECT customer_id, other_id, kind, ARRAY['employer of its name'] AS evidence FROM pair"""


def named(attribute: str, of: str = "r") -> str:
    """Write the SQL expression, indexed for `parent` and `organisation_id`, of the record that an attribute names."""
    path = f"{of}.attributes #>> '{{{attribute},0,value}}'"
    return f"lower(regexp_replace({path}, '[^0-9A-Za-z]'::text, ''::text, 'g'::text))"


def _references(attribute: str, kind: str, back: str, *, by_number: bool) -> str:
    """Write the query of customers whose records name others: `kind` as seen from those, `back` from the others."""
    number = "lower(regexp_replace({}, '[^0-9A-Za-z]', '', 'g'))"
    numbers = "SELECT v -> 'standard' ->> 'value' AS n FROM jsonb_array_elements(m.attributes -> 'identifier') v"
    kinds = ("registration", "vat", "tax")
    keys = ", ".join(f"'{one}:' || upper(regexp_replace(m.said, '[^0-9A-Za-z]', '', 'g'))" for one in kinds)
    up_by_number = f"""
        UNION
        SELECT m.customer_id, x.customer_id FROM mine m CROSS JOIN LATERAL unnest(ARRAY[{keys}]) w (key)
        JOIN identity.blocking_key k ON {digest("k.kind", "k.key")} = {digest("'identifier'", "w.key")}
            AND k.kind = 'identifier' AND k.key = w.key
        JOIN identity.source_record o ON o.record_id = k.record_id AND o.entity_type = 'organisation'
        JOIN identity.crosswalk x ON x.record_id = o.record_id AND x.valid_to IS NULL
        WHERE m.said <> ''"""
    down_by_number = f"""
        UNION
        SELECT m.customer_id, x.customer_id FROM mine m CROSS JOIN LATERAL ({numbers}) i
        JOIN identity.source_record r ON r.attributes ? '{attribute}' AND r.deleted_at IS NULL
            AND hashtextextended({named(attribute)}, 0) = hashtextextended({number.format("i.n")}, 0)
            AND {named(attribute)} = {number.format("i.n")}
        JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
        WHERE m.entity_type = 'organisation'"""
    return f"""
    WITH mine AS MATERIALIZED (
        SELECT x.customer_id, r.system, r.source_id, r.entity_type, r.attributes,
            r.attributes #>> '{{{attribute},0,value}}' AS said
        FROM identity.crosswalk x JOIN identity.source_record r USING (record_id)
        WHERE x.customer_id = ANY(:ids) AND x.valid_to IS NULL AND r.deleted_at IS NULL
    ), up (customer_id, other_id) AS (
        SELECT m.customer_id, x.customer_id FROM mine m
        JOIN identity.source_record o ON o.source_id = m.said AND o.system = m.system
            AND o.entity_type = 'organisation' AND o.deleted_at IS NULL
        JOIN identity.crosswalk x ON x.record_id = o.record_id AND x.valid_to IS NULL
        {up_by_number if by_number else ""}
    ), down (customer_id, other_id) AS (
        SELECT m.customer_id, x.customer_id FROM mine m
        JOIN identity.source_record r ON r.attributes ? '{attribute}' AND r.deleted_at IS NULL AND r.system = m.system
            AND hashtextextended({named(attribute)}, 0) = hashtextextended({number.format("m.source_id")}, 0)
            AND r.attributes #>> '{{{attribute},0,value}}' = m.source_id
        JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
        WHERE m.entity_type = 'organisation'
        {down_by_number if by_number else ""}
    )
    SELECT customer_id, other_id, '{kind}' AS kind, ARRAY['named by its record'] AS evidence FROM up
    WHERE customer_id <> other_id
    UNION
    SELECT customer_id, other_id, '{back}', ARRAY['named by its record'] FROM down WHERE customer_id <> other_id"""


_BY_CONTACT = _references("organisation_id", "works_for", "employs", by_number=False)
_BY_PARENT = _references("parent", "subsidiary_of", "parent_of", by_number=True)


def hierarchy(conn: Connection, customer_ids: Sequence[UUID], *, then: datetime | None = None) -> list[Relation]:
    """Give the parents and subsidiaries of customers alone, as `of` does."""
    query = f"{_BY_PARENT} ORDER BY 1, 3, 2"
    values = {"ids": list(customer_ids), **({"then": then} if then else {})}
    rows = conn.execute(sa.text(as_of(query) if then else query), values)
    return [Relation(row.kind, row.customer_id, row.other_id, tuple(row.evidence)) for row in rows]
