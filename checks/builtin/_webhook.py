"""What a webhook is sent, how it is signed, and what it may answer: version 1."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, passed, skipped

__all__ = ["Answer", "body_of", "parse", "signature"]

_LARGEST = 8_000_000  # bytes: some 10,000 machines with all of their tags


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    verdict: Literal["passed", "blocked", "skipped"]
    reason: Annotated[str, Field(max_length=2000)] = ""
    evidence: dict[str, str | int | float | bool | None] = Field(default_factory=dict)

    def made(self) -> Verdict:
        """The verdict, as a check gives it."""
        if self.verdict == "passed":
            return passed(self.reason, **self._seen())
        if self.verdict == "skipped":
            return skipped(self.reason or "the webhook skipped it", **self._seen())
        return blocked(self.reason or "the webhook says no", **self._seen())

    def _seen(self) -> dict[str, str | int | float | bool | None]:
        return {key: value for key, value in self.evidence.items() if key != "reason"}


class Answer(_Said):
    """What the webhook says about the run, and about single machines of it by their ids.

    Machines that are not named have the verdict on the run. `run`, if it is given, must be the id
    of the run that was asked about, and `version` 1.
    """

    version: Literal[1] = 1
    run: str | None = None
    machines: dict[str, _Said] = Field(default_factory=dict)

    def verdicts(self, run: Run) -> Verdict | Mapping[str, Verdict | CannotTell]:
        """One verdict on the run, or one for each machine. A run that is blocked is blocked."""
        whole = self.made()
        if self.verdict == "blocked" or not self.machines:
            return whole
        named = {id_.lower(): said.made() for id_, said in self.machines.items()}
        if len(named) < len(self.machines):
            raise CannotTell("its answer names a machine twice")
        found = {machine.id: named.pop(machine.id.lower(), whole) for machine in run.machines}
        return {**found, **named}  # machines not of the run: the gate says so


def body_of(run: Run, ctx: Context[Any]) -> bytes:
    """The question, as JSON. Raises `CannotTell` if it is larger than a webhook must take."""
    question = {
        "version": 1,
        "kind": "patchgate.run",
        "asked_at": _moment(ctx.now),
        "answer_by": _moment(ctx.deadline),
        "run": {
            "id": run.id,
            "configuration_id": run.configuration_id,
            "name": run.name,
            "start": _moment(run.start),
            "end": _moment(run.end),
            "subscriptions": list(run.subscriptions),
        },
        "machines": _machines(run.machines),
    }
    body = json.dumps(question, separators=(",", ":")).encode()
    if len(body) > _LARGEST:
        size = f"{len(body) / 1e6:.1f} MB"
        most = f"{_LARGEST / 1e6:g} MB"
        raise CannotTell(f"{len(run.machines)} machines make {size} of JSON, more than {most}")
    return body


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the HMAC of `timestamp.body` in hexadecimal digits."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def parse(text: bytes, run: Run) -> Answer:
    """The answer about that run. Raises `CannotTell` unless it is well-formed in every part."""
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
        answer = Answer.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise CannotTell(f"its answer is no verdict: {where}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise CannotTell("its answer is no JSON, or says something twice") from error
    if answer.run is not None and answer.run.lower() != run.id.lower():
        raise CannotTell("its answer is about another run")
    return answer


def _machines(machines: Sequence[Machine]) -> list[dict[str, Any]]:
    return [
        {
            "id": machine.id,
            "name": machine.name,
            "kind": machine.kind,
            "location": machine.location,
            "os": machine.os,
            "power": machine.power,
            "tags": dict(machine.tags),
        }
        for machine in machines
    ]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which nothing is said twice: of two verdicts, either could be meant."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name stands there twice")
    return value


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
