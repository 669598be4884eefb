"""The bars, and the table that holds measurements against them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Measured = dict[str, Any]

_LARGE = 1_000_000
# The parts of a run that end with scored edges: what is read for it, the pairs, their weights.
_SCORING = ("look for pending records", "records to resolve", "comparing person records: pairs")


@dataclass(frozen=True)
class Row:
    """A line of the table. `met` None: there is no bar, or it is set for a larger base than this one."""

    stage: str
    size: int
    hub: str
    bare: str
    ratio: float | None
    peak: str
    bar: str
    met: bool | None


def judge(sizes: dict[int, dict[str, Measured]]) -> list[Row]:
    """Hold the measurements of each size against the bars; those for a million rows bind only there."""
    rows = [row for size, found in sizes.items() for row in _of_size(size, found)]
    for size, found in sizes.items():
        smaller = sizes.get(size // 10)
        if smaller:
            ratio = _cpu(found["frozen"]) / _cpu(smaller["frozen"])
            rows.append(Row("CPU of a later run, ten times the rows", size, f"{_cpu(found['frozen']):.1f} s",
                            f"{_cpu(smaller['frozen']):.1f} s", ratio, "", "<= 14 at 1M",
                            _binding(size, ratio <= 14)))  # fmt: skip
            now, then = (one["golden_touch"] for one in (found, smaller))
            flat = _cpu(now) / max(_cpu(then), 1e-9)
            rows.append(Row("CPU of refreshing 1,000 customers, ten times the rows", size, f"{_cpu(now):.2f} s",
                            f"{_cpu(then):.2f} s", flat, "", "<= 1.5 at 1M", _binding(size, flat <= 1.5)))  # fmt: skip
    return rows


def table(rows: list[Row]) -> str:
    """Write the rows as a Markdown table."""
    lines = ["| stage | rows | hub | bare | ratio | peak MiB: hub / bare (PostgreSQL) | bar | met |",
             "|---|--:|--:|--:|--:|--:|---|---|"]  # fmt: skip
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = {None: "", True: "yes", False: "**no**"}[row.met]
        lines.append(
            f"| {row.stage} | {row.size:,} | {row.hub} | {row.bare} | {ratio} | {row.peak} | {row.bar} | {met} |"
        )
    return "\n".join(lines)


def _of_size(size: int, found: dict[str, Measured]) -> Iterator[Row]:
    yield from _intake(size, found)
    yield from _full_runs(size, found)
    yield from _golden(size, found)
    yield from _changes(size, found["increment"], found["frozen"])
    yield from _requests(size, found["look_up"], found["search"])
    yield from _api(size, found["api"])
    yield from _matches(size, found)


def _intake(size: int, found: dict[str, Measured]) -> Iterator[Row]:
    load = found["load"]
    append, copy = (load["rows"] / max(load["parts"][part], 1e-9) for part in ("dlt append", "raw COPY"))
    fast = append >= 200_000 and append >= 0.45 * copy
    yield _plain("land a file (read, compare, load, index)", size, found["land"], per_second=True)
    yield Row(
        stage="load by dlt from Arrow, beside raw COPY",
        size=size,
        hub=f"{append:,.0f} rows/s",
        bare=f"{copy:,.0f} rows/s",
        ratio=append / copy,
        peak=_peak(load),
        bar=">= 200,000 rows/s and >= 0.45, at 1M",
        met=_binding(size, fast),
    )
    merged = load["rows"] / max(load["parts"]["dlt merge"], 1e-9)
    yield _rate("merge by dlt from Arrow, every row known", size, merged, 100_000)
    api = load["dicts"] / max(load["parts"]["dicts"], 1e-9)
    yield _rate(f"land {load['dicts']:,} rows as an API gives them (dicts)", size, api, 15_000)
    yield _plain("take in (map, standardise, store)", size, found["take_in"], per_second=True)


def _full_runs(size: int, found: dict[str, Measured]) -> Iterator[Row]:
    yield _pair("first full run with training", size, found["first"], found["bare_first"], 1.8)
    yield _memory("peak memory of it", size, found["first"], found["bare_first"])
    yield _pair("later full run, frozen model", size, found["frozen"], found["bare_frozen"], 3.0)
    yield _memory("peak memory of it", size, found["frozen"], found["bare_frozen"])
    yield _plain("golden records of all", size, found["golden"])


def _golden(size: int, found: dict[str, Measured]) -> Iterator[Row]:
    made, resolved, touched = found["golden_build"], found["frozen"], found["golden_touch"]
    yield Row(
        stage=f"golden records of {made['created']:,} customers, 15 attributes, beside the later full run",
        size=size,
        hub=_seconds(made),
        bare="",
        ratio=_cpu(made) / max(_cpu(resolved), 1e-9),
        peak=_peak(made),
        bar="",
        met=None,
    )
    yield _plain(f"refresh of {touched['touched']:,} touched customers", size, touched)


def _changes(size: int, step: Measured, full: Measured) -> Iterator[Row]:
    share = step["seconds"] / full["seconds"]
    yield Row(
        stage=f"{step['stored']:,} changes, end to end, beside the later full run",
        size=size,
        hub=_seconds(step),
        bare="",
        ratio=share,
        peak=_peak(step),
        bar="<= 5 s and <= 0.25, at 1M",
        met=_binding(size, step["seconds"] <= 5 and share <= 0.25),
    )
    scoring, all_scoring = _scoring(step), max(_scoring(full), 1e-9)
    yield Row(
        stage=f"scoring of {step['stored']:,} changes, beside that of the later full run",
        size=size,
        hub=f"{scoring:.2f} s beside {all_scoring:.2f} s",
        bare="",
        ratio=scoring / all_scoring,
        peak="",
        bar="<= 0.15 at 1M",
        met=_binding(size, scoring <= 0.15 * all_scoring),
    )


def _requests(size: int, look: Measured, asked: Measured) -> Iterator[Row]:
    yield Row(
        stage="golden record by id, p50 / p95",
        size=size,
        hub=f"{look['p50_ms']:.1f} / {look['p95_ms']:.1f} ms",
        bare="",
        ratio=None,
        peak=_peak(look),
        bar="p95 <= 10 ms",
        met=look["p95_ms"] <= 10,
    )
    yield Row(
        stage="search before create, p50 / p95 / p99",
        size=size,
        hub=f"{asked['p50_ms']:.1f} / {asked['p95_ms']:.1f} / {asked['p99_ms']:.1f} ms",
        bare="",
        ratio=None,
        peak=_peak(asked),
        bar="p50 <= 25 ms and p95 <= 60 ms, at 1M",
        met=_binding(size, asked["p50_ms"] <= 25 and asked["p95_ms"] <= 60),
    )


def _api(size: int, found: Measured) -> Iterator[Row]:
    words = {
        "read": "API: read a customer",
        "search": "API: search by name",
        "typo": "API: search by a misspelt name",
        "match": "API: search before create",
        "compare": "console: compare two records",
    }
    for name, stage in words.items():
        p50, p99 = found[f"{name}_p50_ms"], found[f"{name}_p99_ms"]
        yield Row(f"{stage}, p50 / p99", size, f"{p50:.1f} / {p99:.1f} ms", "", None, _peak(found), "", None)
    sound = found["feed_lost"] == 0 and found["feed_out_of_order"] == 0
    told = f"{found['feed_commits'] / max(found['feed_seconds'], 1e-9):,.0f} commits/s"
    bar = "none lost, none out of order"
    yield Row("change feed under eight writers", size, told, "", None, "", bar, sound)


def _matches(size: int, found: dict[str, Measured]) -> Iterator[Row]:
    f1, scored, pairs = found["quality"], found["frozen"]["pairs"], found["bare_frozen"]["pairs"]
    trained = f"{f1['bare']:.3f} (own training: {f1['bare_trained']:.3f})"
    yield Row("pairwise F1", size, f"{f1['hub']:.3f}", trained, None, "", "", None)
    yield Row("pairs scored", size, f"{scored:,}", f"{pairs:,}", scored / max(pairs, 1), "", "", None)


def _rate(stage: str, size: int, rate: float, least: int) -> Row:
    bar = f">= {least:,} rows/s, at 1M"
    return Row(stage, size, f"{rate:,.0f} rows/s", "", None, "", bar, _binding(size, rate >= least))


def _plain(stage: str, size: int, found: Measured, *, per_second: bool = False) -> Row:
    rate = f", {found['rows'] / max(found['seconds'], 1e-9):,.0f} rows/s" if per_second else ""
    return Row(stage, size, _seconds(found) + rate, "", None, _peak(found), "", None)


def _pair(stage: str, size: int, hub: Measured, bare: Measured, most: float) -> Row:
    ratio = hub["seconds"] / bare["seconds"]
    return Row(stage, size, _seconds(hub), _seconds(bare), ratio, "", f"<= {most} at 1M", _binding(size, ratio <= most))


def _memory(stage: str, size: int, hub: Measured, bare: Measured) -> Row:
    ratio = hub["peak_mib"] / bare["peak_mib"]
    met = ratio <= 2 and hub["peak_mib"] <= 3072
    peak = f"{hub['peak_mib']:,.0f} / {bare['peak_mib']:,.0f} ({hub['postgres_mib']:,.0f})"
    return Row(stage, size, "", "", ratio, peak, "<= 2 and <= 3 GiB", met)


def _binding(size: int, met: bool) -> bool | None:
    return met if size >= _LARGE else None


def _scoring(found: Measured) -> float:
    return float(sum(found["parts"].get(part, 0.0) for part in _SCORING))


def _cpu(found: Measured) -> float:
    """CPU seconds of a stage, those of PostgreSQL among them."""
    return float(found["cpu"] + found["postgres_cpu"])


def _seconds(found: Measured) -> str:
    """Wall seconds, and the CPU seconds which are truer on a busy machine."""
    return f"{found['seconds']:.1f} s ({found['cpu'] + found.get('postgres_cpu', 0):.1f} CPU)"


def _peak(found: Measured) -> str:
    return f"{found['peak_mib']:,.0f} ({found['postgres_mib']:,.0f})"
