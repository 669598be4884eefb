"""A proposal at work: the rows of a file become records by it, unedited."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config_file import parse_config
from hub.records import SourceRecord
from sources.mapping import Mapper
from sources.propose import propose, render
from sources.tabular import open_table


def records(path: Path) -> list[SourceRecord]:
    proposal = propose([path])
    config = parse_config(render(proposal, folder=path.parent), path.parent / "hub.yaml")
    system = proposal.files[0].system
    mapper = Mapper(config, system, "customer", config.systems[system].objects["customer"])
    return [mapper.record(row) for block in open_table(path).blocks for row in block.rows.to_pylist()]


def test_a_birth_date_in_three_columns(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    rows = [f"{i},Anna,Meyer,19{40 + i},{1 + i % 12},{1 + i % 28}" for i in range(30)]
    path.write_text("\n".join(["id,first,last,yob,birth month,day of birth", *rows]), encoding="utf-8")
    found = records(path)
    assert found[0].attributes["birth_date"][0].standard == "1940-01-01"
    assert found[13].attributes["birth_date"][0].standard == "1953-02-14"


@pytest.mark.parametrize("order", ["{d:02}/{m:02}/{y}", "{m:02}/{d:02}/{y}"])
def test_the_order_of_day_and_month_is_told_by_the_whole_column(tmp_path: Path, order: str) -> None:
    path = tmp_path / "people.csv"
    days = [(1950 + i, 1 + i % 12, 1 + (i * 7) % 28) for i in range(40)]
    rows = [f"{i},Meyer,{order.format(y=y, m=m, d=d)}" for i, (y, m, d) in enumerate(days)]
    path.write_text("\n".join(["id,surname,born", *rows]), encoding="utf-8")
    told = [record.attributes["birth_date"][0].standard for record in records(path)]
    assert told == [f"{y}-{m:02}-{d:02}" for y, m, d in days]


def test_persons_and_organisations_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "kunden.csv"
    rows = [f"{i};;Acme {i} GmbH;0171 123{i:04}" if i % 2 else f"{i};Anna Meyer;;0171 765{i:04}" for i in range(40)]
    path.write_text("\n".join(["Kundennr;Name;Firma;Telefon", *rows]), encoding="utf-8")
    found = records(path)
    assert {record.entity_type for record in found if "organisation_name" in record.attributes} == {"organisation"}
    assert sum(record.entity_type == "organisation" for record in found) == 20
    assert all("phone" in record.attributes for record in found)
