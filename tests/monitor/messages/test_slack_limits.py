"""Slack's blocks against its SDK's own models and against the limits of its reference, kept here apart."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from slack_sdk.models.blocks import Block

from monitor.messages import render
from monitor.messages.model import ChangeNotice, Notice
from notifiers.slack import payload
from tests.monitor.messages.reports import WEEKLY
from tests.monitor.messages.samples import (
    ADDED,
    CHANGE,
    GROUP,
    HOSTILE,
    NOTICES,
    WHOLE_CHANGE,
    WHOLE_ENVELOPE,
    change_notices,
    hostile_change,
)
from tests.servers.slack import texts_of

LIMITS = {"header": 150, "section": 3_000, "context": 3_000}
OUR_LINKS = re.compile(
    r"<(?:https://acme\.example/privacy\?lang=en&amp;v=2"
    r"|https://policies\.example\.com/[a-z0-9/?=&;-]+(?:\|alert \d+)?)>"
)


def problems(content: dict[str, Any]) -> list[str]:
    """What Slack's reference would refuse (docs.slack.dev: blocks, text objects, chat.postMessage)."""
    blocks, found = content["blocks"], []
    if not 1 <= len(blocks) <= 50:
        found.append(f"{len(blocks)} blocks")
    if not 1 <= len(content["text"]) <= 4_000:
        found.append("text")
    for block in blocks:
        kind = block["type"]
        texts = block.get("elements", [block["text"]] if "text" in block else [])
        wanted = "plain_text" if kind == "header" else "mrkdwn"
        found += [kind for text in texts if not 1 <= len(text["text"]) <= LIMITS[kind]]
        found += [f"{kind} {text['type']}" for text in texts if text["type"] != wanted]
        if kind not in {*LIMITS, "divider"} or len(texts) > 10:
            found.append(kind)
    if sum(map(len, texts_of(blocks))) > 10_000:
        found.append("all of it")
    return found


@pytest.mark.parametrize(
    "notice",
    [*NOTICES.values(), GROUP, WEEKLY, WHOLE_CHANGE, replace(CHANGE, findings=(ADDED,) * 500)],
    ids=[*NOTICES, "group", "weekly", "whole", "long"],
)
def test_blocks_pass_the_sdks_models_and_the_references_limits(notice: Notice) -> None:
    content = payload(render(notice, WHOLE_ENVELOPE), with_blocks=True)
    for block in Block.parse_all(content["blocks"]):
        assert block is not None
        block.validate_json()
    assert problems(content) == []


@given(change_notices())
@settings(max_examples=25, deadline=None)
def test_whatever_a_page_says_the_blocks_pass(notice: ChangeNotice) -> None:
    content = payload(render(notice, WHOLE_ENVELOPE), with_blocks=True)
    for block in Block.parse_all(content["blocks"]):
        assert block is not None
        block.validate_json()
    assert problems(content) == []


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "<!channel>",
        "<https://evil.example|Bank>",
        "x" * 5_000,
        "a\u202egnp.exe",
        "a\u2028b\r\nBcc: x@evil.example",
        "\ud800",
        "=cmd()",
    ],
    ids=["all", "mention", "link", "long word", "direction", "lines", "surrogate", "formula"],
)
def test_no_mention_and_no_link_comes_out_of_page_text(text: str) -> None:
    finding = replace(ADDED, quote=text, matched=(text,), heading=(text,), reason=text)
    notice = replace(hostile_change(), findings=(finding,), title=f"Acme {text}")
    content = payload(render(notice, WHOLE_ENVELOPE), with_blocks=True)
    marked = [
        each["text"]
        for block in content["blocks"]
        for each in block.get("elements", [block["text"]] if "text" in block else [])
        if each["type"] == "mrkdwn"
    ]
    assert "<" not in OUR_LINKS.sub("", "\n".join(marked))
    assert "<" not in content["text"]
    assert (content["parse"], content["unfurl_links"]) == ("none", False)
    assert problems(content) == []
