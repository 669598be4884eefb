"""Writing: one entity a request, a deep insert for a new partner, and optimistic locking by ETag."""

from typing import Any

from apps.sandbox.call import Call, Reply
from apps.sandbox.sap.errors import ODataError
from apps.sandbox.sap.model import ENTITIES, Entity, alpha
from apps.sandbox.sap.read import locate
from apps.sandbox.sap.wire import address_of, etag, present, read_values
from apps.sandbox.seed.sap_rows import partner_keys, stamp
from apps.sandbox.state import Body, Record, State

_USER = "SANDBOX"
_FIRST_OWN_ADDRESS = 60_000_001


def _payload(call: Call) -> Body:
    values = call.json()
    if not isinstance(values, dict):
        raise ODataError(400, "The request body must be one entity")
    values = values.get("d", values)
    fault = call.poison.refuses(values) or call.poison.refuses(call.path.replace("'", "(").split("("))
    if fault is not None:
        message = f"Data for {fault.key} violates a check of the customizing"
        raise ODataError(400, message, "R11/124", [("", message), ("", "Business partner was not saved")])
    return dict(values)


def _children(values: Body, name: str) -> list[Body]:
    below = values.get(name, [])
    return list(below.get("results", []) if isinstance(below, dict) else below)


def _next_address(state: State) -> str:
    number = int(state.meta("sap_address", _FIRST_OWN_ADDRESS))
    state.set_meta("sap_address", number + 1)
    return str(number)


def _new(state: State, entity: Entity, values: Body, above: Body, siblings: list[Body]) -> Body:
    """Return a new entity below ``above``, with what is below it in turn, and put it beside its siblings."""
    given = {name: above[name] for name in entity.keys if name in above}
    document: Body = read_values(entity, values)
    for name, value in given.items():
        if document.get(name) and alpha(name, document[name]) != alpha(name, value):
            raise ODataError(400, f"{name} differs from that of the entity above", details=[(name, "differs")])
    document |= given
    if entity.set == "A_BusinessPartnerAddress":
        document["AddressID"] = _next_address(state)
    if "OrdinalNumber" in entity.keys:
        document["OrdinalNumber"] = str(1 + max((int(item["OrdinalNumber"]) for item in siblings), default=0))
        document["Person"] = ""
    empty = [name for name in entity.keys if not document.get(name) and name != "Person"]
    if empty:
        raise ODataError(400, f"Enter a value for {', '.join(empty)}", details=[(name, "is missing") for name in empty])
    key = tuple(alpha(name, document[name]) for name in entity.keys)
    if any(tuple(alpha(name, item.get(name, "")) for name in entity.keys) == key for item in siblings):
        raise ODataError(400, f"{entity.set} already exists", "/BOBF/FRW/010")
    document["_v"] = 1
    for navigation, target in entity.navigation.items():
        document[navigation] = []
        for item in _children(values, navigation):
            _new(state, ENTITIES[target], item, document, document[navigation])
    siblings.append(document)
    return document


def _check_partner(document: Body) -> None:
    category = document.get("BusinessPartnerCategory", "")
    if category not in {"1", "2", "3"}:
        raise ODataError(400, "Enter a business partner category", "R11/001", [("BusinessPartnerCategory", "missing")])
    needed = {"1": "LastName", "2": "OrganizationBPName1", "3": "GroupBusinessPartnerName1"}[category]
    if not document.get(needed):
        raise ODataError(400, f"Enter a value for {needed}", "R11/302", [(needed, "Required entry not made")])


def create(call: Call, entity: Entity) -> Reply:
    """Answer a POST to an entity set: a new partner by deep insert, or one entity below a partner named by its key."""
    values = _payload(call)
    if not entity.creatable:
        raise ODataError(405, f"{entity.set} is not creatable")
    if entity.set == "A_BusinessPartner":
        return _create_partner(call, entity, values)
    above_set = "A_BusinessPartner" if len(entity.path) == 1 else "A_BusinessPartnerAddress"
    above = ENTITIES[above_set]
    if len(entity.path) == 1:
        key = {"BusinessPartner": str(values.get("BusinessPartner", ""))}
    else:
        address = str(values.get("AddressID", ""))
        partner = call.state.find("sap_partner", "address", alpha("AddressID", address))
        key = {"BusinessPartner": str(partner or ""), "AddressID": address}
    return _insert_below(call, above, key, entity.path[-1], values)


def _create_partner(call: Call, entity: Entity, values: Body) -> Reply:
    if values.get("BusinessPartner"):
        raise ODataError(400, "External number assignment is not allowed for this grouping", "R11/210")
    document = read_values(entity, values)
    _check_partner(document)
    record = call.state.insert("sap_partner", document, {})
    day, time = stamp(record.created)
    document |= {"BusinessPartner": str(record.id), "CreatedByUser": _USER, "CreationDate": day, "CreationTime": time}
    document |= {"LastChangeDate": None, "LastChangeTime": "PT00H00M00S", "LastChangedByUser": "", "_v": 1}
    for navigation, target in entity.navigation.items():
        document[navigation] = []
        for item in _children(values, navigation):
            _new(call.state, ENTITIES[target], item, document, document[navigation])
    _appear_as_customer(document)
    call.state.save(record, partner_keys(document), touch=False)
    return _created(call, entity, document, {name: {} for name in entity.navigation if name in values})


def _appear_as_customer(document: Body) -> None:
    roles = {role["BusinessPartnerRole"] for role in document["to_BusinessPartnerRole"]}
    if roles & {"FLCU00", "FLCU01"}:
        document["Customer"] = document["BusinessPartner"]


def _created(call: Call, entity: Entity, document: Body, expand: dict[str, Any]) -> Reply:
    headers = {"location": address_of(entity, document, call.base), "etag": etag(document), "dataserviceversion": "1.0"}
    return Reply(201, {"d": present(entity, document, call.base, {}, expand)}, headers)


def create_below(call: Call, entity: Entity, key: dict[str, str], navigation: str) -> Reply:
    """Answer a POST to a navigation property."""
    return _insert_below(call, entity, key, navigation, _payload(call))


def _insert_below(call: Call, above: Entity, key: dict[str, str], navigation: str, values: Body) -> Reply:
    if navigation not in above.navigation or not above.creatable:
        raise ODataError(405, f"Nothing can be created below {above.set} at {navigation}")
    found = locate(call.state, above, key)
    child = ENTITIES[above.navigation[navigation]]
    document = _new(call.state, child, values, found.document, found.document.setdefault(navigation, []))
    if child.set == "A_BusinessPartnerRole":
        _appear_as_customer(found.record.body)
    _keep(call, found.record, partner_changed=False)
    return _created(call, child, document, {name: {} for name in child.navigation if name in values})


def _keep(call: Call, record: Record, *, partner_changed: bool) -> None:
    """Store a partner. A change below it leaves its LastChangeDate alone, unless that is switched on."""
    touch = partner_changed or call.settings.sap_child_touches_parent
    if touch:
        day, time = stamp(call.state.now())
        record.body |= {"LastChangeDate": day, "LastChangeTime": time, "LastChangedByUser": _USER}
        record.body["_v"] += 1
    call.state.save(record, partner_keys(record.body), touch=touch)


def _check_etag(call: Call, document: Body) -> None:
    given = call.headers.get("if-match")
    if given is None:
        raise ODataError(428, "An If-Match header is required for this request", "/IWFND/CM_MGW/594")
    if given != "*" and given != etag(document):
        raise ODataError(412, "Precondition failed: the entity was changed in the meantime", "/IWFND/CM_MGW/595")


def change(call: Call, entity: Entity, key: dict[str, str], *, replace: bool) -> Reply:
    """Answer PATCH, MERGE (change what is named) or PUT (blank what is not) of one entity."""
    if not entity.creatable:
        raise ODataError(405, f"{entity.set} is not updatable")
    found = locate(call.state, entity, key)
    _check_etag(call, found.document)
    values = _payload(call)
    deep = [name for name in values if name in entity.navigation]
    if deep:
        raise ODataError(400, f"Deep update is not supported: {', '.join(deep)}", details=[(deep[0], "not supported")])
    stored = read_values(entity, values, ignore=entity.keys)
    if replace:
        kept = {name for name, known in entity.properties.items() if not known.writable} | set(entity.keys)
        for name in entity.properties:
            if name not in kept:
                found.document.pop(name, None)
    found.document |= stored
    if entity.set == "A_BusinessPartner":
        _check_partner(found.document)
    else:
        found.document["_v"] += 1
    _keep(call, found.record, partner_changed=entity.set == "A_BusinessPartner")
    return Reply(204, None, {"dataserviceversion": "2.0", "etag": etag(found.document)})


def delete(call: Call, entity: Entity, key: dict[str, str]) -> Reply:
    """Answer DELETE: partners and roles can't be deleted, what hangs below a partner can."""
    if not entity.deletable:
        raise ODataError(405, f"{entity.set} is not deletable", "/IWFND/CM_MGW/405")
    found = locate(call.state, entity, key)
    _check_etag(call, found.document)
    if found.siblings is not None:
        found.siblings.remove(found.document)
    _keep(call, found.record, partner_changed=False)
    return Reply(204)
