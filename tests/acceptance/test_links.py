"""`links` names what watched pages of a real server link to and nobody watches, and since when."""

from __future__ import annotations

import json
from typing import Any

from tests.acceptance.world import NEW_CLAUSE, POLICY, World

LINKED = ' See <a href="/ai-faq">questions on AI</a> and <a href="/jobs">our jobs</a>.'
CHANGED = " We answer within ten days."


def rows(world: World, *arguments: str, expect: int = 0) -> list[dict[str, Any]]:
    out = world.run("links", *arguments, "--format", "jsonl", expect=expect).stdout
    return [json.loads(line) for line in out.splitlines()]


def publish(world: World, clause: str) -> None:
    world.site.pages["/privacy"] = POLICY.format(date="1 March 2024", clause=clause)
    world.run("check", "acme/privacy-policy")


def test_page_that_is_only_linked_is_named_with_the_version_that_linked_it_first(world: World) -> None:
    publish(world, "")
    assert rows(world, expect=1) == []
    publish(world, LINKED)
    publish(world, LINKED + CHANGED)
    (row,) = rows(world)
    assert row["document"] == "acme/privacy-policy"
    assert row["text"] == "questions on AI"
    assert row["url"] == world.site.url("/ai-faq")
    assert row["kind"] == "faq"
    assert row["since_version"] == 2
    assert rows(world, "acme/privacy-policy") == [row]


def test_page_is_no_longer_named_once_it_is_watched(world: World) -> None:
    publish(world, LINKED)
    assert rows(world)
    world.site.pages["/ai-faq"] = (
        "<title>FAQ</title><h1>FAQ</h1><p>Do we train AI on your posts? We do not.</p>"
    )
    world.run("add", world.site.url("/ai-faq"), "--yes", "--variant", "ai")
    assert rows(world, expect=1) == []


def test_new_target_of_an_old_word_is_seen_although_it_makes_no_version(world: World) -> None:
    publish(world, ' Read <a href="/jobs">more</a>.')
    assert rows(world, expect=1) == []
    publish(world, ' Read <a href="/help/ai">more</a>.')
    (row,) = rows(world)
    assert (row["url"], row["since_version"]) == (world.site.url("/help/ai"), 1)
    versions = world.run("versions", "acme/privacy-policy", "--format", "jsonl").stdout
    assert len(versions.splitlines()) == 1


def test_archive_alone_is_enough(world: World) -> None:
    publish(world, LINKED)
    line = ["--database", str(world.database), "links", "--format", "jsonl"]
    done = world.program.run(line, world.environ())
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["kind"] for line in done.stdout.splitlines()] == ["faq"]


def test_unknown_document_is_66(world: World) -> None:
    publish(world, "")
    assert "acme/none" in world.run("links", "acme/none", expect=66).stderr


def test_mail_and_slack_name_the_page_that_an_alerted_change_newly_links_to(world: World) -> None:
    publish(world, "")
    publish(world, f"{NEW_CLAUSE}{LINKED}")
    address = world.site.url("/ai-faq")
    mail = "\n".join(message.part("plain") for message in world.smtp.messages)
    post = "\n".join(posted.words for posted in world.slack.accepted)
    for said in (mail, post):
        assert "Newly linked, not watched" in said
        assert f'"questions on AI" {address}' in " ".join(said.split())
        assert "our jobs" not in said.partition("Newly linked")[2]
