"""Web servers beside Azure, which checks may ask: their host names end in `.simulator`."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.messages import Reply, Request
from simulator.scenario import Site

__all__ = ["Sites"]

_FOUND = 302


class Sites:
    """All sites of a scenario."""

    def __init__(self, sites: Sequence[Site]) -> None:
        self._sites = tuple(sites)

    def known(self, request: Request) -> bool:
        """There is a site of that name."""
        return any(site.name == request.site for site in self._sites)

    def delay(self, request: Request) -> float:
        """Seconds of the story's time until it is answered."""
        found = self._find(request)
        return found.delay if found else 0.0

    def answer(self, request: Request) -> Reply:
        """The page, or a 404 for another path, or a 405 for another method."""
        pages = self._pages(request)
        found = self._find(request)
        if not pages:
            return _plain(404, "Not Found")
        if found is None:
            methods = sorted({page.method for page in pages if page.method})
            return _plain(405, "Method Not Allowed", {"Allow": ", ".join(methods)})
        headers = dict(found.headers)
        status = found.status
        if found.redirect is not None:
            headers["Location"] = found.redirect
            status = status if 300 <= status < 400 else _FOUND
        return _plain(status, found.body, headers)

    def _pages(self, request: Request) -> list[Site]:
        return [site for site in self._sites if (site.name, site.path) == request.page]

    def _find(self, request: Request) -> Site | None:
        for page in self._pages(request):
            if page.method in (None, request.method):
                return page
        return None


def _plain(status: int, body: str, headers: dict[str, str] | None = None) -> Reply:
    own = headers or {}
    kind = {} if "content-type" in map(str.lower, own) else {"Content-Type": "text/plain"}
    return Reply(status=status, body=body, headers={**kind, **own})
