"""Somebody else's service decides: a change calendar, a ticket system, a script of the site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checks import CannotTell, Context, Run, Verdict, check, skipped
from plugins.secret import secret_of
from plugins.web import Target, networks

_SECRET = re.compile(r"WEBHOOK_[A-Z0-9_]{1,100}")
_SHORTEST = 16  # characters of a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Whom to ask, and how it knows that it is we who ask.

    `url`: the service's URL: https, or http within a network that `allow` names.

    `secret_env`: the environment variable that holds the secret which signs the question, of at
    least 16 characters. Its name begins with `WEBHOOK_`, so that no other secret of the app can be
    taken for it; in Azure it is an app setting, best a reference to Key Vault.

    `allow`: networks that may be asked although they are not public, such as `10.20.0.0/16`.
    """

    url: str | None = None
    secret_env: str = "WEBHOOK_SECRET"  # noqa: S105 - where it is, not what it is
    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        networks(self.allow)
        if not _SECRET.fullmatch(self.secret_env):
            raise ValueError("secret_env must be a name such as WEBHOOK_SECRET")
        if self.url is None:
            return
        try:
            target = Target.parse(self.url)
        except CannotTell as error:
            raise ValueError(f"url: {error}") from error
        if target.scheme != "https" and not self.allow:
            raise ValueError("url: http is for networks that `allow` names; use https")


@check(enabled=False)
def webhook(run: Run, ctx: Context[Webhook]) -> Verdict | Mapping[str, Verdict | CannotTell]:
    """A service of the site, told of the run and its machines, says yes.

    Asks: `url`, by one POST of JSON: `version` (1), `kind` (`patchgate.run`), `asked_at`,
    `answer_by`, `run` (`id`, `configuration_id`, `name`, `start`, `end`, `subscriptions`) and
    `machines` (`id`, `name`, `kind`, `location`, `os`, `power`, `tags`), 8 MB at most. The header
    `X-Patchgate-Timestamp` has the seconds since 1970, and `X-Patchgate-Signature` is `sha256=` and
    the HMAC-SHA256, in hexadecimal digits, of that timestamp, a dot and the body.

    The answer is a 200 with JSON: `verdict` (`passed`, `blocked` or `skipped`), and if you like
    `reason`, `evidence` (a flat object), `run` (the same id), `version` (1) and `machines`, which
    are ids, each with a `verdict`, `reason` and `evidence` of its own. All others have the run's.

    Blocks when: the answer says `blocked`, of the run or of a machine.

    UNKNOWN when: there is no secret; no whole answer came in time; its status is not 200; it is not
    exactly of that form, says something twice or repeats the secret; or it is about another run, or
    about machines that are not of this one. A redirect is not followed.

    Skipped when: no `url` is configured, or the answer says so.

    Rights: none in Azure.
    """
    from checks.builtin._webhook import body_of, parse, signature  # noqa: PLC0415

    config = ctx.config
    if config.url is None:
        return skipped("no url is configured")
    secret, body = secret_of(config.secret_env, _SHORTEST), body_of(run, ctx)
    timestamp = str(int(ctx.now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-Patchgate-Timestamp": timestamp,
        "X-Patchgate-Signature": signature(secret, timestamp, body),
    }
    page = ctx.web.fetch(
        config.url, method="POST", body=body, headers=headers, allow=config.allow, redirects=0
    )
    host = Target.parse(page.url).host
    if page.status != 200:
        raise CannotTell(f"{host} answered {page.status}")
    if secret.encode() in page.body:
        raise CannotTell(f"{host}: its answer repeats the secret")
    try:
        return parse(page.body, run).verdicts(run)
    except CannotTell as error:
        raise CannotTell(f"{host}: {error}") from error
