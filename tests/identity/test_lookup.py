"""Search before create: a look-up says what saving and resolving would say, to the last bit."""

from __future__ import annotations

import math
import threading
from dataclasses import replace

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from hub import duck
from hub.config import Config
from hub.db import transaction
from hub.errors import RetryableError
from identity import feature_store, models_store, resolver, store
from identity.features import feature
from identity.lookup import UNSAVED, Candidate, Lookup
from identity.lookup_rows import compared_row, counted_columns, values_to_look_up
from identity.model import Model
from identity.prepared import TABLE
from identity.scoring import prepare_for_model
from tests.identity.factories import key, record
from tests.identity.people import firms, people

PEOPLE = [r for _, r in people(90, seed=11)]
FIRMS = [r for _, r in firms(40, seed=12)]


def resolve(conn: Connection, config: Config) -> resolver.Settled:
    return resolver.settle(conn, resolver.score(conn, config))


def make_live(conn: Connection, model: Model) -> None:
    models_store.save(conn, model)
    models_store.make_live(conn, model.entity_type, model.version)


@pytest.fixture
def hub(conn: Connection, config: Config, models: list[Model]) -> Connection:
    """A resolved hub, with a phone of a call centre that the model has as junk."""
    person, organisation = models
    make_live(conn, replace(person, junk=person.junk | {("phone", "304711815"): 40, ("given", "anna"): 99}))
    make_live(conn, organisation)
    store.save(conn, [*PEOPLE, *FIRMS])
    resolve(conn, config)
    return conn


def edges_of(conn: Connection, record_id: int | None) -> list[tuple[int, float, float, tuple[str, ...]]]:
    rows = conn.execute(
        sa.text("""
            SELECT record_l + record_r - :id AS other, match_weight, match_probability, match_keys FROM identity.edge
            WHERE :id IN (record_l, record_r) ORDER BY match_weight DESC, other"""),
        {"id": record_id},
    )
    return [(row[0], row[1], row[2], tuple(row[3])) for row in rows]


def said(found: list[Candidate]) -> list[tuple[int, float, float, tuple[str, ...]]]:
    return [(c.record_id, c.weight, c.probability, c.match_keys) for c in found]


NEW = [
    record(f"new{i}", entity_type=r.entity_type, **{n: [v.standard for v in vs] for n, vs in r.attributes.items()})
    for i, r in enumerate([*PEOPLE[::9], *FIRMS[::9]])
] + [
    record("n1", given_name="anna", family_name="abel", phone=["+49304711815"]),
    record("n2", given_name="abel", family_name="anna", birth_date="1961-03-03"),
    record("n3", given_name="Ütü", family_name='o\'hara "x" \\', email=["a'b@mail1.org", "x@mail2.org"]),
    record("n4", entity_type="organisation", organisation_name="braun steel anna", phone=["+49401111111"]),
    record("n5"),
]


def test_a_look_up_says_what_a_run_would(hub: Connection, config: Config) -> None:
    """For records that are not saved, and for saved ones; the new ones meet each other only once they are saved."""
    lookup = Lookup(config)
    before = {new.key: said(lookup.find(hub, new)) for new in NEW}
    store.save(hub, NEW)
    ids = {
        new.key: hub.scalar(
            sa.text("SELECT record_id FROM identity.source_record WHERE source_id = :id"), {"id": new.key.source_id}
        )
        for new in NEW
    }
    after = {new.key: said(lookup.find(hub, new)) for new in NEW}
    resolve(hub, config)
    saved = {name: edges_of(hub, record_id) for name, record_id in ids.items()}
    assert after == saved
    assert before == {name: [e for e in edges if e[0] not in ids.values()] for name, edges in saved.items()}
    assert sum(map(len, saved.values())) > 40
    lookup.close()


def test_an_edit_is_not_compared_with_what_it_overwrites(hub: Connection, config: Config) -> None:
    edited = replace(PEOPLE[5], attributes=PEOPLE[6].attributes)
    found = Lookup(config).find(hub, edited)
    assert edited.key not in {c.key for c in found}
    store.save(hub, [edited])
    resolve(hub, config)
    own = hub.scalar(sa.text("SELECT record_id FROM identity.source_record WHERE source_id = '5'"))
    assert said(found) == edges_of(hub, own)
    assert found


def test_deleted_records_are_no_candidates(hub: Connection, config: Config) -> None:
    new = replace(PEOPLE[7], key=key("new"))
    assert key(7) in {c.key for c in Lookup(config).find(hub, new)}
    store.delete(hub, [key(7)])
    assert key(7) not in {c.key for c in Lookup(config).find(hub, new)}


def test_bands_are_those_in_force(hub: Connection, config: Config) -> None:
    new = replace(PEOPLE[7], key=key("new"))
    best = Lookup(config).find(hub, new)[0]
    assert best.band == "link"
    assert best.customer_id is not None
    strict = config.model_copy(update={"matching": {}})
    strict.matching["person"] = config.matching_for("person").model_copy(
        update={"link_threshold": 1.0, "review_threshold": 0.5}
    )
    assert Lookup(strict).find(hub, new)[0].band == "review"


def test_steps_sum_up_to_the_weight(hub: Connection, config: Config, models: list[Model]) -> None:
    for new in (replace(PEOPLE[7], key=key("new")), replace(FIRMS[3], key=key("new"))):
        (best, *_) = Lookup(config).find(hub, new, explain=True)
        prior = next(m.prior for m in models if m.entity_type == new.entity_type)
        parts = sum(step.weight + step.adjustment for step in best.steps)
        assert math.log2(prior / (1 - prior)) + parts == pytest.approx(best.weight, abs=1e-9)
        assert any(step.left == step.right != () for step in best.steps)


def test_without_records_there_is_nothing_to_find_and_without_a_model_nothing_to_say(
    conn: Connection, config: Config
) -> None:
    assert Lookup(config).find(conn, NEW[0]) == []
    store.save(conn, PEOPLE[:3])
    with pytest.raises(RetryableError):
        Lookup(config).find(conn, NEW[0])


def test_a_new_live_model_is_noticed(hub: Connection, config: Config, models: list[Model]) -> None:
    lookup = Lookup(config)
    new = replace(PEOPLE[7], key=key("new"))
    before = lookup.find(hub, new)[0].weight
    make_live(hub, replace(models[0], version=2, prior=models[0].prior / 4))
    assert lookup.find(hub, new)[0].weight == pytest.approx(before - 2, abs=0.01)
    assert lookup.find(hub, new) == Lookup(config).find(hub, new)


def test_threads_share_a_look_up(database: Engine, config: Config, models: list[Model]) -> None:
    with transaction(database) as conn:
        make_live(conn, models[0])
        store.save(conn, PEOPLE)
        resolve(conn, config)
    asked = [replace(r, key=key(f"new{i}")) for i, r in enumerate(PEOPLE[:24])]
    lookup = Lookup(config, spare=2)
    with database.connect() as conn:
        alone = [lookup.find(conn, r) for r in asked]
    together: dict[int, list[Candidate]] = {}

    def work(start: int) -> None:
        with database.connect() as conn:
            for i in range(start, len(asked), 4):
                together[i] = lookup.find(conn, asked[i])

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[i] for i in range(len(asked))] == alone
    lookup.close()


WORDS = st.sampled_from(["anna", "abel", "jo", "ann abel", "x", "Ä", "", "steel", "glass steel", "d'or"])
LISTS = st.lists(
    st.sampled_from(
        ["anna@a.org", "abel1@b.org", "x@c.de", "hello.you@c.de", "+49304711815", "304711815", "0555", "k:1"]
    ),
    unique=True,
    max_size=3,
).map(sorted)
FEATURES = st.fixed_dictionaries(
    {
        "entity_type": st.just("person"),
        **{
            name: st.none() | WORDS
            for name in (
                "given_name",
                "given_root",
                "middle_name",
                "family_name",
                "full_name",
                "birth_date",
                "gender",
                "organisation_name",
            )
        },
        **dict.fromkeys(("emails", "phones", "streets", "postcodes", "cities", "identifiers", "domains"), LISTS),
        "extra": st.sampled_from(["{}", '{"shoe": "44"}']),
    }
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(FEATURES, min_size=1, max_size=4))
def test_a_compared_row_is_a_prepared_one(models: list[Model], rows: list[dict[str, object]]) -> None:
    """The oracle: the batch's own preparation, by DuckDB."""
    model = replace(
        models[0],
        extra=(("shoe", "exact"),),
        junk={("phone", "304711815"): 40, ("email", "x@c.de"): 12, ("identifier", "k:1"): 30},
        term_frequencies={"word": {"steel": 0.2, "anna": 0.9999}},
        floors={"word": 0.001},
    )
    features = [(i, row) for i, row in enumerate(rows)]
    columns = counted_columns(model)
    frequencies, contacts = values_to_look_up(rows, model, columns)
    known = {(c, v): f for (c, v) in frequencies if (f := model.term_frequencies.get(c, {}).get(v)) is not None}
    made = [compared_row(i, row, model, columns, known, contacts & set(model.junk)) for i, row in features]
    table = feature_store.feature_table([(i, dict(row)) for i, row in features])
    with duck.connect(threads=1) as con:
        prepare_for_model(con, table, model)
        expected = con.sql(f"SELECT * FROM {TABLE} ORDER BY record_id").to_arrow_table().to_pylist()
    for mine, theirs in zip(made, expected, strict=True):
        assert {n: loosely(mine[n]) for n in theirs} == {n: loosely(v) for n, v in theirs.items()}


def loosely(value: object) -> object:
    """Lists of texts are sets to every comparison; words keep their order, which sums depend on."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return sorted(value)
    return value


def test_the_unsaved_id_is_one_that_the_database_could_give() -> None:
    assert pa.scalar(UNSAVED, pa.int64()).as_py() == UNSAVED


def test_a_record_without_anything_has_no_features_to_match(config: Config) -> None:
    assert not any(feature(record("n5"))[name] for name in ("emails", "phones", "given_name"))
