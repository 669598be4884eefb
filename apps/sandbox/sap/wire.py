"""How entities look on the wire, and how written values are read from it."""

import re
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from apps.sandbox.sap.errors import ODataError, unknown_property
from apps.sandbox.sap.model import ENTITIES, Entity, Property
from apps.sandbox.sap.odata import milliseconds
from apps.sandbox.state import Body

Tree = dict[str, "Tree"]
"""Names, each with what is below it: an ``$expand`` or ``$select`` taken apart."""

_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")


def tree(option: str) -> Tree:
    """Take ``a,b/c`` apart."""
    root: Tree = {}
    for path in filter(None, (part.strip() for part in option.split(","))):
        node = root
        for name in path.split("/"):
            node = node.setdefault(name, {})
    return root


def etag(document: Body) -> str:
    """Return the entity's ETag."""
    return f'W/"{version(document)}"'


def version(document: Body) -> str:
    """Return what the ETag holds: the version, with the day of the last change where there is one."""
    day = document.get("LastChangeDate") or document.get("CreationDate") or 0
    return f"{day // 86_400_000:06d}{document.get('_v', 1):014d}"


def _derived(document: Body) -> Body:
    organisation = document.get("BusinessPartnerCategory") == "2"
    names = ("OrganizationBPName1", "OrganizationBPName2") if organisation else ("FirstName", "LastName")
    name = " ".join(filter(None, (document.get(part) for part in names)))[:81]
    return {
        "BusinessPartnerFullName": name,
        "BusinessPartnerName": name,
        "BusinessPartnerUUID": str(uuid.uuid5(uuid.NAMESPACE_OID, document["BusinessPartner"])),
        "PersonNumber": "" if organisation else str(int(document["BusinessPartner"]) + 50_000_000),
        "ETag": version(document),
    }


def address_of(entity: Entity, document: Body, base: str) -> str:
    """Return the entity's own address."""
    values = [(name, quote(str(document.get(name, "")).replace("'", "''"), safe="")) for name in entity.keys]
    key = f"'{values[0][1]}'" if len(values) == 1 else ",".join(f"{name}='{value}'" for name, value in values)
    return f"{base}/{entity.set}({key})"


def _shown(known: Property, value: Any) -> Any:
    if value is None:
        return known.empty
    if known.type == "d":
        return f"/Date({value})/"
    return f"/Date({value}+0000)/" if known.type == "o" else value


def present(entity: Entity, document: Body, base: str, select: Tree, expand: Tree) -> Body:
    """Return an entity as it is answered. With ``$select``, a navigation property must be selected to be expanded.

    Raises:
        ODataError: 400, an unknown name in either option.
    """
    for name in (*select, *expand):
        if name != "*" and name not in entity.properties and name not in entity.navigation:
            raise unknown_property(name, entity.type)
    everything = not select or "*" in select
    values = document | _derived(document) if "BusinessPartnerCategory" in entity.properties else document
    uri = address_of(entity, document, base)
    row: Body = {"__metadata": {"id": uri, "uri": uri, "type": entity.type, "etag": etag(document)}}
    if everything:
        row |= entity.blank
    for name in values if everything else select:
        if name in entity.properties:
            row[name] = _shown(entity.properties[name], values.get(name))
    for name, target in entity.navigation.items():
        if not everything and name not in select:
            continue
        if name in expand:
            child = ENTITIES[target]
            children = document.get(name, [])
            row[name] = {
                "results": [present(child, item, base, select.get(name, {}), expand[name]) for item in children]
            }
        else:
            row[name] = {"__deferred": {"uri": f"{uri}/{name}"}}
    return row


def read_value(name: str, known: Property, value: Any) -> Any:
    """Return a written value as it is stored.

    Raises:
        ODataError: 400, the value is of the wrong type or too long.
    """
    wrong = ODataError(400, f"Property '{name}' has invalid value", "/IWBEP/CM_MGW_RT/022", [(name, "Invalid value")])
    if known.type == "string":
        if not isinstance(value, str):
            raise wrong
        if len(value) > known.length:
            message = f"Property '{name}' has invalid value: length {len(value)} exceeds maximum length {known.length}"
            raise ODataError(400, message, "/IWBEP/CM_MGW_RT/022", [(name, message)])
        return value
    if known.type == "b":
        if not isinstance(value, bool):
            raise wrong
        return value
    if value is None and known.type in "do":
        return None
    if not isinstance(value, str):
        raise wrong
    if known.type in "do":
        match = _DATE.fullmatch(value)
        return int(match[1]) if match else milliseconds(value)
    return value


def read_values(entity: Entity, values: Body, ignore: Iterable[str] = ()) -> Body:
    """Return the written properties of an entity as they are stored, without its navigation properties.

    Raises:
        ODataError: 400, an unknown or read-only property, or a wrong value.
    """
    stored: Body = {}
    for name, value in values.items():
        if name in entity.navigation or name == "__metadata" or name in ignore:
            continue
        known = entity.properties.get(name)
        if known is None:
            raise unknown_property(name, entity.type)
        if not known.writable:
            raise ODataError(400, f"Property '{name}' is read-only", "/IWBEP/CM_MGW_RT/023", [(name, "read-only")])
        stored[name] = read_value(name, known, value)
    return stored
