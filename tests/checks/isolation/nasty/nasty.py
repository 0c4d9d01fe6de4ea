"""Checks that do what must not happen in the app's own process: the nursery of the tests has them.

Loaded as one of the user's files, so it imports what such a file may.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed, skipped


@check(isolation="process")
def fine(machine: Machine, ctx: Context) -> Verdict:
    """Nothing is wrong with it."""
    return passed(process=os.getpid(), session=os.getsid(0), machines=len(ctx.run.machines))


@check(isolation="process")
async def fine_async(machine: Machine) -> Verdict:
    """The same, async."""
    await asyncio.sleep(0)
    return blocked("is off") if machine.name == "b" else skipped("no disks")


@check(isolation="process")
def by_machine(run: Run) -> Mapping[str, Verdict | CannotTell]:
    """A verdict for each machine but one."""
    return {
        machine.id: CannotTell("the monitor is down") if machine.name == "b" else passed()
        for machine in run.machines
        if machine.name != "c"
    }


@check(isolation="process")
def exits_with(machine: Machine) -> Verdict:
    """Ends its process, with the code that is the machine's name, without a word."""
    os._exit(int(machine.name))


@check(isolation="process")
def crashes(machine: Machine) -> Verdict:
    """Reads where nothing is."""
    ctypes.string_at(0)
    return passed()


@check(isolation="process", memory=64)
def hog(run: Run) -> Verdict:
    """Takes all memory."""
    kept = []
    while True:
        kept.append(bytearray(1_000_000))


_kept: list[object] = []


@check(isolation="process", memory=64)
async def small_hog(machine: Machine) -> Verdict:
    """Takes it in small pieces, keeps them, and answers nothing after that."""
    while True:
        _kept.append([object() for _ in range(1000)])


@check(isolation="process")
def frugal(run: Run) -> Verdict:
    """Takes a lot, within its limit."""
    return passed(taken=len(bytearray(200_000_000)))


@check(isolation="process")
def endless(machine: Machine) -> Verdict:
    """A loop in C that nothing in its process can interrupt."""
    if machine.name != "quick":
        re.match(r"(a+)+$", "a" * 40 + "b")
    return passed()


@check(isolation="process")
def odd(machine: Machine) -> Any:
    """Answers with what no process can hand to another."""
    return lambda: passed(seen=machine.name)


@check(isolation="process")
def noisy(machine: Machine) -> Verdict:
    """Says a gigabyte."""
    for file in (1, 2):
        for _ in range(500):
            os.write(file, b"x" * 1_000_000)
    print("and more")  # noqa: T201 - that is what it does
    sys.stderr.write("and more")
    return passed()


def _sockets() -> list[int]:
    """The files of this process that are sockets."""
    return [file for file in range(256) if _is_socket(file)]


def _is_socket(file: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(file).st_mode)
    except OSError:
        return False


def _talk() -> socket.socket:
    """The child's end of its talk with the app, which no check is told of."""
    return socket.socket(fileno=os.dup(_sockets()[0]))


@check(isolation="process")
def floods(machine: Machine) -> Verdict:
    """Says a gigabyte where answers go."""
    talk = _talk()
    for _ in range(1000):
        talk.sendall(b"x" * 1_000_000)
    return passed()


@check(isolation="process")
def says(machine: Machine, ctx: Context[dict[str, str]]) -> Verdict:
    """Says where answers go what the site wants it to say."""
    _talk().sendall(ctx.config["line"].encode() + b"\n")
    time.sleep(60)
    return passed()


@check(isolation="process")
def says_of_the_run(run: Run, ctx: Context[dict[str, str]]) -> Verdict:
    """The same about the run."""
    _talk().sendall(ctx.config["line"].encode() + b"\n")
    time.sleep(60)
    return passed()


@check(isolation="process")
def leaves_children(machine: Machine, ctx: Context[dict[str, str]]) -> Verdict:
    """Starts processes that outlive it, one in a session of its own; writes down which."""
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    pids = [subprocess.Popen(sleep, start_new_session=new).pid for new in (False, True)]
    Path(ctx.config["file"]).write_text(" ".join(map(str, pids)), encoding="utf-8")
    return passed()


@check(isolation="process")
def forks(machine: Machine) -> Verdict:
    """Answers twice: as itself, and as its copy."""
    return blocked("itself") if os.fork() else passed()


@check(isolation="process")
def kills_the_nursery(machine: Machine) -> Verdict:
    """Its parent dies."""
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
    return passed()


@check(isolation="process")
def kills_it_once(machine: Machine, ctx: Context[dict[str, str]]) -> Verdict:
    """Its parent dies, the first time."""
    if (first := Path(ctx.config["file"])).exists():
        first.unlink()
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    return passed()


@check(isolation="process")
def curious(run: Run, ctx: Context) -> Verdict:
    """Asks Azure and the web."""
    rows = ctx.graph.ask("q {start} {names}", names=["a", "b"], start=run.start)
    one = ctx.arm.get("/one", api_version="1", expand="all")
    many = ctx.arm.pages("/many", api_version="1")
    page = ctx.web.fetch("https://example.com", body=b"\xff", headers={"a": "b"})
    told = f"{rows[0]['n']} {one['of']} {len(many)} {page.body!r} {page.certificate_until}"
    return blocked(told, url=page.url)


@check(isolation="process")
def unlucky(machine: Machine, ctx: Context) -> Verdict:
    """Asks, and does not get it: what it meets is the machine's name."""
    try:
        ctx.graph.ask(machine.name)
    except ValueError as error:
        return blocked(f"ValueError: {error}")
    return passed()


@check(isolation="process")
def asks_too_much(run: Run, ctx: Context) -> Verdict:
    """With a query of two megabytes."""
    ctx.graph.ask("x" * 2_000_000)
    return passed()


@check(isolation="process")
def logs(run: Run, ctx: Context) -> Verdict:
    """Tells its log a secret, and then too much."""
    ctx.log.warning("signed %s", "https://a.blob.core.windows.net/x?sig=c2VjcmV0")
    ctx.log.debug("nobody reads this")
    for number in range(1000):
        ctx.log.info("line %d", number)
    return passed()


@check(isolation="process")
def environment(run: Run) -> Verdict:
    """What it can read of the app's environment, and which files it has open."""
    names = [name for name in os.environ if "NURSERY" in name]
    return passed(names=" ".join(sorted(names)), sockets=len(_sockets()))


@check(isolation="process")
def sleeps(machine: Machine) -> Verdict:
    """Answers at once about `quick`, and about no other machine."""
    if machine.name != "quick":
        time.sleep(60)
    return passed(process=os.getpid())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A config."""

    limit: int


@check(isolation="process")
def configured(machine: Machine, ctx: Context[Limit]) -> Verdict:
    """Says what its config is."""
    return passed(limit=ctx.config.limit)


@check(isolation="process")
def asks_a_file(run: Run, ctx: Context) -> Verdict:
    """With a query that is in a file beside it."""
    ctx.graph.ask(Path(__file__).with_suffix(".kql"))
    return passed()
