"""Start everything on one machine: prepare the database, then web server and worker together.

`./run` ends here. The supervisor itself imports no web framework: preparing happens in a child
that ends, so that what it needed is not kept in memory.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from quizengine.config import PROJECT, Settings, WrongSetting, load_settings, make_secret_key

WRONG_SETTING = 2
GRACE_SECONDS = 20
READY_SECONDS = 60
RESTART_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
SETTLED_SECONDS = 60.0  # a worker that lived this long starts again at once when it dies


class CannotStart(Exception):
    """Why the program does not start; its text says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _parse(arguments)
    os.umask(0o077)  # what is stored about people is its owner's only
    try:
        settings = load_settings()
        _make_data_dir(settings)
        if options.prepare:
            prepare(load_settings(), with_demo=not options.no_demo)
            return 0
        check_address(settings.host, settings.port)
        return Supervisor(settings, with_demo=not options.no_demo).run()
    except WrongSetting as problem:
        _say(f"not started: {problem}")
        return WRONG_SETTING
    except CannotStart as problem:
        _say(f"not started: {problem}")
        return 1


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run", description="Serve the quiz engine. Settings come from the environment."
    )
    parser.add_argument(
        "--prepare",
        action="store_true",
        help="only bring the database up to date and load what is shipped, then stop",
    )
    parser.add_argument(
        "--no-demo",
        action="store_true",
        help="on the first start, leave out the demonstration (a simulated cohort and its results)",
    )
    return parser.parse_args(arguments)


def _make_data_dir(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not settings.secret_key:
            make_secret_key(settings.data_dir)
    except OSError as problem:
        raise WrongSetting(
            f"DATA_DIR={settings.data_dir} cannot be used ({problem.strerror}); "
            "name a folder that this user may write to."
        ) from None


def prepare(settings: Settings, *, with_demo: bool) -> None:
    """Bring the database up to date, load the shipped banks and the first accounts once.

    The demonstration is only asked for: the worker loads it while the web server answers.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import DatabaseError

    from quizengine.app import create_app
    from quizengine.cli import first_run
    from quizengine.database import migrate

    try:
        migrate(settings.database_url)
        sign_ins = first_run(create_app(settings), with_demo=with_demo)
    except DatabaseError as problem:
        url = make_url(settings.database_url).render_as_string(hide_password=True)
        reason = str(problem.orig).strip().splitlines()[0] if problem.orig else str(problem)
        raise CannotStart(f"the database {url} cannot be used: {reason}") from None
    if sign_ins:
        _say("made for the first run; each password was chosen at random:")
        for role, username, password in sign_ins:
            _say(f"  {role:<14} name {username:<12} password {password}")
        if with_demo:
            _say("a demonstration with simulated students is loaded in the background, which takes")
            _say("about a minute; to start without it: an empty DATA_DIR and ./run --no-demo")


def check_address(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on.

    Raises
    ------
    CannotStart
        When the port is taken or needs more rights.
    WrongSetting
        When HOST is not an address of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except socket.gaierror:
        raise WrongSetting(f"HOST={host} is not a host name or address.") from None
    except PermissionError:
        raise CannotStart(f"port {port} needs more rights; choose one above 1023.") from None
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"port {port} is in use by another program. Stop it, or choose another port: "
                f"PORT={port + 1 if port < 65535 else 8000} ./run"
            ) from None
        raise WrongSetting(
            f"HOST={host} cannot be listened on: {problem.strerror}. "
            "Use 127.0.0.1 for this machine only or 0.0.0.0 for all its networks."
        ) from None


@dataclass
class _Child:
    """One of the two programs; in its own process group, so that Ctrl-C reaches only us."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = 0
    due_at: float = 0.0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=_end_with_parent(),  # we start no threads, so this is safe
        )

    def ended(self) -> int | None:
        """The exit code once the program has ended."""
        return None if self.process is None else self.process.poll()

    def send(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End the program and the processes it started, without asking."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)


def _end_with_parent() -> Callable[[], None] | None:
    """Linux only: a child is stopped by the kernel when we are killed without a chance to act."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    set_death_signal = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>

    def end_with_parent() -> None:
        library.prctl(set_death_signal, signal.SIGTERM)

    return end_with_parent


class Supervisor:
    """Runs gunicorn and the worker, and ends with gunicorn's exit code."""

    def __init__(self, settings: Settings, *, with_demo: bool) -> None:
        self._settings = settings
        self._with_demo = with_demo
        self._web = _Child("web server", web_command(settings))
        self._worker = _Child("worker", worker_command())
        self._asked_to_stop_at: float | None = None
        self._must_kill = False

    def run(self) -> int:
        """Prepare, serve until a signal or the end of gunicorn, stop both."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        code = self._prepare()
        if code or self._asked_to_stop_at is not None:
            return code
        figures = _make_metrics_folder()
        self._web.start()
        self._worker.start()
        announced = False
        while self._asked_to_stop_at is None:
            code_or_none = self._web.ended()
            if code_or_none is not None:
                _say(f"the web server ended with code {code_or_none}; its messages stand above.")
                break
            if not announced:
                announced = self._announce_when_ready()
            self._keep_worker()
            time.sleep(0.1)
        code = self._stop()
        shutil.rmtree(figures, ignore_errors=True)
        return code

    def _prepare(self) -> int:
        command = [sys.executable, "-m", "quizengine.serve", "--prepare"]
        command += [] if self._with_demo else ["--no-demo"]
        child = _Child("preparation", command)
        child.start()
        while (code := child.ended()) is None:
            if self._asked_to_stop_at is not None:
                child.send(signal.SIGTERM)
            time.sleep(0.05)
        return code if self._asked_to_stop_at is None else 0

    def _ask_to_stop(self, number: int, frame: object) -> None:
        now = time.monotonic()
        if self._asked_to_stop_at is None:
            self._asked_to_stop_at = now
        elif number == signal.SIGINT and now > self._asked_to_stop_at + 1:
            self._must_kill = True  # a second Ctrl-C: somebody does not want to wait

    def _announce_when_ready(self) -> bool:
        host, port = _reachable_host(self._settings.host), self._settings.port
        try:
            socket.create_connection((host, port), timeout=0.5).close()
        except OSError:
            if time.monotonic() - self._web.started_at > READY_SECONDS:
                _say(f"the web server does not answer on port {port} yet; still waiting.")
                return True
            return False
        shown = f"[{host}]" if ":" in host else host
        _say(f"ready: http://{shown}:{port}")
        sign_ins = self._settings.data_dir / "sign-ins.txt"
        if sign_ins.exists():
            _say(f"the sign-ins made for the first run are in {_relative(sign_ins)}")
        _say("stop with Ctrl-C")
        return True

    def _keep_worker(self) -> None:
        """Start the worker again when it died, at once the first time, then ever later."""
        worker, now = self._worker, time.monotonic()
        if worker.process is None:
            if now >= worker.due_at:
                worker.start()
            return
        code = worker.ended()
        if code is None:
            return
        if now - worker.started_at > SETTLED_SECONDS:
            worker.restarts = 0
        pause = RESTART_SECONDS[min(worker.restarts, len(RESTART_SECONDS) - 1)]
        _say(f"the worker ended with code {code}; starting it again in {pause:.0f} s.")
        worker.restarts += 1
        worker.process, worker.due_at = None, now + pause

    def _stop(self) -> int:
        """Ask both to end, wait, and kill what does not; a second Ctrl-C kills at once."""
        children = (self._web, self._worker)
        for child in children:
            child.send(signal.SIGTERM)
        give_up_at = time.monotonic() + GRACE_SECONDS + 5
        while any(child.process and child.ended() is None for child in children):
            if time.monotonic() > give_up_at or self._must_kill:
                for child in children:
                    child.kill()
            time.sleep(0.05)
        code = self._web.ended() or 0
        return code if code >= 0 else 128 - code


def web_command(settings: Settings) -> list[str]:
    """The command line of gunicorn.

    Threads, because a worker that waits for a commit to reach the disk can serve others
    meanwhile; loaded once and forked, so that the processes share what they only read.
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    command = [sys.executable, "-m", "gunicorn", "--preload", "--worker-class", "gthread"]
    command += ["--workers", str(settings.web_workers), "--threads", str(settings.web_threads)]
    command += ["--bind", f"{host}:{settings.port}", "--log-level", "warning"]
    command += ["--timeout", "60", "--graceful-timeout", str(GRACE_SECONDS)]
    command += ["--no-control-socket"]
    memory = Path("/dev/shm")  # noqa: S108  gunicorn's heartbeat files: a busy disk must not delay them
    if os.access(memory, os.W_OK):
        command += ["--worker-tmp-dir", str(memory)]
    return [*command, "wsgi:app"]


def _make_metrics_folder() -> str:
    """A folder of this start in which the web processes count together, in memory if possible."""
    memory = Path("/dev/shm")  # noqa: S108  an unguessable folder in it, open to its owner only
    parent = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    for left in parent.glob("quizengine-metrics-*-*"):  # of a start that was killed
        if not Path("/proc", left.name.split("-")[2]).exists() and Path("/proc/self").exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = tempfile.mkdtemp(prefix=f"quizengine-metrics-{os.getpid()}-", dir=parent)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    return folder


def worker_command() -> list[str]:
    """The command line of the background worker."""
    return [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "work"]


def _reachable_host(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _relative(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _say(text: str) -> None:
    print(f"quizengine: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
