"""A small hub on a CSV file, for tests of the flows."""

from __future__ import annotations

import csv
from pathlib import Path

SETTINGS = """\
systems:
  shop:
    kind: files
    objects:
      customers:
        path: customers.csv
        entity_type: person
        id: id
        country: DE
        fields: {given_name: first, family_name: last, email: email, phone: phone, birth_date: born}
schedules: {sync: null, verify: null}
"""

# Pairs of rows are one person each, but for a typo or a nickname.
PEOPLE = [
    ("1", "Katharina", "Baumann", "k.baumann@posteo-demo.de", "030 9018201", "1971-04-02"),
    ("2", "Kathi", "Baumann", "k.baumann@posteo-demo.de", "", "1971-04-02"),
    ("3", "Robert", "Lindqvist", "rob.lindqvist@mail-demo.se", "", "1988-11-30"),
    ("4", "Bob", "Lindqvist", "rob.lindqvist@mail-demo.se", "", "1988-11-30"),
    ("5", "Amélie", "Durand", "amelie@durand-demo.fr", "", "1990-01-15"),
    ("6", "Paweł", "Wójcik", "pawel.wojcik@poczta-demo.pl", "", "1965-07-21"),
]


def write_people(folder: Path, people: list[tuple[str, ...]] = PEOPLE) -> None:
    """Write customers.csv."""
    with (folder / "customers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "first", "last", "email", "phone", "born"])
        writer.writerows(people)


def make_hub(folder: Path) -> Path:
    """Write settings and rows; gives the settings file."""
    settings = folder / "hub.yaml"
    settings.write_text(SETTINGS)
    write_people(folder)
    return settings
