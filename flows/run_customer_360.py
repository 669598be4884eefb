"""The scheduled flow: the stages of a sync as Prefect tasks, with retries by error type and a summary to read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.settings import get_current_settings
from prefect.tasks import Task

from flows.report import SyncReport
from flows.summary import markdown
from flows.sync import sync
from hub.errors import HubError, RetryableError, UnforeseenError
from hub.home import settings_path
from hub.session import open_hub

_Result = TypeVar("_Result")

# A flow's heartbeat joins a thread that sleeps in whole seconds; the run record says all that it would.
get_current_settings().flows.heartbeat_frequency = None


def _is_passing(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Retry what may go through later; a wrong setting or a refused record would only fail again."""
    try:
        state.result()
    except RetryableError:
        return True
    except Exception:
        return False
    return False


def _as_task(name: str, stage: Callable[[], _Result]) -> _Result:
    """Run a stage as a task: seen, timed and retried by Prefect; correctness never depends on it."""

    def told() -> _Result:
        try:
            return stage()
        except HubError:
            raise
        except Exception as error:  # its message could carry a customer's data into Prefect's logs and states
            raise UnforeseenError(error) from None

    wrapped = task(
        name=name, retries=2, retry_delay_seconds=[10, 60], retry_condition_fn=_is_passing, cache_policy=NO_CACHE
    )(told)
    return wrapped()


def _trigger() -> str:
    """Name this flow run, so that the console can link to it."""
    return f"prefect:{flow_run.id}" if flow_run.id else "prefect"


@flow(name="customer-360", description="Sync: systems in, golden records, systems back.")
def customer_360(replay: bool = False) -> dict[str, Any]:
    """Run one sync of the hub whose settings file is $HUB_SETTINGS (default: hub.yaml in the working folder)."""
    seen_in_prefect = get_run_logger()

    def progress(text: str) -> None:
        seen_in_prefect.info(text)
        logging.getLogger("hub.sync").info(text)

    with open_hub(settings_path()) as hub:
        report: SyncReport = sync(hub, trigger=_trigger(), step=_as_task, progress=progress, replay=replay)
    create_markdown_artifact(key="sync-summary", markdown=markdown(report), description="What this sync did.")
    return report.to_json()
