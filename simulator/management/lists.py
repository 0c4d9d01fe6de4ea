"""Lists of resources, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from simulator.management.store import Resource
from simulator.messages import Reply, Request, arm_error

__all__ = ["page_of"]

_MOST = 100  # unless the list has larger pages of its own


def page_of(request: Request, found: Sequence[Resource], size: int) -> Reply:
    """The page that is asked for: of `size` resources, or of as many as `$top` says."""
    top, first = request.query.get("$top", str(size)), request.query.get("$skiptoken", "0")
    if not (top.isdecimal() and first.isdecimal() and 1 <= int(top) <= max(size, _MOST)):
        return arm_error(400, "BadRequest", "$top is 1 to 100, and $skiptoken one of ours.")
    end = int(first) + int(top)
    body: dict[str, Any] = {"value": list(found[int(first) : end])}
    if end < len(found):
        query = urlencode({**request.query, "$skiptoken": str(end)})
        body["nextLink"] = f"http://{request.host}{request.path}?{query}"
    return Reply(status=200, body=body)
