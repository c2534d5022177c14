"""Messages as chats want them.

Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks · Teams, a card in a workflow:
https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
"""

import json
from typing import Any

from app.jobs.send_notice.reply import Reply
from app.jobs.send_notice.web import post
from app.jobs.send_notice.wording import MOST_LINES, page_of, sentence, subject
from app.queue.acts.notices import Outgoing, secret_of


def send_slack(outgoing: Outgoing) -> Reply:
    """Post a message to a channel of Slack."""
    return post(secret_of(outgoing, "url"), json.dumps(slack_body(outgoing)))


def send_teams(outgoing: Outgoing) -> Reply:
    """Post a message to a channel of Teams."""
    return post(secret_of(outgoing, "url"), json.dumps(teams_body(outgoing)))


def slack_body(outgoing: Outgoing) -> dict[str, Any]:
    """Return a message for Slack. `text` is what notifications of Slack show."""
    told = [_slack_line(item) for item in outgoing.delivery.items[:MOST_LINES]]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": line}} for line in told]
    context = {"type": "context", "elements": [{"type": "mrkdwn", "text": _escaped(_footer(outgoing))}]}
    return {"text": _escaped(subject(outgoing)), "blocks": [*blocks, context]}


def teams_body(outgoing: Outgoing) -> dict[str, Any]:
    """Return a message for Teams: an adaptive card."""
    told = [
        {"type": "TextBlock", "text": sentence(item), "wrap": True} for item in outgoing.delivery.items[:MOST_LINES]
    ]
    pages = [page for item in outgoing.delivery.items[:1] if (page := page_of(item)) is not None]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            *told,
            {"type": "TextBlock", "text": _footer(outgoing), "isSubtle": True, "size": "Small", "wrap": True},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": page} for page in pages],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _slack_line(item: dict[str, Any]) -> str:
    page = page_of(item)
    said = _escaped(sentence(item))
    return f"{said} <{page}|Open>" if page is not None else said


def _escaped(text: str) -> str:
    """Write a text so that nothing in it calls a person or makes a link.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _footer(outgoing: Outgoing) -> str:
    rest = outgoing.delivery.count - min(len(outgoing.delivery.items), MOST_LINES)
    return f"{f'and {rest:,} more · ' if rest else ''}Jobdeck, notice “{outgoing.name}”"
