"""The documentation says what is there: generated parts are current, commands, links, settings and tests exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import typer

from apps.cli import app
from apps.reference import DOCS, generated
from apps.schema import metadata
from hub.config_file import parse_config

ROOT = DOCS.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"\bhub ([a-z]+)\b((?: +--?[a-z-]+| +[^\s`#|]+)*)")
_TEST = re.compile(r"tests/[\w/]+\.py|tests/[\w/]+/(?=[`\s,;)])")
_MODULE = re.compile(r"`((?:hub|sources|identity|golden_record|destinations|flows|apps)/[\w/]*(?:\.py)?)`")
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)\}")


def _commands() -> dict[str, set[str]]:
    """Every command with the options it knows; one within a group by both words."""
    found = {}
    for name, command in cast(Any, typer.main.get_command(app)).commands.items():
        within = getattr(command, "commands", {})
        for words, one in [(name, command), *((f"{name} {inner}", of) for inner, of in within.items())]:
            found[words] = {option for parameter in one.params for option in parameter.opts if option.startswith("-")}
    return found


def _snippets(page: Path) -> Iterator[str]:
    """The page's fenced YAML that is a settings file, or the beginning of one."""
    for language, text in _FENCE.findall(page.read_text(encoding="utf-8")):
        first = next((line for line in text.splitlines() if line and not line.startswith("#")), "")
        if language == "yaml" and first.startswith(("systems:", "version:")):
            yield text


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_generated_pages_are_current() -> None:
    old = [name for name, text in generated().items() if (DOCS / name).read_text(encoding="utf-8") != text]
    assert old == [], "write them again: make docs"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_and_option_exists(page: Path) -> None:
    known = _commands()
    wrong = []
    for code in _CODE.findall(page.read_text(encoding="utf-8")):
        for name, rest in _COMMAND.findall(code):
            if name not in known:
                wrong.append(f"hub {name}")
                continue
            inner = f"{name} {rest.split()[0]}" if rest.split() else name
            name = inner if inner in known else name
            options = re.findall(r"(?<=\s)--?[a-z][a-z-]*", rest)
            wrong += [f"hub {name} {option}" for option in options if option not in known[name] | {"--help"}]
    assert wrong == []


def test_commands_are_found_at_all() -> None:
    """The check above reads the pages by a pattern; it must find what stands there."""
    found = {name for page in PAGES for code in _CODE.findall(page.read_text()) for name, _ in _COMMAND.findall(code)}
    assert {"init", "sync", "serve", "quarantine", "verify"} <= found


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_relative_link_resolves(page: Path) -> None:
    broken = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_settings_snippet_is_valid(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in _snippets(page):
        for name in _VARIABLE.findall(text):
            monkeypatch.setenv(name, "secret")
        parse_config(text, page.with_name("hub.yaml"))


def test_settings_snippets_are_found_at_all() -> None:
    assert sum(1 for page in PAGES for _ in _snippets(page)) >= 5


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_named_test_exists(page: Path) -> None:
    named = _TEST.findall(page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_named_module_exists(page: Path) -> None:
    named = _MODULE.findall(page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_named_tests_are_found_at_all() -> None:
    architecture = (DOCS / "architecture.md").read_text(encoding="utf-8")
    assert len(set(_TEST.findall(architecture))) >= 20


def test_every_table_is_named_with_its_owner() -> None:
    section = (DOCS / "architecture.md").read_text(encoding="utf-8").partition("\n## Tables\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:5] for line in section.splitlines() if line.startswith("| `")]
    told = {f"{schema.strip(' `')}.{name}" for schema, names, *_ in rows for name in re.findall(r"`(\w+)`", names)}
    assert set(metadata.tables) - told == set()
    modules = {name for _, _, owner, _ in rows for name in re.findall(r"`(\w+\.\w+)`", owner)}
    assert [name for name in modules if not (ROOT / f"{name.replace('.', '/')}.py").exists()] == []


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in _LINK.findall((ROOT / "README.md").read_text())}
    assert [name for page, name in zip(PAGES, NAMES, strict=True) if page.parent != ROOT and page not in linked] == []
