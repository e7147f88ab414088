"""The story the project exists for, with the real command, servers and files."""

from __future__ import annotations

import json
import signal
import time

from monitor.history import History
from storage.errors import StorageError
from tests.acceptance.world import AFTER, ELSEWHERE, NEW_CLAUSE, STAYED, World, wait_until
from tests.servers.http import RawServer

KEY = "acme/privacy-policy"


def baseline_is_read(world: World) -> bool:
    try:
        with History.open(world.database) as history:
            states = history.documents()
    except StorageError:
        return False
    return len(states) == 2 and all(state.recorded for state in states)


def test_policy_and_faq_change_and_the_team_hears_of_it(world: World) -> None:
    with world.daemon():
        wait_until(lambda: baseline_is_read(world), "the baseline")
        world.site.pages |= AFTER
        mails = world.smtp.wait_for(3)  # the baseline's summary, the policy, the FAQ
        posts = world.slack.wait_for(3)
    told = {str(mail.mail["Subject"]): mail for mail in mails}
    (policy_mail,) = (mail for subject, mail in told.items() if "Privacy Policy" in subject)
    text, html = policy_mail.part("plain"), policy_mail.part("html")
    for form in (text, html):
        assert "acme/privacy-policy" in form
        assert "How we use data" in form
        assert "ai-training" in form
        assert "train artificial intelligence (AI) models" in form
        assert ELSEWHERE not in form
    assert STAYED not in " ".join(text.split()).replace(f"({STAYED})", "")  # what stands beside it is put so
    assert NEW_CLAUSE in " ".join(text.split())
    assert "first seen" in text
    assert "last seen" in text
    (faq_mail,) = (mail for subject, mail in told.items() if "FAQ" in subject)
    assert "Can I opt out?" in faq_mail.part("plain")
    assert "already taken place" in faq_mail.part("plain")
    (summary,) = (mail for subject, mail in told.items() if "First reading" in subject)
    assert STAYED in " ".join(summary.part("plain").split())
    assert any(block["type"] == "section" for post in posts for block in post.payload["blocks"])
    assert any(NEW_CLAUSE in post.words.replace("*", "") for post in posts)
    assert all(ok for ok in world.smtp.logins)
    assert "canary-password" not in world.log()
    assert world.slack.url not in world.log()


def test_the_archive_answers_after_the_daemon_has_gone(world: World) -> None:
    world.run("check")
    world.site.pages |= AFTER
    world.run("check")
    (hit,) = (
        json.loads(line) for line in world.run("search", '"train artificial intelligence"').stdout.splitlines()
    )
    assert (hit["document"], hit["live"], hit["first_version"]) == (KEY, True, 2)
    assert hit["heading"] == ["Privacy Policy", "How we use data"]
    changed = world.run("diff", KEY).stdout
    assert "added: {+" + NEW_CLAUSE + "+}" in changed
    assert STAYED not in changed
    assert NEW_CLAUSE not in world.run("show", f"{KEY}@1").stdout
    assert NEW_CLAUSE in world.run("show", KEY).stdout
    assert NEW_CLAUSE in world.run("show", KEY, "--raw").stdout
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert NEW_CLAUSE in world.run("show", f"{KEY}@{today}").stdout
    assert "ai-training" in world.run("explain", f"{KEY}@2").stdout
    (change,) = (
        json.loads(line) for line in world.run("changes", "--kind", "privacy-policy").stdout.splitlines()
    )
    assert (change["added"], change["previous"], change["number"]) == (1, 1, 2)
    assert world.run("search", "unicorns", expect=1).stdout == ""
    world.run("status")
    alerts = [json.loads(line) for line in world.run("alerts", "--topic", "ai-training").stdout.splitlines()]
    assert {
        delivery["state"] for alert in alerts if alert["kind"] == "change" for delivery in alert["deliveries"]
    } == {"sent"}


def test_checking_an_unchanged_page_again_tells_nobody_anything_new(world: World) -> None:
    world.run("check")
    told = len(world.smtp.messages)
    for _ in range(2):
        assert world.run("check").stdout.count("unchanged") == 2
    assert len(world.smtp.messages) == told
    rows = [json.loads(line) for line in world.run("versions").stdout.splitlines()]
    assert [(row["number"], row["looks"]) for row in rows] == [(1, 3), (1, 3)]


def test_dry_run_stores_and_sends_nothing(world: World) -> None:
    world.run("check")
    told = len(world.smtp.messages)
    world.site.pages |= AFTER
    assert "ai-training" in world.run("check", "--dry-run", KEY).stdout
    assert len(world.smtp.messages) == told
    assert len(world.run("versions", KEY).stdout.splitlines()) == 1


def test_dry_run_before_the_first_check_leaves_no_database_behind(world: World) -> None:
    assert "first" in world.run("check", "--dry-run", KEY).stdout
    assert not world.database.exists()


def test_one_host_that_never_answers_does_not_starve_the_others(world: World) -> None:
    with RawServer(lambda connection: connection.wait_until_closed()) as silent:
        slow = {f"slow-{number}": silent.url(f"/{number}") for number in range(10)}
        addresses = slow | {"faq": world.site.url("/faq", host="localhost")}
        documents = "".join(
            f'[[services.documents]]\nkind = "{kind}"\nurl = "{url}"\nevery = "1s"\n'
            for kind, url in addresses.items()
        )
        world.write_config(documents=documents)
        with world.daemon():
            wait_until(lambda: len(world.site.requests_for("/faq")) >= 3, "three looks at the healthy page")


def test_test_command_proves_a_channel_and_says_when_it_fails(world: World) -> None:
    world.run("test", "mail")
    world.run("test", "chat")
    assert len(world.smtp.messages) == len(world.slack.accepted) == 1
    world.smtp.stop()
    assert "mail" in world.run("test", "mail", expect=69).stderr
    assert "no-such" in world.run("test", "no-such", expect=64).stderr


def test_second_daemon_on_one_database_leaves_at_once(world: World) -> None:
    with world.daemon() as process:
        wait_until(lambda: baseline_is_read(world), "the baseline")
        second = world.run("run", expect=75)
        assert str(process.pid) in second.stderr
        assert "the daemon runs" in world.run("check").stderr
    with world.daemon():  # the lock of one that is gone is no obstacle
        wait_until(lambda: world.log().count("event=started") == 2, "the second start")


def test_sigterm_ends_the_daemon_within_ten_seconds_even_in_the_middle_of_a_fetch(world: World) -> None:
    world.write_config(
        documents=f'[[services.documents]]\nkind = "faq"\nurl = "{world.site.url("/slow")}"\nevery = "1s"\n'
    )
    with world.daemon() as process:
        wait_until(lambda: "event=started" in world.log(), "the start")
        time.sleep(1.0)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
        assert time.monotonic() - begun < 10
