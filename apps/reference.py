"""Write the parts of docs/ that are generated from the code: the hub.yaml reference, its schema, the commands, the
OpenAPI file.

`make docs` writes them; a test fails where they are not what this would write.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from apps.web.api.openapi import openapi
from hub.attributes import ATTRIBUTES
from hub.config import Config

DOCS = Path(__file__).parent.parent / "docs"


def generated() -> dict[str, str]:
    """Give file name -> content."""
    return {
        "hub-yaml.md": _settings_page(),
        "hub.schema.json": json.dumps(Config.model_json_schema(), indent=2) + "\n",
        "commands.md": _commands_page(),
        "openapi.json": json.dumps(openapi(), indent=2, ensure_ascii=False) + "\n",
    }


def _settings_page() -> str:
    lines = [
        "# hub.yaml",
        "",
        "Every key of the settings file, generated from the model that checks it. For an editor that completes keys,",
        "write the schema beside it with `hub schema > hub.schema.json`. `${NAME}` is filled from the environment.",
        "",
    ]
    seen: list[type[BaseModel]] = []
    for model in _models(Config, seen):
        title = "Top level" if model is Config else model.__name__
        lines += [f"## {title}", "", (model.__doc__ or "").strip().splitlines()[0], ""]
        lines += ["| key | holds | default | meaning |", "| --- | --- | --- | --- |"]
        for name, field in model.model_fields.items():
            default = "required" if field.is_required() else _default(field)
            cells = (f"`{name}`", _type(field.annotation), default, field.description or "")
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    lines += ["## Attributes", "", "| attribute | kind | several | of |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{a.name}` | {a.kind} | {'yes' if a.multi else ''} | {', '.join(a.entity_types)} |"
        for a in ATTRIBUTES.values()
        if not a.derived
    ]
    return "\n".join(lines) + "\n"


def _models(model: type[BaseModel], seen: list[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if model in seen:
        return
    seen.append(model)
    yield model
    for field in model.model_fields.values():
        for inner in _inner(field.annotation):
            yield from _models(inner, seen)


def _inner(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for part in typing.get_args(annotation) for m in _inner(part)]


def _default(field: Any) -> str:
    value = field.default_factory() if field.default_factory else field.default
    if value is PydanticUndefined or value is None or value == {} or isinstance(value, BaseModel):
        return ""
    return f"`{json.dumps(value)}`"


def _type(annotation: Any) -> str:
    """Name a type as a reader of YAML would."""
    names: dict[Any, str] = {str: "text", int: "number", float: "number", bool: "true/false", type(None): ""}
    names |= {datetime: "date and time"}
    if annotation in names:
        return names[annotation]
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(parts[0])
    if origin is typing.Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(name for part in parts if (name := _type(part))))
    if origin is dict:
        return f"map of {_type(parts[1])}"
    if origin in (list, tuple):
        return f"list of {_type(parts[0])}"
    if isinstance(annotation, type):
        return (
            "secret text"
            if annotation.__name__ == "SecretStr"
            else f"[{annotation.__name__}](#{annotation.__name__.lower()})"
        )
    return str(annotation)


def _commands_page() -> str:
    from apps.cli import app

    group: Any = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        "Every command has `--help`.",
        "Exit codes: 0 done, 1 refused, 2 settings or usage, 75 try again later, 70 a fault of the hub itself,",
        "130 stopped by Ctrl-C.",
        "",
    ]
    for name, command in _named(group):
        lines += [f"## hub {name}", "", (command.help or "").strip(), ""]
        for parameter in command.params:
            text = getattr(parameter, "help", None) or ""
            spelled = ", ".join(parameter.opts) if parameter.param_type_name == "option" else parameter.name.upper()
            if spelled != "--help":
                lines.append(f"* `{spelled}` {text}")
        lines.append("")
    return "\n".join(lines)


def _named(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Give every command with its full name; of a group, its commands, and itself where it does something alone."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield f"{before}{name}", command
            yield from _named(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def main() -> None:
    """Write the generated files."""
    DOCS.mkdir(exist_ok=True)
    for name, content in generated().items():
        (DOCS / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
