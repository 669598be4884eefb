"""Propose: from files of customers to the systems, mappings and attributes of a hub.yaml, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.errors import SettingsError
from sources.propose import country, customs, entity, fields, keys
from sources.propose.assign import Assigned, assign
from sources.propose.customs import Custom
from sources.propose.entity import EntityRule
from sources.propose.fields import Field
from sources.propose.keys import Key
from sources.propose.sample import Sample, take


@dataclass(frozen=True)
class FileProposal:
    """What is proposed for one file, and what is left out of it with the reason."""

    path: Path
    system: str
    rows: int
    key: Key
    entity: EntityRule
    fields: list[Field]
    system_column: str | None = None
    modified_at: str | None = None
    deleted: tuple[str, list[str]] | None = None
    country: tuple[str, str] | None = None
    customs: list[Custom] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Proposal:
    """The systems proposed, one for each file; a custom attribute of one name is one attribute of all of them."""

    files: list[FileProposal]

    def attributes(self) -> dict[str, Custom]:
        """Give the custom attributes of all files; where files differ on one, the more careful settings."""
        found: dict[str, Custom] = {}
        for custom in (custom for file in self.files for custom in file.customs):
            known = found.setdefault(custom.name, custom)
            if known.kind != custom.kind:
                known = replace(known, kind="text")
            if known.match != custom.match:
                known = replace(known, match="none", reason="the files differ on whether it tells customers apart")
            found[custom.name] = known
        return found


def propose(paths: Sequence[Path]) -> Proposal:
    """Look at the files and propose settings. Raises SettingsError where one can't be read or has no rows."""
    files: list[FileProposal] = []
    for path in paths:
        files.append(_propose_one(path, {file.system for file in files}))
    return Proposal(files)


def _propose_one(path: Path, systems: set[str]) -> FileProposal:
    sample = take(path)
    if not sample.rows:
        raise SettingsError(f"{path.name} has no rows.", hint="Give a file with some customers in it.")
    found = assign(sample)
    source = keys.system_column(found)
    rule = entity.decide(found)
    key = keys.choose(sample, found, source)
    modified = next((one for one in found if one.role == "@modified"), None)
    deleted = _deleted(found)
    structural = {one.column.name for one in (source, modified) if one} | {rule.column, *key.columns}
    if deleted:
        structural.add(deleted[0])
    mapping = fields.make(found, rule.occurring)
    used = set(_columns(mapping)) | structural
    own, ignored = _leftover(sample, found, used)
    if not mapping and not own:
        raise SettingsError(
            f"No column of {path.name} looks like a customer's.",
            hint="Write its mapping into hub.yaml yourself; see docs.",
        )
    warnings = [key.warning] * bool(key.warning)
    if source and source.column.fill < 1:
        empty = len(source.column.texts) - source.column.filled
        warnings.append(f"{empty} rows have no '{source.column.name}'")
    return FileProposal(
        path=path,
        system=_system_name(path, systems),
        rows=sample.rows,
        key=key,
        entity=rule,
        fields=mapping,
        system_column=source.column.name if source else None,
        modified_at=modified.column.name if modified else None,
        deleted=deleted,
        country=country.guess(found),
        customs=own,
        ignored=ignored,
        warnings=warnings,
    )


def _system_name(path: Path, taken: set[str]) -> str:
    """Name a system by its file's stem, spelt as hub.yaml spells names."""
    stem = path.name.removesuffix(".gz")
    return customs.attribute_name(stem.rpartition(".")[0] or stem, taken)


def _deleted(found: list[Assigned]) -> tuple[str, list[str]] | None:
    for one in found:
        if one.role == "@deleted":
            yes = [text for text in one.column.counts if text.casefold()[:1] in ("1", "t", "y", "j", "s", "o", "x")]
            return one.column.name, yes or ["true", "1", "yes"]
    return None


def _columns(mapping: object) -> list[str]:
    """List all column names in a mapping."""
    if isinstance(mapping, str):
        return [mapping]
    if isinstance(mapping, Field):
        return _columns(mapping.mapping)
    if isinstance(mapping, dict):
        return [name for key, value in mapping.items() if key not in ("format", "kind") for name in _columns(value)]
    return [name for value in mapping for name in _columns(value)] if isinstance(mapping, list) else []


def _leftover(sample: Sample, found: list[Assigned], used: set[str]) -> tuple[list[Custom], list[tuple[str, str]]]:
    own: list[Custom] = []
    ignored = []
    for one in found:
        if one.column.name in used:
            continue
        decided = customs.decide(one, {custom.name for custom in own})
        if isinstance(decided, str):
            ignored.append((one.column.name, decided))
        else:
            own.append(decided)
    return own, ignored
