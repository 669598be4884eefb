"""Source record -> feature row: the standardised values that are compared, in fixed columns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from hub.attributes import ATTRIBUTES
from hub.records import Attributes, SourceRecord, canonical_json
from identity.placeholders import (
    is_placeholder_date,
    is_placeholder_email,
    is_placeholder_name,
    is_placeholder_number,
)

TEXT_COLUMNS = (
    "given_name",
    "given_root",
    "middle_name",
    "family_name",
    "full_name",
    "birth_date",
    "gender",
    "organisation_name",
)
LIST_COLUMNS = ("emails", "phones", "streets", "postcodes", "cities", "identifiers", "domains")

ARROW_SCHEMA = pa.schema(
    [
        pa.field("record_id", pa.int64()),
        pa.field("entity_type", pa.string()),
        *(pa.field(name, pa.string()) for name in TEXT_COLUMNS),
        *(pa.field(name, pa.list_(pa.string())) for name in LIST_COLUMNS),
        pa.field("extra", pa.string()),
    ]
)

# Anyone may have an address here, so the domain says nothing about the organisation.
_FREE_MAIL_WORDS = (
    "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de hotmail.com hotmail.co.uk hotmail.fr outlook.com "
    "live.com msn.com aol.com icloud.com me.com mac.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de "
    "orange.fr wanadoo.fr free.fr laposte.net libero.it alice.it virgilio.it proton.me protonmail.com mail.com mail.ru "
    "yandex.ru qq.com 163.com 126.com btinternet.com comcast.net verizon.net sbcglobal.net att.net bigpond.com "
    "telenet.be skynet.be ziggo.nl kpnmail.nl bluewin.ch wp.pl o2.pl interia.pl seznam.cz example.com"
)
FREE_MAIL = frozenset(_FREE_MAIL_WORDS.split())


def _texts(attributes: Attributes, name: str) -> list[str]:
    return [v.standard for v in attributes.get(name, ()) if isinstance(v.standard, str) and v.standard]


def _parts(attributes: Attributes, name: str) -> list[dict[str, str]]:
    return [v.standard for v in attributes.get(name, ()) if isinstance(v.standard, dict)]


def _first(attributes: Attributes, name: str, unfit: Callable[[str], bool] = is_placeholder_name) -> str | None:
    for value in attributes.get(name, ()):
        text = value.standard
        if isinstance(text, str) and text and not unfit(text):
            return text
    return None


def _distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value})


def feature(record: SourceRecord) -> dict[str, Any]:
    """Give the feature row of a record: every column of ARROW_SCHEMA but `record_id`.

    Values that say nothing (see `identity.placeholders`) are left out. Lists are sorted and without repeats, so the
    order in which a source lists its values never matters. `extra` holds the custom attributes, by
    name, as JSON text.
    """
    attributes = record.attributes
    row: dict[str, Any] = dict.fromkeys(TEXT_COLUMNS)
    row["entity_type"] = record.entity_type
    if record.entity_type == "person":
        row |= _person_names(attributes)
        row["birth_date"] = _first(attributes, "birth_date", is_placeholder_date)
        row["gender"] = _first(attributes, "gender")
    else:
        row["organisation_name"] = _first(attributes, "organisation_core") or _first(attributes, "organisation_name")
    addresses = _parts(attributes, "address")
    row["emails"] = _distinct(e for e in _texts(attributes, "email") if not is_placeholder_email(e))
    row["phones"] = _distinct(p for p in _texts(attributes, "phone") if not is_placeholder_number(p))
    row["streets"] = _distinct(_street(a) for a in addresses)
    row["postcodes"] = _distinct(a.get("postcode") for a in addresses)
    row["cities"] = _distinct(a.get("city") for a in addresses)
    row["identifiers"] = _distinct(_identifier(i) for i in _parts(attributes, "identifier"))
    row["domains"] = _domains(attributes) if record.entity_type == "organisation" else []
    extra = {name: _texts(attributes, name) for name in attributes if name not in ATTRIBUTES}
    row["extra"] = canonical_json({name: values[0] for name, values in extra.items() if values})
    return row


def _person_names(attributes: Attributes) -> dict[str, str | None]:
    given, family = _first(attributes, "given_name"), _first(attributes, "family_name")
    middle, full = _first(attributes, "middle_name"), _first(attributes, "full_name")
    if full and not given and not family:
        tokens = full.split()
        family = tokens[-1]
        given, middle = (tokens[0] if len(tokens) > 1 else None), (middle or " ".join(tokens[1:-1]) or None)
    tokens = sorted(" ".join(name for name in (given, middle, family) if name).split())
    return {
        "given_name": given,
        "given_root": (_first(attributes, "given_name_root") or given) if given else None,
        "middle_name": middle,
        "family_name": family,
        "full_name": " ".join(tokens) or None,
    }


def _street(address: dict[str, str]) -> str | None:
    parts = [address.get("house_number"), address.get("street")]
    return " ".join(part for part in parts if part) if address.get("street") else None


def _identifier(identifier: dict[str, str]) -> str | None:
    value = identifier.get("value", "")
    return None if is_placeholder_number(value) else f"{identifier.get('kind', 'other')}:{value}"


def _domains(attributes: Attributes) -> list[str]:
    hosts = [host.split("://")[-1].split("/")[0].removeprefix("www.") for host in _texts(attributes, "website")]
    hosts += [email.rpartition("@")[2] for email in _texts(attributes, "email") if not is_placeholder_email(email)]
    return _distinct(host for host in hosts if "." in host and host not in FREE_MAIL)
