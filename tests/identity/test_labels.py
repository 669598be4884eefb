"""Samples are drawn from every stratum with their true sizes; verdicts come in by hand and by file, all or nothing."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.config import Config
from hub.errors import RejectedError
from identity import crosswalk, decisions, label_file, labels, models_store, resolver, store
from identity.label_estimate import measure
from identity.label_sample import draw
from identity.model import Model
from tests.identity.people import people

PEOPLE = people(80, seed=6)


def quiet(_: str) -> None:
    pass


@pytest.fixture
def hub(conn: Connection, config: Config, models: list[Model]) -> Connection:
    models_store.save(conn, models[0])
    models_store.make_live(conn, "person", 1)
    store.save(conn, [r for _, r in PEOPLE])
    resolver.settle(conn, resolver.score(conn, config))
    return conn


def truth(conn: Connection) -> dict[int, int]:
    """Record id -> customer as generated."""
    found = labels.find(conn, [r.key for _, r in PEOPLE])
    return {found[r.key][0]: customer for customer, r in PEOPLE}


def test_the_strata_are_all_pairs_that_share_a_key_or_a_customer(hub: Connection) -> None:
    drawn = draw(hub, "person", 10**6, seed=1, progress=quiet)
    model = models_store.load(hub, "person", 1)
    keys: dict[tuple[str, str], set[int]] = {}
    for row in hub.execute(sa.text("SELECT record_id, kind, key FROM identity.blocking_key")):
        if row.kind in model.key_kinds and (row.kind, row.key) not in model.junk:
            keys.setdefault((row.kind, row.key), set()).add(row.record_id)
    clusters = crosswalk.clusters(hub, "person")
    expected = {pair for held in keys.values() for pair in combinations(sorted(held), 2)}
    expected |= {(a, b) for a, b in combinations(sorted(clusters), 2) if clusters[a] == clusters[b]}
    rows = drawn.rows.to_pylist()
    assert {(row["record_l"], row["record_r"]) for row in rows} == expected
    sizes: dict[int, int] = {}
    for row in rows:
        sizes[row["stratum"]] = sizes.get(row["stratum"], 0) + 1
        assert row["together"] == (clusters[row["record_l"]] == clusters[row["record_r"]]) == (row["stratum"] < 4)
    assert {row["stratum"]: row["stratum_pairs"] for row in rows} == sizes


def test_a_sample_takes_equal_parts_of_each_stratum_and_is_asked_in_turns(hub: Connection) -> None:
    rows = draw(hub, "person", 40, seed=1, progress=quiet).rows.to_pylist()
    counts: dict[int, list[int]] = {}
    for row in rows:
        counts.setdefault(row["stratum"], [0, row["stratum_pairs"]])[0] += 1
    most = max(n for n, _ in counts.values())
    assert len(rows) == 40
    assert all(n >= min(size, most - 1) for n, size in counts.values())
    assert len({row["stratum"] for row in rows[: len(counts)]}) == len(counts)
    assert rows == draw(hub, "person", 40, seed=1, progress=quiet).rows.to_pylist()
    assert rows != draw(hub, "person", 40, seed=2, progress=quiet).rows.to_pylist()


def test_labels_of_a_sample_measure_what_is_true(hub: Connection) -> None:
    customer = truth(hub)
    sample = labels.save_sample(hub, "person", draw(hub, "person", 150, seed=1, progress=quiet))
    said = [
        (p.record_l, p.record_r, "same" if customer[p.record_l] == customer[p.record_r] else "different")
        for p in labels.pairs(hub, sample)
    ]
    labels.judge(hub, "person", said, by="anna")  # type: ignore[arg-type]  # verdicts are of the type by their values
    found = measure(labels.strata(hub, sample))
    assert found is not None
    clusters = crosswalk.clusters(hub, "person")
    together = [(a, b) for a, b in combinations(sorted(clusters), 2) if clusters[a] == clusters[b]]
    right = sum(customer[a] == customer[b] for a, b in together)
    assert found.labels == 150
    assert found.precision.low <= right / len(together) <= found.precision.high


def test_what_was_judged_is_left_out_goes_with_its_records_and_into_the_next_sample(hub: Connection) -> None:
    sample = labels.save_sample(hub, "person", draw(hub, "person", 30, seed=1, progress=quiet))
    first, second, *_ = labels.pairs(hub, sample)
    labels.judge(hub, "person", [(first.record_r, first.record_l, "same")], by="anna")
    left = labels.pairs(hub, sample, open_only=True)
    assert (len(left), left[0]) == (29, second)
    labels.judge(hub, "person", [(first.record_l, first.record_r, "different")], by="ben")
    assert labels.known(hub, "person") == [(first.record_l, first.record_r, False)]
    pair = (first.record_l, first.record_r)
    assert labels.judge(hub, "person", [(*pair, "same"), (*reversed(pair), "different")], by="ben") == 1
    assert labels.known(hub, "person") == [(*pair, False)]
    again = labels.save_sample(hub, "person", draw(hub, "person", 10**6, seed=2, progress=quiet))
    assert [p.verdict for p in labels.pairs(hub, again) if p.verdict] == ["different"]
    store.delete(hub, [labels.sides(hub, [first.record_l])[first.record_l].key])
    assert labels.known(hub, "person") == []
    assert first.record_l not in {p.record_l for p in labels.pairs(hub, sample)}


def test_figures_and_shares_come_from_the_newest_sample_that_is_half_judged(hub: Connection) -> None:
    def judge(sample: int, number: int) -> None:
        asked = labels.pairs(hub, sample, open_only=True)[:number]
        labels.judge(hub, "person", [(p.record_l, p.record_r, "same") for p in asked], by="anna")

    assert labels.measuring_sample(hub, "person") == 0
    first = labels.save_sample(hub, "person", draw(hub, "person", 30, seed=1, progress=quiet))
    assert labels.measuring_sample(hub, "person") == first
    judge(first, 18)
    shares = labels.to_train_on(hub, "person")
    second = labels.save_sample(hub, "person", draw(hub, "person", 60, seed=2, progress=quiet))
    assert labels.measuring_sample(hub, "person") == first
    assert labels.to_train_on(hub, "person") == shares
    judge(second, 5)
    assert labels.measuring_sample(hub, "person") == first
    judge(second, 30)
    assert labels.measuring_sample(hub, "person") == second
    assert labels.drawn_with(hub, second) == 1


def test_a_label_moves_no_customer(hub: Connection, config: Config) -> None:
    before = crosswalk.clusters(hub, "person")
    pair = next(
        p for p in labels.pairs(hub, labels.save_sample(hub, "person", draw(hub, "person", 9, seed=1, progress=quiet)))
    )
    labels.judge(hub, "person", [(pair.record_l, pair.record_r, "different")], by="anna")
    assert not resolver.is_due(hub, config)
    assert crosswalk.clusters(hub, "person") == before


def test_a_file_goes_out_and_its_verdicts_come_back(hub: Connection, tmp_path: Path) -> None:
    sample = labels.save_sample(hub, "person", draw(hub, "person", 20, seed=1, progress=quiet))
    path = tmp_path / "pairs.csv"
    assert label_file.write(hub, sample, path) == 20
    rows = list(csv.DictReader(path.open(encoding="utf-8-sig")))
    assert "family_name: " in rows[0]["left"]
    for row, said in zip(rows, ("same", "N", "u"), strict=False):
        row["verdict"] = said
    _write(path, rows)
    assert label_file.read(hub, path, by="anna") == 3
    assert [p.verdict for p in labels.pairs(hub, sample)][:4] == ["same", "different", "unsure", None]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verdict": "perhaps"}, "line 2: the verdict is none of"),
        ({"verdict": "y", "left_source_id": "none"}, "line 2: there is no record crm/contacts/none"),
        ({"verdict": "y", "left_source_id": "1\0"}, "line 2: there is no record crm/contacts/1"),
        ({"verdict": "y", "left_source_id": "1", "right_source_id": "1"}, "both sides are one record"),
    ],
)
def test_a_faulty_file_changes_nothing(hub: Connection, tmp_path: Path, change: dict[str, str], said: str) -> None:
    sample = labels.save_sample(hub, "person", draw(hub, "person", 5, seed=1, progress=quiet))
    path = tmp_path / "pairs.csv"
    label_file.write(hub, sample, path)
    rows = list(csv.DictReader(path.open(encoding="utf-8-sig")))
    rows[0] |= change
    rows[1] |= {"verdict": "same"}
    _write(path, rows)
    with pytest.raises(RejectedError, match=said):
        label_file.read(hub, path, by="anna")
    assert labels.known(hub, "person") == []


def test_a_pair_with_two_verdicts_and_a_file_of_something_else_are_refused(hub: Connection, tmp_path: Path) -> None:
    sample = labels.save_sample(hub, "person", draw(hub, "person", 5, seed=1, progress=quiet))
    path = tmp_path / "pairs.csv"
    label_file.write(hub, sample, path)
    row = next(csv.DictReader(path.open(encoding="utf-8-sig")))
    _write(path, [row | {"verdict": "y"}, row | {"verdict": "n"}])
    with pytest.raises(RejectedError, match="another verdict"):
        label_file.read(hub, path, by="anna")
    path.write_text("name\nx\n")
    with pytest.raises(RejectedError, match="no column left_system"):
        label_file.read(hub, path, by="anna")


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)


def test_standing_decisions_are_learnt_from_and_answer_pairs_of_the_sample_alone(hub: Connection) -> None:
    customer = truth(hub)
    sample = labels.save_sample(hub, "person", draw(hub, "person", 30, seed=1, progress=quiet))
    asked = labels.pairs(hub, sample)
    keys = {record_id: key for key, (record_id, _) in labels.find(hub, [r.key for _, r in PEOPLE]).items()}
    apart = next(p for p in asked if customer[p.record_l] != customer[p.record_r])
    pair = (apart.record_l, apart.record_r)
    labels.judge(hub, "person", [(*pair, "same")], by="anna")
    decisions.decide(hub, "different", [keys[pair[0]]], [keys[pair[1]]], by="ben", reason="asked")
    first, second, third = sorted(set(customer) - {r for p in asked for r in (p.record_l, p.record_r)})[:3]
    before = [(s.number, s.judged) for s in labels.strata(hub, sample)]
    assert [same for _, judged in before for _, same in judged] == [False]
    grouped = decisions.decide(hub, "same", [keys[first]], [keys[second], keys[third]], by="ben", reason="told")
    assert [(s.number, s.judged) for s in labels.strata(hub, sample)] == before  # not drawn: no figure moves
    learnt = {(j.record_l, j.record_r): j for j in labels.to_train_on(hub, "person")}
    assert learnt[pair] == (*pair, False, 1.0, True)  # the decision comes before the label
    group = [learnt[p] for p in combinations((first, second, third), 2)]
    assert all(j.same and j.decided for j in group)
    assert sum(j.pairs for j in group) == pytest.approx(2.0)
    assert pair not in {(p.record_l, p.record_r) for p in labels.pairs(hub, sample, open_only=True)}
    decisions.revoke(hub, grouped.decision_id, by="ben", reason="wrong")
    assert [j for j in labels.to_train_on(hub, "person") if j.decided] == [learnt[pair]]
