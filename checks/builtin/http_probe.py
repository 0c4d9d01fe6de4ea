"""The services that run on the machines answer, as a client sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import Any

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed, skipped
from checks.builtin._template import filled, problems_in
from plugins.reach import Page
from plugins.web import Target, networks

_AT_ONCE = 32
_LONGEST = 1000  # characters of a regular expression


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProbe:
    """What is asked, and what a good answer is.

    `urls`: asked once for the whole run, such as a load balancer or a status page.

    `machine_url`: asked for each machine, such as `https://{name}.example.com/health`. `{name}`,
    `{location}` and `{tag:NAME}` are the machine's.

    `status`: the status codes of a good answer.

    `contains`, `contains_not`: texts that the body must have, and must not have.

    `matches`: a regular expression that must match somewhere in the body, in RE2's syntax, whose
    matching takes time in proportion to the body: https://github.com/google/re2/wiki/Syntax.

    `max_seconds`: how long an answer may take, from the look-up of the name to the last byte; none
    for no limit but the web client's own of 20 seconds.

    `min_certificate_days`: how long the server's certificate must still be good after the run.

    `redirects`: how many redirects to follow; with 0 a redirect is an answer like any other.

    `allow`: networks that may be asked although they are not public, such as `10.20.0.0/16`. The
    metadata service is never asked.
    """

    urls: tuple[str, ...] = ()
    machine_url: str | None = None
    status: tuple[int, ...] = (200,)
    contains: str | None = None
    contains_not: str | None = None
    matches: str | None = None
    max_seconds: float | None = None
    min_certificate_days: float | None = None
    redirects: int = 3
    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))

    def _problems(self) -> Iterator[str]:
        for url in self.urls:
            try:
                Target.parse(url)
            except CannotTell as error:
                yield f"urls: {error}"
        if self.machine_url is not None:
            yield from problems_in(self.machine_url)
        if not self.status or not all(100 <= code <= 599 for code in self.status):
            yield "status must be codes such as 200"
        if self.max_seconds is not None and not 0 < self.max_seconds <= 20:
            yield "max_seconds must be above 0 and at most 20"
        if not 0 <= self.redirects <= 10:
            yield "redirects must be 0 to 10"
        if self.matches is not None:
            yield from _problems_of_pattern(self.matches)
        try:
            networks(self.allow)
        except ValueError as error:
            yield f"allow: {error}"


@check(enabled=False)
def http_probe(run: Run, ctx: Context[HttpProbe]) -> Verdict | Mapping[str, Verdict | CannotTell]:
    """Every URL that is configured, for the run or for each machine, gives a good answer.

    Asks: each of `urls`, and `machine_url` for each machine, 32 at once, with GET and without any
    identity. The machines are asked only after the `urls` of the run have given good answers.

    Blocks when: an answer has another status, lacks a text that it must have or has one that it
    must not, took longer than `max_seconds`, or comes with a certificate that ends too soon.

    UNKNOWN when: there is no whole answer; when the URL leads, also by a redirect or by what its
    name resolves to, to an address that is private, link-local or this machine's own and that
    `allow` does not name; or when a machine lacks what its URL is made of.

    Skipped when: no URL is configured.

    Rights: none in Azure.
    """
    config = ctx.config
    if not config.urls and config.machine_url is None:
        return skipped("no urls and no machine_url are configured")
    if config.urls:
        of_run = _together(list(_at_once(config.urls, ctx).values()))
        if config.machine_url is None or _is_blocked(of_run):
            return of_run
    return _of_machines(run, ctx)


def _of_machines(run: Run, ctx: Context[HttpProbe]) -> Mapping[str, Verdict | CannotTell]:
    urls = [_url(ctx.config.machine_url or "", machine) for machine in run.machines]
    answers = _at_once([url for url in urls if isinstance(url, str)], ctx)
    return {
        machine.id: answers[url] if isinstance(url, str) else url
        for machine, url in zip(run.machines, urls, strict=True)
    }


def _url(template: str, machine: Machine) -> str | CannotTell:
    try:
        return filled(template, machine)
    except CannotTell as why:
        return why


def _at_once(urls: Sequence[str], ctx: Context[HttpProbe]) -> Mapping[str, Verdict | CannotTell]:
    """An answer about each URL. None of them takes longer than the web client lets it."""
    different = list(dict.fromkeys(urls))
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="http_probe") as pool:
        answers = pool.map(lambda url: _probed(url, ctx), different)
        return dict(zip(different, answers, strict=True))


def _probed(url: str, ctx: Context[HttpProbe]) -> Verdict | CannotTell:
    try:
        page = ctx.web.fetch(url, allow=ctx.config.allow, redirects=ctx.config.redirects)
        return _judged(page, ctx)
    except CannotTell as why:
        return why


def _judged(page: Page, ctx: Context[HttpProbe]) -> Verdict:
    shown = Target.parse(page.url).shown
    seen: dict[str, Any] = {"url": shown, "status": page.status, "seconds": round(page.seconds, 3)}
    if page.certificate_until is not None:
        seen["certificate until"] = f"{page.certificate_until:%Y-%m-%d}"
    wrong = list(_wrong(page, ctx))
    return blocked(f"{shown} {'; '.join(wrong)}", **seen) if wrong else passed(**seen)


def _wrong(page: Page, ctx: Context[HttpProbe]) -> Iterator[str]:
    """All that is off about an answer. Raises `CannotTell`."""
    config = ctx.config
    body = page.body.decode("utf-8", "replace")
    if page.status not in config.status:
        yield f"answered {page.status}, not {' or '.join(map(str, config.status))}"
    if config.contains is not None and config.contains not in body:
        yield f"does not contain {config.contains!r}"
    if config.contains_not is not None and config.contains_not in body:
        yield f"contains {config.contains_not!r}"
    if config.matches is not None and not _expression(config.matches).search(body):
        yield f"does not match {config.matches!r}"
    if config.max_seconds is not None and page.seconds > config.max_seconds:
        yield f"took {page.seconds:.1f} s, more than {config.max_seconds:g}"
    yield from _certificate(page, ctx)


def _certificate(page: Page, ctx: Context[HttpProbe]) -> Iterator[str]:
    least = ctx.config.min_certificate_days
    if least is None:
        return
    if page.certificate_until is None:
        raise CannotTell(f"{Target.parse(page.url).shown} shows no certificate")
    left = (page.certificate_until - ctx.run.end) / timedelta(days=1)
    if left < least:
        yield f"has a certificate for {left:.1f} days after the run, fewer than {least:g}"


def _together(answers: Sequence[Verdict | CannotTell]) -> Verdict:
    """One verdict on all URLs of the run: what blocks goes before what nobody can tell.

    Raises `CannotTell` for the latter.
    """
    verdicts = [answer for answer in answers if isinstance(answer, Verdict)]
    bad = [verdict for verdict in verdicts if _is_blocked(verdict)]
    if bad:
        return blocked("; ".join(verdict.reason for verdict in bad), **bad[0].evidence)
    lost = [str(answer) for answer in answers if isinstance(answer, CannotTell)]
    if lost:
        raise CannotTell("; ".join(lost))
    return passed(**verdicts[0].evidence) if len(verdicts) == 1 else passed(urls=len(verdicts))


def _is_blocked(verdict: Verdict) -> bool:
    return str(verdict.status) == "blocked"


def _problems_of_pattern(pattern: str) -> Iterator[str]:
    if len(pattern) > _LONGEST:
        yield f"matches is longer than {_LONGEST} characters"
        return
    try:
        _expression(pattern)
    except ValueError as error:
        yield f"matches is no regular expression: {error}"


@cache
def _expression(pattern: str) -> Any:
    """One of RE2's: Python's own can take for ever, and nothing else would run meanwhile.

    Raises `ValueError`.
    """
    re2: Any = import_module("re2")  # google-re2: it has no types
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(text) from error
