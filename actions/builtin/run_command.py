"""Services that do not survive a reboot are stopped before it, and started after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from actions import CannotTell, Context, Machine, Result, Run, action, failed, nothing_to_do
from actions.builtin._at_once import Answers, at_once, margin
from actions.builtin._following import follow, refused
from actions.builtin._naming import RUN, name_for, run_mark
from actions.builtin._run_config import RunCommand, Stage
from actions.builtin._script_ends import SHORTEST, ended
from actions.builtin._scripts import Order, door_to
from core.model import Status
from plugins.secret import secret_of

__all__ = ["RunCommand", "run_command", "run_undo_script"]


def run_undo_script(run: Run, ctx: Context[RunCommand]) -> Mapping[str, Result | CannotTell]:
    """The undo script has run on every machine on which the script was to run."""
    remembered = {str(id_).lower() for id_ in ctx.memory["machines"]}
    answers: Answers = {}
    wanted: list[Machine] = []
    for machine in run.machines:
        if machine.id.lower() in remembered:
            wanted.append(machine)
        else:
            answers[machine.id] = nothing_to_do("no script was to run on it")
    return answers | _run_on(wanted, run, ctx, "undo")


@action(
    undo=run_undo_script,
    needs=(
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.Compute/virtualMachines/runCommands/read",
        "Microsoft.Compute/virtualMachines/runCommands/write",
        "Microsoft.Compute/virtualMachines/runCommands/delete",
        "Microsoft.HybridCompute/machines/read",
        "Microsoft.HybridCompute/machines/runCommands/read",
        "Microsoft.HybridCompute/machines/runCommands/write",
        "Microsoft.HybridCompute/machines/runCommands/delete",
    ),
)
def run_command(run: Run, ctx: Context[RunCommand]) -> Mapping[str, Result | CannotTell]:
    """The configured script has run on every machine of the run, and ended well.

    Changes: whatever the script does, as the system's highest user, by a managed run command whose
    name follows from run, stage and machine. One that is there is not run again but looked at. They
    are removed when all have ended well, or else by the undo; a crash just then lets a script run
    a second time, so it should do no harm twice.

    Remembers: the machines that there is a script for.

    Undo: runs the undo script on those, after a script that still runs has been ended. It runs as
    well on a machine on which a crash has kept the script from running.

    Fails when: the exit code is none of `success_codes`, the script does not end within `timeout`,
    the machine is off or disconnected, or Azure refuses.

    UNKNOWN when: Azure does not answer, a secret's setting is missing, the script has not ended
    when the time of the action is over (it goes on), or nobody says which system a machine has.

    Rights: Virtual Machine Contributor on the VMs, Azure Connected Machine Resource Administrator
    on the servers of Arc.
    """
    if all(ctx.config.script_for("do", os_) is None for os_ in ("linux", "windows", "")):
        raise CannotTell("no script is configured")
    concerned = [one for one in run.machines if _script(ctx, "do", one) is not None]
    ctx.remember(machines=[machine.id for machine in concerned])
    return _run_on(run.machines, run, ctx, "do")


def _script(ctx: Context[RunCommand], stage: Stage, machine: Machine) -> str | CannotTell | None:
    if not machine.os and ctx.config.by_system:
        return CannotTell("Resource Graph does not say which system it has")
    return ctx.config.script_for(stage, (machine.os or "").lower())


def _run_on(
    machines: Iterable[Machine], run: Run, ctx: Context[RunCommand], stage: Stage
) -> Answers:
    # Once for the run, and not for each machine: a script takes minutes in which a thread would
    # only wait, and Azure's SDK keeps a coroutine from waiting otherwise. So all are begun as fast
    # as Azure takes them, looked at together, and removed together.
    work = _Work(run=run, ctx=ctx, stage=stage, secrets=_secrets(ctx.config))
    by_id: dict[str, Machine] = {machine.id: machine for machine in machines}
    begun = at_once(by_id, lambda id_: work.begin(by_id[id_]))
    running = [id_ for id_, answer in begun.items() if answer is None]
    ends = follow(running, work.look, ctx, what="the script")
    answers = {id_: ends[id_] if answer is None else answer for id_, answer in begun.items()}
    at_once(_over(answers, running), work.tidy)
    return answers


def _over(answers: Answers, running: Iterable[str]) -> list[str]:
    """Whose run commands are to be removed: all, if all went well.

    Else this may be asked again. Then what went well must not run a second time, and be looked at
    instead; what did not is to have another try.
    """
    bad = {id_ for id_, answer in answers.items() if _is_bad(answer)}
    ended = [id_ for id_ in running if not isinstance(answers[id_], CannotTell)]
    return [id_ for id_ in ended if id_ in bad] if bad else ended


def _is_bad(answer: Result | CannotTell) -> bool:
    return isinstance(answer, CannotTell) or answer.status is Status.BLOCKED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One stage of it."""

    run: Run
    ctx: Context[RunCommand]
    stage: Stage
    secrets: Mapping[str, str] = field(repr=False)

    def name(self, stage: Stage, machine: str) -> str:
        return name_for(f"patchgate-{stage}", self.run.id, "run_command", stage, machine)

    def begin(self, machine: Machine) -> Result | None:
        """None if it runs, or has run and can be looked at."""
        from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

        if self.stage == "undo":
            self.remove("do", machine.id)
        script = _script(self.ctx, self.stage, machine)
        if isinstance(script, CannotTell):
            raise script
        if script is None:
            return nothing_to_do("there is no script for its system")
        door, name = door_to(machine.id, self.ctx), self.name(self.stage, machine.id)
        try:
            stands = door.stands()
            if not stands.ready:
                why = "a script runs only on a machine that is running and connected"
                return failed(f"is {stands.state}: {why}", state=stands.state)
            if not self._is_there(machine.id, name):
                door.put(name, self._order(script), stands.location)
        except HttpResponseError as error:
            return refused(error, f"{door.right}/write")
        return None

    def look(self, machine: str) -> Result | None:
        """How the script ended; None while it has not."""
        from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

        door = door_to(machine, self.ctx)
        try:
            properties = door.view(self.name(self.stage, machine))
        except HttpResponseError as error:
            return refused(error, f"{door.right}/read")
        return ended(properties, self.ctx.config.success_codes, self.secrets.values())

    def tidy(self, machine: str) -> None:
        """Take away what has ended, while there is time: the answer is worth more."""
        left = (self.ctx.deadline - self.ctx.clock.now()).total_seconds()
        if left > margin(self.ctx) / 2:
            self.remove(self.stage, machine)

    def remove(self, stage: Stage, machine: str) -> None:
        """Take the run command away. What cannot be is told to the log alone."""
        from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

        try:
            door_to(machine, self.ctx).remove(self.name(stage, machine))
        except HttpResponseError as error:
            if error.status_code != 404:
                self.ctx.log.warning("run command stays on %s: %s", machine, error.status_code)

    def _is_there(self, machine: str, name: str) -> bool:
        from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415 - heavy: SDK

        try:
            door_to(machine, self.ctx).view(name)
        except ResourceNotFoundError:
            return False
        return True

    def _order(self, script: str) -> Order:
        config = self.ctx.config
        return Order(
            script=script,
            timeout=config.timeout,
            tags={RUN: run_mark(self.run)},
            parameters=config.parameters,
            secrets=self.secrets,
        )


def _secrets(config: RunCommand) -> dict[str, str]:
    """Their values. Raises `CannotTell` if a setting is missing."""
    return {name: secret_of(setting, SHORTEST) for name, setting in config.secrets.items()}
