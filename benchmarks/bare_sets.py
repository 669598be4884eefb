"""Bare Splink 5 on a set of files: what a data engineer would write for it by hand, and nothing of the hub.

Values are trimmed, put in lower case and stripped of accents, phones of all but their digits. The comparisons are those
that Splink's guides give for such columns, the blocking rules those that one would write for the columns at hand.
Training is unsupervised (prior, u by sampling, EM), clusters are connected components. Two thresholds: a probability
of 0.95, which one takes who knows nothing of the truth, and the one that the truth shows to be best.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.truth import Key, quality

ROLES: dict[str, tuple[str, ...]] = {
    "given": ("first_name", "given_name"),
    "family": ("last_name", "surname", "family_name"),
    "company": ("company", "site_name"),
    "birth": ("date_of_birth", "dob"),
    "email": ("email",),
    "phone": ("phone",),
    "street": ("street", "address_1", "address"),
    "postcode": ("postcode", "zip"),
    "city": ("city", "suburb"),
    "identifier": ("soc_sec_id",),
}
"""What a column is, by its name in the sets: the engineer looked."""
_ID = ("id", "unique_id", "rec_id", "record_id")
_CERTAIN = 4.25  # bits: a probability of 0.95
_RULES = (
    ("email",), ("phone",), ("identifier",), ("birth",), ("given", "family"), ("postcode", "family"), ("street",),
    ("company",), ("family", "substr(given, 1, 1)"), ("family", "city"), ("phone", "postcode"),
    ("postcode", "substr(company, 1, 4)"), ("substr(company, 1, 8)",),
)  # fmt: skip
_SURE = (("email",), ("identifier",), ("given", "family", "birth"), ("phone", "family"), ("phone", "street"),
         ("given", "family", "city"), ("company", "street"))  # fmt: skip
_LEARN = (("email",), ("given", "family"), ("birth",), ("phone",), ("company",), ("postcode", "family"), ("street",))


def link(files: Sequence[Path], truth: dict[Key, str]) -> dict[str, Any]:
    """Link the rows of the files; gives F1 and B-cubed at 0.95 and at the best threshold, and the bits of that."""
    con = duckdb.connect(config={"memory_limit": "4GiB"})
    columns = _load(con, files)
    linker = _trained(con, columns)
    edges = linker.inference.predict(threshold_match_weight=-10, warning_mode="never")
    rows = con.sql(f"SELECT unique_id_l, unique_id_r, match_weight FROM {edges.physical_name}").fetchall()
    keys = {number: (system, source_id) for number, system, source_id in con.sql("FROM keys").fetchall()}
    told = {number: truth[key] for number, key in keys.items() if key in truth}
    reached = {
        float(bits): quality(told, _components(told, [(a, b) for a, b, w in rows if w >= bits]))
        for bits in (*range(-8, 31), _CERTAIN)
    }
    best = max(reached, key=lambda bits: (reached[bits]["f1"], bits))
    return {"certain": reached[_CERTAIN], "best": reached[best], "best_bits": best, "pairs": len(rows)}


def _load(con: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> list[str]:
    """Make table `people` with a column for each role that the files have; gives the roles."""
    parts = []
    for path in files:
        names = [row[0] for row in con.sql(f"DESCRIBE FROM {_source(path)}").fetchall()]
        taken = {role: next(n for n in named if n in names) for role, named in ROLES.items() if set(named) & set(names)}
        system = f"'{path.stem}'"
        if "source_system" in names:  # a row that names none is of the file
            system = f"coalesce(nullif(source_system, ''), {system})"
        key = next(name for name in _ID if name in names)
        cells = ", ".join(f"{_cleaned(role, column)} AS {role}" for role, column in taken.items())
        parts.append(f"SELECT {system} AS system, {key}::VARCHAR AS source_id, {cells} FROM {_source(path)}")
    con.execute(f"CREATE TABLE loose AS {' UNION ALL BY NAME '.join(parts)}")
    con.execute(
        "CREATE TABLE people AS SELECT row_number() OVER (ORDER BY system, source_id) AS unique_id, * FROM loose"
    )
    con.execute("CREATE VIEW keys AS SELECT unique_id, system, source_id FROM people")
    return [row[0] for row in con.sql("DESCRIBE people").fetchall() if row[0] in ROLES]


def _source(path: Path) -> str:
    if path.suffix == ".parquet":
        return f"'{path}'"
    return f"read_csv('{path}', all_varchar = true, header = true, delim = ',', quote = '\"')"


def _cleaned(role: str, column: str) -> str:
    if role in ("phone", "identifier"):
        return f"nullif(regexp_replace(\"{column}\"::VARCHAR, '[^0-9]', '', 'g'), '')"
    return f"nullif(strip_accents(lower(trim(regexp_replace(\"{column}\"::VARCHAR, '\\s+', ' ', 'g')))), '')"


def _comparison(role: str) -> Any:
    if role in ("given", "family", "company"):
        return cl.JaroWinklerAtThresholds(role, [0.92, 0.8]).configure(term_frequency_adjustments=True)
    if role in ("birth", "identifier"):
        return cl.LevenshteinAtThresholds(role, [1, 2])
    if role == "email":
        return cl.EmailComparison(role)
    if role == "street":
        return cl.JaroWinklerAtThresholds(role, [0.9, 0.8])
    if role == "city":
        return cl.ExactMatch(role).configure(term_frequency_adjustments=True)
    return cl.LevenshteinAtThresholds(role, [1])


def _rules(columns: Sequence[str], wanted: Sequence[tuple[str, ...]]) -> list[Any]:
    def there(part: str) -> bool:
        return part in columns or any(f"({column}" in part for column in columns)

    return [block_on(*rule) for rule in wanted if all(there(part) for part in rule)]


def _trained(con: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> Linker:
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(role) for role in columns],
        blocking_rules_to_generate_predictions=_rules(columns, _RULES) or [block_on(columns[0])],
        retain_matching_columns=False,
    )
    linker = Linker(DuckDBAPI(con).register("people"), settings, log_level=None)
    sure = _rules(columns, _SURE) or _rules(columns, _LEARN)[:1]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in _rules(columns, _LEARN)[:3]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    return linker


def _components(records: dict[int, str], edges: Sequence[tuple[int, int]]) -> dict[int, int]:
    root = {record: record for record in records}

    def find(x: int) -> int:
        while root[x] != x:
            root[x] = x = root[root[x]]
        return x

    for left, right in edges:
        if left in root and right in root:
            a, b = find(left), find(right)
            root[max(a, b)] = min(a, b)
    return {record: find(record) for record in root}
