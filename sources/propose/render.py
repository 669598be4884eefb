"""Render: a proposal as a commented hub.yaml."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sources.propose.customs import Custom
from sources.propose.proposal import FileProposal, Proposal

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_/.-]*(?: [A-Za-z0-9_/.-]+)*")
_NOT_PLAIN = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"))
_HEAD = """\
# Settings of the hub, proposed by `hub init --from`. Each guess has its reason.
# Change what is wrong, then run `hub sync`. Attribute on the left, column of the file on the right.
version: 1
"""


def render(proposal: Proposal, *, folder: Path = Path()) -> str:
    """Write the proposal as hub.yaml; paths are relative to `folder`, where hub.yaml will stand, if they lie in it."""
    lines = [_HEAD]
    own = proposal.attributes()
    if own:
        lines.append("# Attributes of your own: columns that the hub has no name for.")
        lines.append("# match: none (kept, not compared), exact or fuzzy.")
        lines.append("attributes:")
        lines += [_own(custom) for custom in own.values()]
        lines.append("")
    lines.append("systems:")
    for file in proposal.files:
        lines += _system(file, folder)
    return "\n".join(lines) + "\n"


def scalar(text: str) -> str:
    """Write a text as a YAML scalar."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _NOT_PLAIN:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _flow(value: Any) -> str:
    """Write a value in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(str(key))}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    written = scalar(str(value))
    return (
        json.dumps(str(value), ensure_ascii=False)
        if re.search(r"[,\[\]{}]", written) and written[0] != '"'
        else written
    )


def _comment(text: str) -> str:
    """Write a reason as a comment: in one line, whatever a header holds."""
    return "# " + " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _own(custom: Custom) -> str:
    told = {"kind": custom.kind} | ({"match": custom.match} if custom.match != "none" else {})
    return f"  {scalar(custom.name)}: {_flow(told)}  {_comment(custom.reason)}"


def _path(path: Path, folder: Path) -> str:
    """Give the path as hub.yaml finds it; its own brackets and stars are no pattern."""
    absolute, base = path.absolute(), folder.absolute()
    inside = absolute.is_relative_to(base)
    return glob.escape(str(absolute.relative_to(base) if inside else absolute))


def _system(file: FileProposal, folder: Path) -> Iterator[str]:
    yield f"  {scalar(file.system)}:  {_comment(f'{file.path.name}, {file.rows} rows looked at')}"
    yield "    kind: files"
    yield "    objects:"
    yield "      customer:"
    indent = " " * 8
    yield f"{indent}path: {scalar(_path(file.path, folder))}"
    yield f"{indent}entity_type: {_flow(file.entity.declared)}  {_comment(file.entity.reason)}"
    key = file.key.columns
    yield f"{indent}id: {_flow(key[0] if len(key) == 1 else key)}  {_comment(file.key.reason)}"
    for warning in file.warnings:
        yield f"{indent}{_comment('NOTE: ' + warning)}"
    if file.system_column:
        yield f"{indent}system_column: {scalar(file.system_column)}  # it names the system that each row comes from"
    if file.modified_at:
        yield f"{indent}modified_at: {scalar(file.modified_at)}  # when the row changed, by its name"
    if file.deleted:
        yield f"{indent}deleted: {_flow({'column': file.deleted[0], 'values': file.deleted[1]})}  # marked as deleted"
    if file.country:
        yield f"{indent}country: {scalar(file.country[0])}  {_comment(file.country[1])}"
    else:
        yield f"{indent}# country: XX  # of phones and addresses that name none; the file doesn't show it plainly"
    yield f"{indent}fields:"
    for one in file.fields:
        yield from _field(one.attribute, one.mapping, one.reason, indent + "  ")
    for custom in file.customs:
        yield f"{indent}  {scalar(custom.name)}: {scalar(custom.column)}  # an attribute of your own, see above"
    for name, reason in file.ignored:
        yield f"{indent}{_comment(f'left out: {name}: {reason}')}"


def _field(name: str, mapping: Any, reason: str, indent: str) -> Iterator[str]:
    if isinstance(mapping, list) and mapping and isinstance(mapping[0], dict):
        yield f"{indent}{name}:  {_comment(reason)}"
        for one in mapping:
            yield f"{indent}  - {_flow(one)}"
    elif isinstance(mapping, dict) and name == "address":
        yield f"{indent}{name}:  {_comment(reason)}"
        for part, columns in mapping.items():
            yield f"{indent}  {part}: {_flow(columns)}"
    else:
        yield f"{indent}{name}: {_flow(mapping)}  {_comment(reason)}"
