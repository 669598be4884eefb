"""What a command says: results on stdout (as JSON alone with --json), progress and errors on stderr."""

from __future__ import annotations

import getpass
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from hub.errors import HubError, SettingsError, UnforeseenError

if TYPE_CHECKING:
    from hub.records import EntityType, Part

SettingsOption = Annotated[
    Path | None, typer.Option("--settings", "-s", help="The settings file (default: ./hub.yaml, or $HUB_SETTINGS).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Give the result as JSON on stdout, and nothing else there.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept with what is said.")]
ByOption = Annotated[str, typer.Option("--by", help="Who says so (default: the user of this machine).")]

_WIDEST = 100  # a longer cell is shown shortened, with a mark; --json has all of it


class Screen:
    """Where one command writes."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.out = Console(highlight=False, soft_wrap=True)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)
        self._started = time.monotonic()

    def progress(self, text: str) -> None:
        """Say what is being done, with the seconds since the start."""
        self.err.print(f"[dim]{time.monotonic() - self._started:6.1f}s[/dim]  {_plain(text)}")

    def say(self, text: str = "", *, style: str = "") -> None:
        """Write a line for a reader; with --json there is none."""
        if not self.as_json:
            self.out.print(_plain(text), style=style)

    def warn(self, text: str) -> None:
        """Write a warning."""
        self.err.print(f"[yellow]warning:[/yellow] {_plain(text)}")

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write a table for a reader; numbers stand right."""
        if self.as_json:
            return
        rows = [list(row) for row in rows]
        if self.out.is_terminal:
            drawn = Table(title=_plain(title) or None, title_justify="left", header_style="bold")
            for i, column in enumerate(columns):
                numeric = all(isinstance(row[i], int | float) for row in rows)
                drawn.add_column(column, justify="right" if numeric else "left")
            for row in rows:
                drawn.add_row(*(_plain(_text(cell)) for cell in row))
            self.out.print(drawn)
            return
        cells = [list(columns), *[[_text(cell) for cell in row] for row in rows]]
        widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
        if title:
            self.say(title)
        for row, source in zip(cells, [None, *rows], strict=True):
            pads = [
                cell.rjust(width) if source and isinstance(source[i], int | float) else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            self.say("  " + "  ".join(pads).rstrip())

    def result(self, data: Any) -> None:
        """Write the result as JSON, where JSON was asked for."""
        if self.as_json:
            sys.stdout.write(json.dumps(data, default=_encode, ensure_ascii=False) + "\n")


@contextmanager
def command(as_json: bool = False) -> Iterator[Screen]:
    """Run a command's body: errors become words and an exit code, never a stack trace.

    Exit codes: 0 done, 1 refused, 2 settings or usage, 75 try again later, 70 a fault of the hub itself.
    """
    screen = Screen(as_json=as_json)
    try:
        yield screen
    except HubError as error:
        raise typer.Exit(_told(screen, error)) from None
    except KeyboardInterrupt:
        screen.err.print("stopped; run the same command again to go on")
        raise typer.Exit(130) from None
    except typer.Exit:
        raise
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        raise typer.Exit(_told(screen, _wrong_file(error))) from None
    except Exception as error:
        raise typer.Exit(_told(screen, UnforeseenError(error))) from None


def _wrong_file(error: OSError) -> HubError:
    """Say which file or folder is not there or not ours; without a name it is none that a user has given."""
    if not error.filename:
        return UnforeseenError(error)
    why = (error.strerror or type(error).__name__).lower()
    return SettingsError(f"{error.filename}: {why}.", hint="Check its name and folder, and who may write there.")


def person(by: str) -> str:
    """Give the name of who says something: `by`, else the user of this machine. Raises SettingsError without either."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        raise SettingsError("This machine has no name for its user.", hint="Say who you are with --by.") from None


def entity_type_named(text: str) -> EntityType:
    """Read an entity type. Raises SettingsError where it is none."""
    from hub.records import ENTITY_TYPES

    for entity_type in ENTITY_TYPES:
        if entity_type == text:
            return entity_type
    raise SettingsError(f"There is no entity type '{text}'.", hint=f"Say {' or '.join(ENTITY_TYPES)}.")


def value_text(part: Part | None) -> str:
    """Give a golden or source value in one line."""
    if part is None:
        return "(none)"
    return part if isinstance(part, str) else ", ".join(text for text in part.values() if text)


def _told(screen: Screen, error: HubError) -> int:
    screen.err.print(f"[red]error:[/red] {_plain(error.message)}")
    if error.hint:
        screen.err.print(f"  {_plain(error.hint)}")
    screen.result({"error": error.message, "hint": error.hint})
    return error.exit_code


def _plain(text: str) -> str:
    """Keep data from being read as markup, and control characters from reaching the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text).replace("[", r"\[")


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return f"{cell:.3f}"
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    text = "" if cell is None else str(cell)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _encode(value: Any) -> Any:
    encoders: list[tuple[type | tuple[type, ...], Callable[[Any], Any]]] = [
        ((datetime, date), lambda v: v.isoformat()),
        ((UUID, Path), str),
        (Decimal, float),
        ((set, frozenset, tuple), list),
    ]
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    for types, encode in encoders:
        if isinstance(value, types):
            return encode(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")
