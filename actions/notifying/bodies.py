"""What each kind of channel is sent, as JSON.

Teams: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
(workflows take adaptive cards as attachments of a message) and, on the size of 28 KB,
https://learn.microsoft.com/connectors/teams/. A `TextRun` shows its text as it is, where a
`TextBlock` would make links of it: https://adaptivecards.io/explorer/TextRun.html.
Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
https://docs.slack.dev/reference/block-kit/blocks (a header has 150 characters, a text 3,000).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

from actions.notifying.config import NotifyConfig
from actions.notifying.templates import filled, reasons_of
from core.masking import mask
from core.notice import Notice, NoticeState

__all__ = ["body_for"]

Json = dict[str, Any]

_COLOURS: Mapping[NoticeState, str] = {
    "blocked": "warning",
    "cancelled": "warning",
    "unconfirmed": "attention",
    "finished": "good",
}
_TEXT, _HEADER = 2900, 150


def body_for(kind: str, notice: Notice, config: NotifyConfig) -> bytes:
    """The body of the request, in UTF-8; each names the notice's key."""
    return json.dumps(_BODIES[kind](notice, config), ensure_ascii=False).encode()


def _teams(notice: Notice, config: NotifyConfig) -> Json:
    title = _run(filled(config.title, notice), weight="bolder", size="large")
    title["color"] = _COLOURS.get(notice.state, "default")
    lines = [_rich(_run(filled(config.text, notice)[:_TEXT]))]
    lines += [_rich(_run(f"• {reason}")) for reason in reasons_of(notice)]
    card: Json = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [{**_rich(title), "id": notice.key}, *lines],
    }
    if url := _link(notice):
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Report", "url": url}]
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def _rich(run: Json) -> Json:
    return {"type": "RichTextBlock", "inlines": [run]}


def _run(text: str, **style: str) -> Json:
    return {"type": "TextRun", "text": text, **style}


def _slack(notice: Notice, config: NotifyConfig) -> Json:
    title, text = filled(config.title, notice), filled(config.text, notice)
    said = "\n".join((text, *(f"• {reason}" for reason in reasons_of(notice))))
    blocks: list[Json] = [
        {"type": "header", "block_id": notice.key, "text": _plain(title, _HEADER)},
        {"type": "section", "text": _plain(said, _TEXT)},
    ]
    if url := _link(notice):
        button = {"type": "button", "text": _plain("Report", _HEADER), "url": url}
        blocks.append({"type": "actions", "elements": [button]})
    return {"text": _escaped(title), "mrkdwn": False, "blocks": blocks}


def _plain(text: str, longest: int) -> Json:
    shown = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return {"type": "plain_text", "text": shown, "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _webhook(notice: Notice, config: NotifyConfig) -> Json:
    return {
        "version": 1,
        "kind": "patchgate.notice",
        "id": notice.key,
        "state": notice.state,
        "run": notice.run,
        "configuration": notice.configuration,
        "headline": notice.headline,
        "reasons": reasons_of(notice),
        "machines": notice.machines,
        "start": f"{notice.start.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
        "report_url": _link(notice),
        "title": filled(config.title, notice),
        "text": filled(config.text, notice),
    }


def _link(notice: Notice) -> str | None:
    """Where a button may lead: not to a URL that holds a key, which all would see who are told."""
    url = notice.report_url or ""
    return url if urlsplit(url).scheme == "https" and mask(url) == url else None


_BODIES: Mapping[str, Callable[[Notice, NotifyConfig], Json]] = {
    "teams": _teams,
    "slack": _slack,
    "webhook": _webhook,
}
