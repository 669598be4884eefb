"""Read hub.yaml: fill in `${NAME}` from the environment, validate, and say of each fault the line and a way out."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from hub.config import Config
from hub.errors import SettingsError
from hub.section import did_you_mean

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def load_config(path: Path) -> Config:
    """Read and check a settings file.

    Raises SettingsError with every fault found, each with its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(
            f"There is no {path}.", hint="Make one with `hub init`, or from your files with `hub init --from FILE`."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {type(error).__name__}.", hint="Save it as UTF-8 text.") from None
    return parse_config(text, path)


def parse_config(text: str, path: Path) -> Config:
    """Check settings given as text; `path` names them in errors and is where relative paths start."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise SettingsError(
            f"{path.name}{line}: this is not YAML: {getattr(error, 'problem', None) or 'unreadable'}."
        ) from None
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(f"{path.name}: expected keys such as 'systems:' at the top.", hint="See `hub init`.")
    faults = [*_duplicates(node), *_fill_in(node), *_no_dates(node)]
    if faults:
        raise SettingsError("\n".join(f"{path.name}, {fault}" for fault in faults))
    loader = yaml.SafeLoader("")
    data = loader.construct_document(node)
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{path.name}, {fault}" for fault in _faults(error, node))) from None
    config._folder = path.parent.absolute()
    return config


def _duplicates(node: yaml.Node) -> list[str]:
    """A key that stands twice would silently win over its first; YAML itself does not mind."""
    faults = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                faults.append(f"line {key.start_mark.line + 1}: '{key.value}' stands here a second time")
            seen.add(key.value)
            faults += _duplicates(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            faults += _duplicates(value)
    return faults


def _no_dates(node: yaml.Node) -> list[str]:
    """What looks like a date and is none; YAML's own error names no line."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag != "tag:yaml.org,2002:timestamp":
            return []
        try:
            yaml.SafeLoader("").construct_document(node)
        except ValueError as error:
            return [f"line {node.start_mark.line + 1}: {node.value} is no date: {error}"]
        return []
    children = (part for pair in node.value for part in pair) if isinstance(node, yaml.MappingNode) else node.value
    return [fault for child in children for fault in _no_dates(child)]


def _fill_in(node: yaml.Node) -> list[str]:
    """Put environment variables in place; gives the faults found."""
    faults: list[str] = []
    if isinstance(node, yaml.ScalarNode):

        def value(match: re.Match[str]) -> str:
            found = os.environ.get(match[1], match[2])
            if found is None:
                faults.append(
                    f"line {node.start_mark.line + 1}: the environment variable {match[1]} is not set; "
                    f"set it, or write ${{{match[1]}:-default}}"
                )
            return found or ""

        if _VARIABLE.search(node.value):
            node.value = _VARIABLE.sub(value, node.value)
    else:
        children = (part for pair in node.value for part in pair) if isinstance(node, yaml.MappingNode) else node.value
        for child in children:
            faults += _fill_in(child)
    return faults


def _faults(error: ValidationError, root: yaml.MappingNode) -> list[str]:
    """One line a fault; of a union's many complaints only the deepest are worth reading."""
    found: dict[tuple[str, ...], list[str]] = {}
    for entry in error.errors(include_url=False, include_input=False):
        message = entry["msg"].removeprefix("Value error, ")
        if not entry["loc"]:
            for fault in message.splitlines():
                line, place, said = _placed(fault, root)
                found.setdefault((str(line), ".".join(place)), []).append(said)
            continue
        line, place = _locate(entry["loc"], root)
        if entry["type"] == "extra_forbidden":
            key = str(entry["loc"][-1])
            message = f"unknown key '{key}'{did_you_mean(key, [known for known in _siblings(place) if known != key])}"
        found.setdefault((str(line), ".".join(place)), []).append(message)
    return [
        f"line {line}: {place or 'settings'}: {'; or '.join(dict.fromkeys(messages))}"
        for (line, place), messages in found.items()
    ]


def _locate(loc: Sequence[int | str], root: yaml.MappingNode) -> tuple[int, list[str]]:
    """Follow pydantic's location through the file as far as it goes (it also names union branches)."""
    node: yaml.Node = root
    line, place = root.start_mark.line + 1, []
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    node, line = value, key.start_mark.line + 1
                    place.append(str(step))
                    break
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
            place.append(str(step))
    return line, place


def _placed(fault: str, root: yaml.MappingNode) -> tuple[int, list[str], str]:
    """Find the place that a fault of the whole file begins with: `survivorship.attributes.title: unknown ...`."""
    words = fault.split(":")[0].split(" ")[0]
    line, place = _locate([int(step) if step.isdigit() else step for step in words.split(".")], root)
    said = fault.removeprefix(words).removeprefix(":").strip() if place == words.split(".") else fault
    return line, place, said


def _siblings(place: Sequence[str]) -> list[str]:
    """Keys that any part of the model knows: good enough to suggest from."""
    seen: set[str] = set()

    def walk(model: type[BaseModel]) -> None:
        for name, field in model.model_fields.items():
            if name in seen:
                continue
            seen.add(name)
            for inner in _models(field.annotation):
                walk(inner)

    walk(Config)
    return sorted(seen - set(place[:-1]))


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for inner in getattr(annotation, "__args__", ()) for m in _models(inner)]
