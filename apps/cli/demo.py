"""`hub demo` and `hub sandbox`: everything on this machine, with imitations of the outside systems."""

from __future__ import annotations

import logging
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.screen import Screen, command

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from flows.report import SyncReport
    from hub.session import Hub

_TEMPLATE = Path(__file__).parent.parent / "templates" / "demo.yaml"
_SEED = 7
_SANDBOX_PORT = 8790  # always the same: records name their address, and a new one would look like a change

CustomersOption = Annotated[int, typer.Option(min=10, help="How many real customers the sandbox imitates.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for function in (demo, sandbox):
        app.command()(function)


def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its settings and data.")] = Path("demo"),
    customers: CustomersOption = 2000,
    port: Annotated[int, typer.Option(help="Port of the Prefect server while the demo runs.")] = 4200,
) -> None:
    """The main job from nothing: three sandbox systems in, golden records, three systems back."""
    with command() as screen:
        screen.progress("customer-hub demo: an ERP, a marketing tool and a service desk on this machine")
        folder.mkdir(parents=True, exist_ok=True)
        settings = (folder / "hub.yaml").absolute()
        if not settings.exists():
            settings.write_text(_TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        _run(screen, settings, customers, port)


def _run(screen: Screen, settings: Path, customers: int, port: int) -> None:
    from apps.cli import demo_users
    from apps.sandbox_process import sandbox as sandbox_process
    from flows.prefect_environment import flush_logs
    from flows.prefect_server import prefect_server
    from hub.home import home_path
    from hub.session import open_hub

    home = home_path(settings)
    with sandbox_process(home / "sandbox.sqlite", customers=customers, seed=_SEED, port=_SANDBOX_PORT) as url:
        os.environ["SANDBOX_URL"] = url
        _export_choices(settings.parent, url)
        screen.progress(f"sandbox is up on {url}")
        with open_hub(settings) as hub, prefect_server(hub, port) as server:
            screen.progress(f"PostgreSQL is up; the Prefect server is starting on {server.page}")
            from flows.run_customer_360 import customer_360  # heavy: imported while the server starts

            server.wait_ready()
            screen.progress("Prefect is up; running the flow customer-360")
            logger = logging.getLogger("hub.sync")
            logger.setLevel(logging.INFO)
            logger.addHandler(_ToScreen(screen))
            started = time.monotonic()
            state = customer_360(return_state=True)
            flush_logs()
            report = _report_of(state)
            seconds = time.monotonic() - started
            _show(screen, hub, url, report, seconds)
            run_id = state.state_details.flow_run_id
            people = demo_users.make(hub)
        _what_next(screen, settings, f"{server.page}/runs/flow-run/{run_id}", people)


def _export_choices(folder: Path, url: str) -> None:
    """Put the sandbox's preference centre beside the settings, as a nightly export would."""
    import httpx

    body = httpx.get(f"{url}/_sandbox/choices.csv", timeout=60).raise_for_status().content
    (folder / "preferences").mkdir(exist_ok=True)
    (folder / "preferences" / "choices.csv").write_bytes(body)


def _report_of(state: State[Any]) -> SyncReport:
    from flows.report import SyncReport

    result = state.result(raise_on_failure=False)
    if isinstance(result, BaseException):
        raise result
    return SyncReport.from_json(result)


def _show(screen: Screen, hub: Hub, url: str, report: SyncReport, seconds: float) -> None:
    from apps.cli.work import show_report

    screen.say()
    show_report(screen, report)
    screen.say()
    _compare_with_truth(screen, hub, url)
    screen.say(f"The sync took {seconds:.0f} s.")


def _compare_with_truth(screen: Screen, hub: Hub, url: str) -> None:
    """The sandbox knows which of its records are one real customer; the hub was never told."""
    import httpx
    import pyarrow as pa
    import pyarrow.csv as csv

    from apps.cli.truth import COLUMNS
    from hub.db import snapshot
    from identity.evaluate import evaluate

    body = httpx.get(f"{url}/_sandbox/truth.csv", timeout=60).raise_for_status().content
    text = csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()), include_columns=list(COLUMNS))
    truth = csv.read_csv(pa.BufferReader(body), convert_options=text)
    names = {"sap": "erp", "hubspot": "marketing", "zendesk": "service"}
    systems = pa.array([names.get(name, name) for name in truth.column("system").to_pylist()], pa.string())
    truth = truth.set_column(truth.column_names.index("system"), "system", systems)
    with snapshot(hub.engine) as conn:
        found = evaluate(conn, truth)
    screen.table(
        f"match quality against the sandbox's own truth ({found.records:,} records)",
        ("measure", "precision", "recall", "f1"),
        [[name, m.precision, m.recall, m.f1] for name, m in (("pairwise", found.pairwise), ("bcubed", found.bcubed))],
    )


def _what_next(screen: Screen, settings: Path, run_page: str, people: dict[str, str]) -> None:
    try:
        shown = settings.relative_to(Path.cwd())
    except ValueError:
        shown = settings
    hub = Path(".venv/bin/hub")
    program = str(hub) if hub.exists() else "hub"
    screen.say()
    screen.say("What to look at next:")
    for text, what in (
        (f"{program} web -s {shown}", "the console, on http://127.0.0.1:8080/"),
        (f"{program} status -s {shown}", "what the hub holds"),
        (f"{program} quarantine -s {shown}", "rows that could not be used, with reasons"),
        (f"{program} verify -s {shown}", "incremental equals full, proved by a rebuild"),
        (f"{program} serve -s {shown}", f"the flows on their schedules; this run: {run_page}"),
        (f"{program} init --from your.csv", "the same with your own files"),
    ):
        screen.say(f"  {text:<44} {what}")
    _how_to_sign_in(screen, program, str(shown), people)


def _how_to_sign_in(screen: Screen, program: str, settings: str, people: dict[str, str]) -> None:
    screen.say()
    if people:
        screen.say("Sign in to the console as any of these (the passwords are shown this once):")
        for name, secret in people.items():
            screen.say(f"  {name:<10} {secret}")
    else:
        screen.say("The users of the console are those of the first run: reader, steward, lead, engineer, auditor.")
    screen.say(f"  A new password: {program} users password NAME -s {settings}")


def sandbox(
    state: Annotated[Path, typer.Option(help="The file that keeps what the systems hold.")] = Path(
        "demo/.hub/sandbox.sqlite"
    ),
    customers: CustomersOption = 2000,
    seed: int = _SEED,
    port: int = _SANDBOX_PORT,
) -> None:
    """Run the imitated systems until stopped: an ERP, a marketing tool, a service desk."""
    with command() as screen:
        from apps.sandbox_process import sandbox as sandbox_process

        # Whoever ends this process ends the sandbox too, which is a process of its own.
        signal.signal(signal.SIGTERM, _stop)
        with sandbox_process(state, customers=customers, seed=seed, port=port) as url:
            screen.say(f"The sandbox is up on {url}. Stop it with Ctrl-C.")
            signal.pause()


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


class _ToScreen(logging.Handler):
    """Shows the flow's progress while it runs."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.progress(record.getMessage())
