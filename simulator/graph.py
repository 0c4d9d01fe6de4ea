"""The query endpoint of Azure Resource Graph: pages, skip tokens, quota, what an identity may see.

Source: https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

from simulator.compute.states import States
from simulator.dialect import depends_on_time
from simulator.following import Following
from simulator.holding import Holding
from simulator.messages import Reply, arm_error
from simulator.quota import Quota
from simulator.run import SimulatedRun
from simulator.scenario import GraphRules
from simulator.stock import Stock
from simulator.tables import Answer, BadQuery

__all__ = ["Graph"]

_MOST_ROWS = 1000
_KEPT_ANSWERS = 16
_FIRST = (
    "maintenanceresources | where type =~ 'none' | join kind=leftouter (resources) on id"
    " | project id | order by id asc"
)


class Graph:
    """Resource Graph over the estates of all runs. Safe to use from several threads."""

    def __init__(self, rules: GraphRules, first: Holding) -> None:
        self._rules, self._began = rules, first.facts.began
        self._quota = Quota(rules.quota, rules.quota_window)
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[object, ...], Answer] = OrderedDict()
        self._runs: list[SimulatedRun] = []
        self._subscriptions: dict[str, None] = {}
        self._hidden: frozenset[str] = frozenset()
        self._stock = Stock(rules)
        self.add(first)

    def add(self, holding: Holding) -> None:
        """What is known of another run."""
        with self._lock:
            self._runs.append(holding.run)
            self._subscriptions.update(dict.fromkeys(holding.estate.subscriptions))
            self._hidden |= holding.estate.hidden
            self._stock.add(holding)
            self._answers.clear()

    def follow(self, states: States, lag: float) -> None:
        """Show what becomes of machines, so many seconds after it does."""
        self._stock.follow(Following(states, self._began, timedelta(seconds=lag)))

    def warm(self, now: datetime) -> None:
        """Answer a first question to nobody: it costs a new database what later ones do not."""
        self._find(_FIRST, tuple(self._subscriptions), now)

    def query(self, body: Any, now: datetime) -> Reply:
        """Answer the JSON body of a query request."""
        admitted, quota = self._quota.use(now)
        if not admitted:
            reply = arm_error(429, "RateLimiting", "Too many queries: please slow down")
            retry_after = {"Retry-After": str(self._quota.seconds_left(now))}
            return Reply(status=429, body=reply.body, headers={**quota, **retry_after})
        reply = self._answer(body, now)
        return Reply(status=reply.status, body=reply.body, headers={**reply.headers, **quota})

    def _answer(self, body: Any, now: datetime) -> Reply:
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return arm_error(400, "BadRequest", "The body must be an object with a query")
        asked = body.get("subscriptions") or list(self._subscriptions)
        options = body.get("options") or {}
        if not _are_texts(asked) or not isinstance(options, dict):
            return arm_error(400, "BadRequest", "subscriptions or options are malformed")
        readable = tuple(sorted({s.lower() for s in asked} - self._hidden))
        if not readable and self._rules.refuse_unreadable:
            return _nothing_readable(asked)
        try:
            first = _offset(options.get("$skipToken"))
            answer = self._find(body["query"], readable, now)
        except BadQuery as error:
            return _bad_query(str(error))
        return self._page(answer, first, options)

    def _find(self, kql: str, readable: tuple[str, ...], now: datetime) -> Answer:
        elapsed = (now - self._began).total_seconds()
        lag = timedelta(seconds=self._rules.run_row_lag)
        with self._lock:
            standing = tuple(run.standing(now, lag) for run in self._runs)
            appeared = self._stock.appeared(elapsed)
            changes = self._stock.changes(now)
            time = now if depends_on_time(kql) else None
            key = (kql, readable, standing, appeared, changes, time)
            if key not in self._answers:
                tables = self._stock.ready(kql, standing, now)
                self._answers[key] = tables.ask(kql, readable=readable, elapsed=elapsed, now=now)
            self._answers.move_to_end(key)
            if len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)
            return self._answers[key]

    def _page(self, answer: Answer, first: int, options: dict[str, Any]) -> Reply:
        top = options.get("$top", _MOST_ROWS)
        if type(top) is not int or not 1 <= top <= _MOST_ROWS:
            return arm_error(400, "BadRequest", f"$top must be from 1 to {_MOST_ROWS}")
        rows = answer.objects(first, min(top, self._rules.page_size))
        following = first + len(rows)
        more = following < len(answer.rows)
        table = options.get("resultFormat") == "table"
        body: dict[str, Any] = {
            "totalRecords": len(answer.rows),
            "count": len(rows),
            "data": _as_table(answer, rows) if table else rows,
            "facets": [],
            "resultTruncated": "true" if more else "false",
        }
        # Published: without `id` among the columns there is no paging, and the rest is lost.
        if more and "id" in answer.columns:
            body["$skipToken"] = _token(following)
        return Reply(status=200, body=body)


def _as_table(answer: Answer, rows: list[dict[str, Any]]) -> dict[str, Any]:
    kinds: dict[str, str] = {"VARCHAR": "string", "JSON": "object", "BIGINT": "integer"}
    return {
        "columns": [
            {"name": name, "type": kinds.get(kind, kind.lower())}
            for name, kind in zip(answer.columns, answer.types, strict=True)
        ],
        "rows": [list(row.values()) for row in rows],
    }


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _token(first: int) -> str:
    return base64.b64encode(json.dumps({"r": f"$skip={first}"}).encode()).decode()


def _offset(token: Any) -> int:
    if token in (None, ""):
        return 0
    try:
        first = int(json.loads(base64.b64decode(token, validate=True))["r"].removeprefix("$skip="))
    except (binascii.Error, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadQuery("The skip token is not one of ours") from error
    return first


def _bad_query(problem: str) -> Reply:
    return arm_error(
        400,
        "BadRequest",
        "Please provide below info when asking for support.",
        details=(
            {"code": "InvalidQuery", "message": "Query is invalid. See the documentation."},
            {"code": "ParserFailure", "message": problem},
        ),
    )


def _nothing_readable(asked: list[str]) -> Reply:
    # Seen by users: https://github.com/Azure/aztfexport/issues/475
    return arm_error(
        400,
        "BadRequest",
        "Please provide below info when asking for support.",
        details=(
            {
                "code": "NoValidSubscriptionsInQueryRequest",
                "message": "There must be at least one subscription that is eligible to contain"
                f" resources. Given: '{', '.join(asked)}'.",
            },
        ),
    )
