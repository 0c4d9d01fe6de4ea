"""A task hub: instances, their histories, and work that is handed out on a lease.

Every change is a record in a journal, and the state is what the records make of it: a hub that was
killed is what it was as soon as it has read them. Work becomes visible again when its lease ends
unanswered, as messages in Azure Storage's queues do. What Event Grid delivers is work, too: without
an answer within 30 seconds it is delivered again, on Event Grid's own schedule.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from simulator.event_grid import ANSWER_WITHIN, wait_after
from tests.durable_history import Activity, Instance, Timer, replay_body
from tests.processes.journal import Journal, Record
from tests.processes.work import LEASES, Delivery, Handed, Kind

__all__ = ["Hub"]


@dataclass(slots=True, kw_only=True)
class _Mail:
    """What has happened for an instance, and is told at its next replay once it is due."""

    number: int
    due: datetime
    event: dict[str, Any]


class Hub:
    """The state of it all. For one thread."""

    def __init__(self, journal: Journal) -> None:
        self.instances: dict[str, Instance] = {}
        self.deliveries: dict[str, Delivery] = {}
        self._mail: dict[str, list[_Mail]] = {}
        self._tasks: dict[str, tuple[Instance, Activity]] = {}
        self._visible: dict[str, datetime] = {}  # from when on an item may be handed out
        self._agenda: list[tuple[datetime, int, str]] = []  # when to look at which item
        self._out: dict[str, tuple[int, Record]] = {}  # token, and what to note when it is done
        self._numbers = 0
        self._journal: Journal | None = None
        for record in journal.read():
            self._apply(record)
        self._journal = journal

    def begin(self, name: str, key: str, order: Any, now: datetime) -> None:
        """Start an orchestration."""
        self._note("begin", now, name=name, key=key, input=json.dumps(order))

    def deliver(self, envelope: Any, now: datetime) -> None:
        """Event Grid has an event for the app."""
        self._note("deliver", now, envelope=envelope)

    def hand_out(self, now: datetime, kinds: Collection[Kind]) -> Handed | None:
        """Some work that is due, of one of these kinds; None if there is none."""
        aside = []
        handed = None
        while handed is None and self._agenda and self._agenda[0][0] <= now:
            entry = heapq.heappop(self._agenda)
            kind = _kind(entry[2])
            if not self._wanted(entry[2], now):
                continue
            if kind in kinds:
                handed = self._handed(entry[2], kind, now)
            else:
                aside.append(entry)
        for entry in aside:
            heapq.heappush(self._agenda, entry)
        return handed

    def done(self, item: str, token: int, answer: Any, now: datetime) -> None:
        """A worker has done it. Ignored if the item has been handed out again since."""
        out = self._out.get(item)
        if out is not None and out[0] == token:
            self._note(**out[1], now=now, answer=answer)

    def failed(self, item: str, token: int, problem: str, now: datetime) -> None:
        """In a worker, the function has raised."""
        out = self._out.get(item)
        if out is not None and out[0] == token:
            self._note("failed", now, item=item, problem=problem)

    def renew(self, items: Iterable[str], now: datetime) -> None:
        """The host of these is alive: its leases go on. Event Grid's patience does not."""
        for item in items:
            lease = LEASES.get(_kind(item))
            if lease and self._visible.get(item, now) < now + lease / 2:
                self._note("lease", now, item=item, until=(now + lease).isoformat())

    def next_at(self) -> datetime | None:
        """When to look for work again, if nothing happens before."""
        return self._agenda[0][0] if self._agenda else None

    # Handing out

    def _wanted(self, item: str, now: datetime) -> bool:
        if self._visible.get(item, now) > now:
            return False
        if item in self.deliveries:
            return self.deliveries[item].taken is None
        return item in self._tasks or bool(self._due(item, now))

    def _due(self, item: str, now: datetime) -> list[_Mail]:
        """What an orchestrator has to be told by now."""
        instance = self.instances[_rest(item)]
        if instance.finished:
            return []
        mail = self._mail[instance.id]
        return [m for m in mail if m.due <= now and not instance.gave_up(m.event)]

    def _handed(self, item: str, kind: Kind, now: datetime) -> Handed:
        lease = LEASES.get(kind, ANSWER_WITHIN)
        if kind == "delivery":
            delivery = self.deliveries[item]
            lease = ANSWER_WITHIN + wait_after(len(delivery.attempts) + 1)
            function, payload = "maintenance_event", delivery.envelope
            then: Record = {"do": "taken", "item": item}
        elif kind == "task":
            function, payload = self._tasks[item][1].name, self._tasks[item][1].request
            then = {"do": "answer", "item": item}
        else:
            function, payload, then = self._replay(item, now)
        self._note("lease", now, item=item, until=(now + lease).isoformat())
        self._out[item] = (self._numbers, then)
        return Handed(item=item, token=self._numbers, kind=kind, function=function, payload=payload)

    def _replay(self, item: str, now: datetime) -> tuple[str, Any, Record]:
        """The orchestrator is told what is due; its history changes when it has answered."""
        instance, due = self.instances[_rest(item)], self._due(item, now)
        as_if = replace(instance, history=list(instance.history), fired=set(instance.fired))
        as_if.begin_replay([mail.event for mail in due], now)
        numbers = [mail.number for mail in due]
        then = {"do": "episode", "item": item, "began": now.isoformat(), "mail": numbers}
        return instance.name, replay_body(as_if), then

    # What records make of the state

    def _note(self, do: str, now: datetime, **fields: Any) -> None:
        record = {"do": do, "at": now.isoformat(), **fields}
        if self._journal is not None:
            self._journal.write(record)
        self._apply(record)

    def _apply(self, record: Record) -> None:
        self._numbers += 1
        change = {
            "begin": self._begun,
            "deliver": self._to_deliver,
            "lease": self._leased,
            "episode": self._replayed,
            "answer": self._answered,
            "taken": self._taken,
            "failed": self._failed,
        }[record["do"]]
        change(record, datetime.fromisoformat(record["at"]))

    def _begun(self, record: Record, now: datetime) -> None:
        key = record["key"]
        assert key not in self.instances, f"{key} is begun a second time"
        instance = Instance(name=record["name"], id=key, input=record["input"], created=now)
        self.instances[key], self._mail[key] = instance, []
        self._post(instance, now, instance.started)

    def _to_deliver(self, record: Record, now: datetime) -> None:
        item = f"delivery:{len(self.deliveries)}"
        self.deliveries[item] = Delivery(envelope=record["envelope"])
        self._look_at(now, item)

    def _leased(self, record: Record, now: datetime) -> None:
        item, until = record["item"], datetime.fromisoformat(record["until"])
        if item in self.deliveries:
            self.deliveries[item].attempts.append(now)
        self._visible[item] = until
        self._look_at(until, item)

    def _replayed(self, record: Record, now: datetime) -> None:
        item = record["item"]
        instance = self.instances[_rest(item)]
        mail = self._mail[instance.id]
        told = [one for one in mail if one.number in record["mail"]]
        self._mail[instance.id] = [one for one in mail if one not in told]
        began = datetime.fromisoformat(record["began"])
        instance.begin_replay([one.event for one in told], began)
        for wanted in instance.end_replay(record["answer"], now):
            if isinstance(wanted, Timer):
                self._post(instance, wanted.fire_at, wanted.fired())
            else:
                task = f"task:{instance.id}:{wanted.number}"
                self._tasks[task] = (instance, wanted)
                self._look_at(now, task)
        self._over(item)
        for one in self._mail[instance.id]:
            self._look_at(one.due, item)

    def _answered(self, record: Record, now: datetime) -> None:
        self._over(record["item"])
        instance, task = self._tasks.pop(record["item"])
        self._post(instance, now, task.completed(now, record["answer"]))

    def _taken(self, record: Record, now: datetime) -> None:
        self._over(record["item"])
        self.deliveries[record["item"]].taken = now

    def _failed(self, record: Record, now: datetime) -> None:
        item = record["item"]
        self._over(item)
        if item in self._tasks:
            instance, task = self._tasks.pop(item)
            self._post(instance, now, task.failed(now, record["problem"]))
        elif item in self.deliveries:
            delivery = self.deliveries[item]
            delivery.problems.append(record["problem"])
            again = now + wait_after(len(delivery.attempts))
            self._visible[item] = again
            self._look_at(again, item)
        else:
            raise AssertionError(f"{item} raised: {record['problem']}")

    def _over(self, item: str) -> None:
        self._out.pop(item, None)
        self._visible.pop(item, None)

    def _post(self, instance: Instance, due: datetime, event: dict[str, Any]) -> None:
        """Tell an orchestrator of something, at its time."""
        self._numbers += 1
        self._mail[instance.id].append(_Mail(number=self._numbers, due=due, event=event))
        self._look_at(due, f"replay:{instance.id}")

    def _look_at(self, moment: datetime, item: str) -> None:
        self._numbers += 1
        heapq.heappush(self._agenda, (moment, self._numbers, item))


def _kind(item: str) -> Kind:
    kinds: dict[str, Kind] = {"replay": "replay", "task": "task", "delivery": "delivery"}
    return kinds[item.partition(":")[0]]


def _rest(item: str) -> str:
    return item.partition(":")[2]
