"""Several processes on a Lambda Managed Instance, so that apps use every vCPU.

    the parent     registers the one extension, passes signals on, and ends as the first of the others that ends
    the others     import the app, wait for each other, and poll for their share of the concurrency

They are forks if the app isn't imported yet and nothing else runs. What a program has opened or started must not be
shared, nor is it there in a fork: then each process runs the program again.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, NoReturn

from ..errors import ConfigurationError
from .logs import install

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping

    from .._values.config import Config

_SHARE = "_LAMBDA_HTTP_ADAPTER_SHARE"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_GAP = 0.005
"""Seconds between the first polls of two processes. Lambda gives an event to the poller that has waited longest: if all
of one process stood before all of another, few invocations at once would be those of one process, again and again."""

PATIENCE = 1.0
"""Seconds for the others, once a process has ended by itself."""


class Share:
    """What one process has of the environment: ``concurrency`` of the invocations that may run at once."""

    def __init__(self, text: str, concurrency: int) -> None:
        """``text``: index and number of processes, and the descriptors of three ends of pipes. ``concurrency``: the
        environment's."""
        self._index, self._count, self._token, self._door, self._key = map(int, text.split(","))
        self.concurrency = concurrency // self._count
        if self._index < concurrency % self._count:
            self.concurrency += 1
        for descriptor in (self._token, self._door, self._key):
            os.set_inheritable(descriptor, False)
        self._has_key = True
        os.register_at_fork(after_in_child=self._return_key)  # nobody waits for a process that the app forks

    def turn(self, number: int) -> float:
        """Seconds until the first poll of this process's poller ``number``: the processes take turns."""
        return (number * self._count + self._index) * _GAP

    def wait_for_all(self) -> None:
        """Until all processes are ready to poll and the extension is registered: then nobody has the key any more."""
        self._return_key()
        os.read(self._door, 1)

    def _return_key(self) -> None:
        if self._has_key:
            self._has_key = False
            os.close(self._key)

    def report_once(self) -> None:
        """Returns in the first process that fails to start. The others wait for their end."""
        if not os.read(self._token, 1):
            sys.exit(1)  # the parent has been killed


_share = cache(Share)  # one per process, however often it begins


def share_of(
    environ: MutableMapping[str, str],
    concurrency: int,
    options: Mapping[str, object] | None,
    register: Callable[[Config], object],
) -> Share | None:
    """This process's share of the ``concurrency``, None for all of it. The process that starts the others stays here.

    ``register``: registers the extension, and returns what to keep. Raises OSError where no process can be started.
    """
    if _SHARE not in environ:
        from .._values.config import load_config

        try:
            config = load_config(options or {}, environ)
        except ConfigurationError:
            return None  # to be raised again, and reported, where every start reads its options
        wanted = cpus() if config.processes == "auto" else int(config.processes)
        count = min(wanted, concurrency)
        if count == 1:
            return None
        started = _start(count, environ, fork=options is None and is_single_threaded())
        if started is not None:
            started.watch(environ, lambda: register(config))
    return _share(environ[_SHARE], concurrency)


def cpus(limit: str = "/sys/fs/cgroup/cpu.max") -> int:
    """The number of vCPUs. The execution environment has a part of those that the kernel sees, ``limit`` says which.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        with open(limit) as file:
            quota, period = map(int, file.read().split())
    except (OSError, ValueError):  # ValueError: "max", no limit
        return available
    return max(1, min(available, -(-quota // period)))


def is_single_threaded(tasks: str = "/proc/self/task") -> bool:
    """As far as ``tasks`` tells, which only Linux has."""
    try:
        return len(os.listdir(tasks)) == 1
    except OSError:
        return False


def _start(count: int, environ: MutableMapping[str, str], *, fork: bool) -> _Started | None:
    """None in each process that was forked, with its share in ``environ``. Raises OSError."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    token, last_token = os.pipe()
    os.write(last_token, b".")
    door, key = os.pipe()
    for descriptor in (token, door, key):
        os.set_inheritable(descriptor, True)
    # Else nobody learns of a death: an app may ignore the signal, or wait for all its children in a handler.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    processes: set[int] = set()
    try:
        for index in range(count):
            share = {_SHARE: f"{index},{count},{token},{door},{key}"}
            if not fork:
                program = [sys.executable, *sys.orig_argv[1:]]
                processes.add(os.posix_spawn(sys.executable, program, {**environ, **share}, setsigmask=mask))
                continue
            pid = os.fork()
            if pid == 0:
                os.close(last_token)
                environ.update(share)
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
                return None
            processes.add(pid)
    except OSError:
        _send(processes, signal.SIGKILL)
        raise
    return _Started(processes, key, mask)


class _Started:
    """What the parent does until all ``processes`` have ended.

    SIGTERM, SIGINT    are passed on; the exit code is 0 or 130
    a process ends     the others get SIGTERM, and SIGKILL later; the exit code or signal is its own
    """

    def __init__(self, processes: set[int], key: int, mask: Iterable[int]) -> None:
        self._left = processes
        self._key = key
        self._mask = mask
        self._code: int | None = None

    def watch(self, environ: MutableMapping[str, str], register: Callable[[], object]) -> NoReturn:
        install(environ, managed=True)
        extension = register()
        os.close(self._key)
        for number in _SIGNALS:
            signal.signal(number, self._pass_on)
        signal.signal(signal.SIGALRM, self._kill)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        while self._left:
            pid, status = os.wait()
            if pid not in self._left:
                continue  # a process that the program had started before
            self._left.remove(pid)
            if self._code is None:
                self._code = os.waitstatus_to_exitcode(status)
                _send(self._left, signal.SIGTERM)
                signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        del extension
        self._end(self._code or 0)

    def _pass_on(self, number: int, frame: object) -> None:
        if self._code is None:
            self._code = 0 if number == signal.SIGTERM else 130
        _send(self._left, number)

    def _kill(self, number: int, frame: object) -> None:
        _send(self._left, signal.SIGKILL)

    def _end(self, code: int) -> NoReturn:
        """Past what the program has registered for its end: that is done by the processes that served."""
        if code < 0:  # pragma: no cover  # the signal ends the process, and what measures it
            if -code in (*_SIGNALS, signal.SIGALRM):
                signal.signal(-code, signal.SIG_DFL)
            os.kill(os.getpid(), -code)
        os._exit(abs(code))


def _send(processes: set[int], number: int) -> None:
    for pid in list(processes):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
