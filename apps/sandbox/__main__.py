"""Start the sandbox: ``python -m apps.sandbox --port 0 --state FILE.sqlite --seed 7 --customers 2000``."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

import uvicorn

from apps.sandbox.hubspot.system import HubSpot
from apps.sandbox.sap.system import Sap
from apps.sandbox.seed.generate import generate
from apps.sandbox.server import CuttableProtocol, Sandbox, ready_line
from apps.sandbox.settings import Settings
from apps.sandbox.state import State
from apps.sandbox.zendesk.system import Zendesk


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m apps.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 (the default) takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="SQLite file; made with seeded data if it is absent")
    parser.add_argument("--seed", type=int, default=7, help="seed of the data, when the file is made")
    parser.add_argument("--customers", type=int, default=2000, help="how many true customers, when the file is made")
    parser.add_argument("--limits", choices=("lenient", "real"), help="rate limits; lenient unless set before")
    return parser.parse_args()


async def _serve(app: Sandbox, port: int) -> None:
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, http=CuttableProtocol, loop="asyncio", lifespan="off", log_level="error",
        access_log=False, server_header=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    if server.started:
        print(ready_line(f"http://127.0.0.1:{listener.getsockname()[1]}", os.getpid()), flush=True)
    await serving


def main() -> None:
    """Make the state if it is absent, then serve until stopped."""
    arguments = _arguments()
    arguments.state.parent.mkdir(parents=True, exist_ok=True)
    if not arguments.state.exists():
        generate(arguments.state, arguments.seed, arguments.customers)
    state = State(arguments.state)
    if arguments.limits:
        settings = Settings().changed(state.meta("settings", {})).changed({"limits": arguments.limits})
        state.set_meta("settings", settings.as_dict())
    try:
        asyncio.run(_serve(Sandbox(state, [Sap(), HubSpot(), Zendesk()]), arguments.port))
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        state.close()


if __name__ == "__main__":
    main()
