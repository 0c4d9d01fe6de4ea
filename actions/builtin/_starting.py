"""Start machines, and wait until they are up: each with an answer of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from actions import CannotTell, Context, Run, done, failed
from actions.builtin._at_once import Answers, at_once, margin, refusal
from actions.builtin._rows import rows_of, text
from actions.builtin._vms import OFF, Vm, parsed, power_of, vms_now
from core.errors import shorten
from core.model import Verdict

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient

__all__ = ["Starting", "compute"]

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 30.0  # seconds between two looks at all machines
_OPERATIONS = 100  # looked at in one round: those that are looked at longest ago
_TRIES = 3  # of a start that conflicts with something else under way


def compute(ctx: Context[Any], subscription: str) -> ComputeManagementClient:
    """The client of that subscription's machines."""
    from azure.mgmt.compute import ComputeManagementClient  # noqa: PLC0415 - heavy: SDK

    return ctx.azure.client(ComputeManagementClient, subscription)


class Starting:
    """The machines that are not up yet, and what is known of them."""

    def __init__(self, run: Run, ctx: Context[Any], *, agent: bool) -> None:
        self._run, self._ctx, self._agent = run, ctx, agent
        self._answers: Answers = {}
        self._open: dict[str, str] = {}  # what was last seen of each
        self._begun: dict[str, str] = {}  # where its operation is told of; empty: nowhere
        self._tries: dict[str, int] = {}

    def start(self, machines: Iterable[str]) -> Answers:
        """An answer about each of these, by id in lower case, before the deadline."""
        self._open = dict.fromkeys((machine.lower() for machine in machines), "not seen yet")
        pause = _FIRST_PAUSE
        while self._open:
            self._round()
            if not self._open or not self._wait(pause):
                break
            pause = min(_LONGEST_PAUSE, 1.5 * pause)
        for key, seen in self._open.items():
            self._answers[key] = CannotTell(f"was not up in time: {seen}")
        return self._answers

    def _wait(self, pause: float) -> bool:
        """Whether there is time for another round after that pause."""
        ctx = self._ctx
        left = (ctx.deadline - ctx.clock.now()).total_seconds() - margin(ctx)
        if left <= 0:
            return False
        ctx.clock.sleep(min(pause, left))
        return True

    def _round(self) -> None:
        try:
            rows = rows_of(self._ctx)
        except CannotTell as why:
            self._open = dict.fromkeys(self._open, str(why))
            return
        powers = {key: power_of(text(rows.get(key, {}), "power")) for key in self._open}
        for key, power in powers.items():
            self._open[key] = f"is {power}" if power else "Resource Graph has no row of it"
        self._begin(key for key, power in powers.items() if power in ("", *OFF))
        self._settle([key for key, power in powers.items() if power == "running"])
        self._look_after(key for key, power in powers.items() if power != "running")

    def _begin(self, off: Iterable[str]) -> None:
        """Those that have not been begun: to start one twice is harmless, but a write."""
        wanted = [key for key in off if key in self._open and key not in self._begun]
        for key, answer in at_once(wanted, self._start).items():
            if isinstance(answer, CannotTell):
                self._open[key] = str(answer)
            elif isinstance(answer, Verdict):
                self._close(key, answer)
            else:
                self._begun[key] = answer

    def _start(self, key: str) -> str | Verdict:
        """Where the operation is told of, or why there is none."""
        from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

        id_ = parsed(key)
        self._tries[key] = self._tries.get(key, 0) + 1
        try:
            poller: Any = compute(self._ctx, id_.subscription).virtual_machines.begin_start(
                id_.resource_group, id_.name, polling=False, cls=_operation
            )
            return str(poller.result() or "")
        except HttpResponseError as error:
            status = error.status_code or 0
            if status == 404:
                return failed("is gone: there is no such VM", status=404)
            again = status >= 500 or (status == 409 and self._tries[key] < _TRIES)
            verdict = refusal(error)
            if again:
                raise CannotTell(verdict.reason) from error
            return verdict

    def _look_after(self, waiting: Iterable[str]) -> None:
        """What has become of operations whose machines do not run: some of them each time."""
        begun = [key for key in waiting if key in self._open and self._begun.get(key)]
        order = {key: position for position, key in enumerate(self._begun)}
        looked_at = sorted(begun, key=order.__getitem__)[:_OPERATIONS]
        for key, answer in at_once(looked_at, self._came_to).items():
            self._begun[key] = self._begun.pop(key)  # behind the others
            if isinstance(answer, CannotTell):
                continue  # how it stands is not known: its power will tell
            error = answer.get("error")
            status = str(answer.get("status", "")).lower()
            if status in ("failed", "canceled"):
                told = error if isinstance(error, Mapping) else {}
                why = f"{told.get('code', status)}: {told.get('message', 'the start failed')}"
                self._close(key, failed(shorten(why, 300), code=str(told.get("code", ""))))

    def _came_to(self, key: str) -> Mapping[str, Any]:
        url = urlsplit(self._begun[key])
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        version = query.pop("api-version", "2024-07-01")
        # Only its path: the host is our own endpoint, whatever the answer said.
        return self._ctx.arm.get(unquote(url.path), api_version=version, **query)

    def _settle(self, running: list[str]) -> None:
        """Those that run, and whose agent is ready if that is wanted."""
        seen: Mapping[str, Vm] = {}
        if self._agent and running:
            try:
                seen = vms_now(self._ctx, running, agents=True)
            except CannotTell as why:
                self._open.update(dict.fromkeys(running, f"is running, but {why}"))
                return
        for key in running:
            if not self._agent:
                self._close(key, done("is running", power="running"))
            elif key in seen and seen[key].agent:
                self._close(key, done("is running", power="running", agent="ready"))
            else:
                self._open[key] = "is running, but its VM agent is not ready"

    def _close(self, key: str, answer: Verdict) -> None:
        self._answers[key] = answer
        del self._open[key]


def _operation(pipeline: Any, *_: Any) -> str:
    """Where an operation that was taken on is told of."""
    return str(pipeline.http_response.headers.get("Azure-AsyncOperation", ""))
