"""What the kernel does for us: limits of a process, and no process that outlives its parent."""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from pathlib import Path

__all__ = ["adopt_orphans", "children_of", "die_with_parent", "lift", "limit_memory", "no_core"]

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # <linux/prctl.h>
_MB = 1024 * 1024
_STACK = 8 * _MB  # of each thread
_TO_SPEAK = 32 * _MB  # beyond the limit, for us to say that it was reached
# On Linux the data segment counts all private memory; the address space would count reservations.
_KIND = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS


def limit_memory(megabytes: int, threads: int) -> None:
    """Let this process take so much more than it has, apart from the stacks of so many threads.

    A system that knows no such limit (macOS) has none.
    """
    threading.stack_size(_STACK)
    most = _data() + megabytes * _MB + threads * _STACK
    _, hard = resource.getrlimit(_KIND)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard - _TO_SPEAK)
    try:
        resource.setrlimit(_KIND, (most, most + _TO_SPEAK))
    except (ValueError, OSError):
        return


def lift() -> None:
    """A last bit of memory, to say that there is none left."""
    _, hard = resource.getrlimit(_KIND)
    resource.setrlimit(_KIND, (hard, hard))


def no_core() -> None:
    """A process that crashes leaves no file of its memory behind."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def die_with_parent(parent: int) -> None:
    """Be killed when that parent ends (Linux only), and end at once if it already has."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was killed before we had asked for that
        os._exit(0)


def adopt_orphans() -> None:
    """Become the parent of what descendants leave behind, so that it can be killed (Linux only)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def children_of(parent: int) -> set[int]:
    """The processes whose parent that is, as far as the system tells (Linux only)."""
    try:
        names = os.listdir("/proc")  # noqa: PTH208 - a Path's glob fails when a process ends
    except OSError:
        return set()
    pids = (int(name) for name in names if name.isascii() and name.isdigit())
    return {pid for pid in pids if _parent_of(pid) == parent}


def _parent_of(pid: int) -> int | None:
    """The parent of that process; None if it has ended meanwhile."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # pid (name) state parent …: the name may hold anything, also blanks and brackets
    fields = stat.rpartition(b")")[2].split()
    return int(fields[1]) if len(fields) > 1 else None


def _data() -> int:
    """Bytes of private memory that this process has; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(pages[5]) * resource.getpagesize()


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - only here

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
