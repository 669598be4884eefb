"""The small base behind the web's tests: two shops' customers, some of them one person, some only perhaps."""

from __future__ import annotations

import csv
from pathlib import Path

SETTINGS = """\
attributes:
  tier: {kind: text}
systems:
  shop:
    kind: files
    objects:
      customers:
        path: shop.csv
        entity_type: person
        id: id
        country: DE
        fields: {given_name: first, family_name: last, email: email, phone: phone, birth_date: born, tier: tier}
  desk:
    kind: files
    objects:
      contacts:
        path: desk.csv
        entity_type: person
        id: id
        country: DE
        fields: {given_name: first, family_name: last, email: email, phone: phone, birth_date: born}
schedules: {sync: null, verify: null}
access:
  mask: {birth_date: [reader, app]}
"""

_GIVEN = ("Katharina", "Robert", "Amélie", "Paweł", "Sofia", "Jonas", "Mirjam", "Luca", "Ingrid", "Tomás")
_FAMILY = ("Baumann", "Lindqvist", "Durand", "Wójcik", "Rossi", "Keller", "Okafor", "Novak", "Hansen", "Silva")


def rows() -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """The rows of shop.csv and desk.csv."""
    shop, desk = [], []
    for i, given in enumerate(_GIVEN):
        for j, family in enumerate(_FAMILY[:6]):
            n = i * 10 + j
            mail = f"{given[0]}.{family}{n}@mail-demo.de".lower().replace("ó", "o").replace("ł", "l")
            born, phone = f"19{50 + n % 45:02}-{1 + n % 12:02}-{1 + n % 28:02}", f"030 9{n:06}"
            shop.append((f"s{n}", given, family, mail, phone, born, "gold" if n % 3 else "basic"))
            if n % 2 == 0:  # the same person, plainly
                desk.append((f"d{n}", given, family, mail, "", born))
            elif n % 5 == 0:  # perhaps the same person: name and birthday agree, nothing else does
                desk.append((f"d{n}", given, family, f"other{n}@web-demo.de", "", born))
    shop.append(("bad", "Nobody", "Nowhere", "not an address", "", "someday", ""))
    return shop, desk


def write(folder: Path) -> Path:
    """Write the settings and the rows; gives the settings file."""
    shop, desk = rows()
    heads = ["id", "first", "last", "email", "phone", "born", "tier"]
    for name, head, found in (("shop.csv", heads, shop), ("desk.csv", heads[:-1], desk)):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([head, *found])
    settings = folder / "hub.yaml"
    settings.write_text(SETTINGS, encoding="utf-8")
    return settings
