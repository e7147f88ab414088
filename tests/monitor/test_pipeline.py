"""One check of one document, against a real site and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from ipaddress import ip_network

import pytest

from monitor import recording
from monitor.extract.failures import ExtractionFailed
from monitor.extract.model import Link, Source
from monitor.extract.pool import ExtractionPool
from monitor.extract.read import extract_markdown
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.model import FetchLimits
from monitor.looks import Report
from monitor.watch import Known, Look, judge
from storage import documents, snapshots
from storage.records import AlertKind, AlertStatus, Cause, CheckOutcome, DeliveryState
from tests.monitor.extract.pdfs import Text, pdf
from tests.monitor.fetch.browser.pages import needs_browser
from tests.monitor.stage import FIRST_TEXT, KEY, NOON, STANDING, TRAINING, Reader, Stage, page, watch
from tests.servers.http import Page, RawConnection, RawServer, response


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractionPool]:
    pool = ExtractionPool(1)
    yield pool
    pool.close()


async def test_the_story_through_the_reading_processes(stage: Stage, pool: ExtractionPool) -> None:
    pipeline = stage.pipeline(reader=pool)
    stage.show(FIRST_TEXT)
    first = await stage.check(pipeline)
    stage.show(FIRST_TEXT, TRAINING)
    changed = await stage.check(pipeline)
    assert (first.outcome, changed.outcome) == (CheckOutcome.FIRST, CheckOutcome.CHANGED)
    assert [finding.quote for finding in changed.findings] == [TRAINING]


async def test_a_change_commits_with_its_findings_alert_and_a_delivery_for_every_recipient(
    stage: Stage,
) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    stage.show(FIRST_TEXT, TRAINING)
    report = await stage.check()
    assert (report.version, report.previous, report.counts) == (2, 1, (1, 0, 0, 0))
    (alert,) = stage.alerts()
    assert alert.change is not None
    assert (alert.alert.kind, alert.alert.status) == (AlertKind.CHANGE, AlertStatus.NEW)
    assert [finding.quote for finding in alert.change.findings] == [TRAINING]
    assert (alert.change.previous_seen_at, alert.change.captured_at) == (
        NOON + timedelta(hours=1),
        NOON + timedelta(hours=2),
    )
    assert {(made.recipient, made.state, made.attempts) for made in alert.deliveries} == {
        ("ann@team.test", DeliveryState.PENDING, 0),
        ("bob@team.test", DeliveryState.PENDING, 0),
    }
    assert len({made.message_id for made in alert.deliveries}) == 2


async def test_a_page_that_the_server_calls_unmodified_extends_the_appearance(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    report = await stage.check()
    (appearance,) = stage.appearances()
    assert report.outcome is CheckOutcome.UNCHANGED
    assert stage.site.requests[-1].headers["if-none-match"]
    assert (appearance.looks, appearance.observed_until) == (2, NOON + timedelta(hours=2))


async def test_the_same_bytes_from_a_server_without_validators_are_stored_once(stage: Stage) -> None:
    stage.site.pages["/privacy"] = Page(FIRST_TEXT, "text/plain", etag=False)
    await stage.check()
    report = await stage.check()
    assert report.reason == "the page is byte for byte what it was"
    with stage.database.read() as transaction:
        (state,) = snapshots.fetch_states_of(transaction, 1)
    assert (state.snapshot_id, state.fetched_fully_at) == (1, NOON + timedelta(hours=2))


async def test_the_same_text_in_other_bytes_is_no_change(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    stage.show(FIRST_TEXT, around="<script>nonce = 'd41d8c'</script>")
    report = await stage.check()
    (appearance,) = stage.appearances()
    assert (report.outcome, report.version, appearance.looks) == (CheckOutcome.UNCHANGED, 1, 2)


async def test_page_reverting_to_an_old_text_is_not_a_new_change(stage: Stage) -> None:
    for sentences in ([FIRST_TEXT], [FIRST_TEXT, TRAINING], [FIRST_TEXT], [FIRST_TEXT, TRAINING]):
        stage.show(*sentences)
        report = await stage.check()
    assert [(each.number, each.cause) for each in stage.appearances()] == [
        (1, Cause.FIRST), (2, Cause.PAGE_CHANGED), (1, Cause.RETURNED), (2, Cause.RETURNED),
    ]  # fmt: skip
    assert report.reason == "the page went back to its version 2"
    assert len(stage.alerts(AlertKind.CHANGE)) == 1


async def test_a_page_that_flips_to_and_fro_alerts_once(stage: Stage) -> None:
    for look in range(21):
        stage.show(FIRST_TEXT, *([TRAINING] if look % 2 else []))
        await stage.check()
    assert len(stage.alerts(AlertKind.CHANGE)) == 1
    assert {each.number for each in stage.appearances()} == {1, 2}


async def test_a_phrase_that_stood_before_does_not_fire_because_something_else_changed(stage: Stage) -> None:
    stage.show(FIRST_TEXT, STANDING)
    await stage.check(stage.pipeline(watch(baseline="off")))
    stage.show(FIRST_TEXT, STANDING, "We keep logs for thirty days.")
    report = await stage.check()
    assert (report.outcome, report.findings, stage.alerts()) == (CheckOutcome.CHANGED, (), [])


async def test_content_that_cannot_be_read_is_held_with_its_bytes_and_no_version(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    stage.site.pages["/privacy"] = Page(b"%PDF-1.7 ...", "application/pdf")
    held = await stage.check()
    again = await stage.check()
    assert (held.outcome, again.outcome) == (CheckOutcome.HELD, CheckOutcome.HELD)
    assert "pdf" in held.reason.lower()
    with stage.database.read() as transaction:
        assert snapshots.read_body(transaction, snapshots.get(transaction, 2).sha256) == b"%PDF-1.7 ..."
        assert snapshots.pending(transaction, 1) is None
    assert len(stage.appearances()) == 1
    tags = [request.headers.get("if-none-match") for request in stage.site.requests]
    assert tags[0] is None
    assert tags[1] == tags[2] != Page(b"%PDF-1.7 ...").tag
    stage.show(FIRST_TEXT)
    assert (await stage.check()).outcome is CheckOutcome.UNCHANGED


async def test_a_pdf_is_watched_like_a_page(stage: Stage) -> None:
    for sentences in ([FIRST_TEXT], [FIRST_TEXT, TRAINING]):
        lines = [Text(60, 700 - 30 * index, sentence) for index, sentence in enumerate(sentences)]
        stage.site.pages["/privacy"] = Page(pdf([lines]), "application/octet-stream")
        report = await stage.check()
    assert report.outcome is CheckOutcome.CHANGED
    assert [finding.quote for finding in report.findings] == [TRAINING]


@needs_browser
@pytest.mark.timeout(180)
async def test_a_document_that_scripts_write_is_watched_through_the_browser(stage: Stage) -> None:
    held = await _look_at_a_script(stage, FIRST_TEXT, browser=False)
    reports = [await _look_at_a_script(stage, *texts) for texts in ([FIRST_TEXT], [FIRST_TEXT, TRAINING])]
    assert (held.outcome, "browser = true" in held.reason) == (CheckOutcome.HELD, True)
    assert [report.outcome for report in reports] == [CheckOutcome.FIRST, CheckOutcome.CHANGED]
    assert [finding.quote for finding in reports[1].findings] == [TRAINING]


async def _look_at_a_script(stage: Stage, *texts: str, browser: bool = True) -> Report:
    script = "".join(f"document.write('<p>{text}</p>');" for text in texts)
    stage.site.pages["/privacy"] = Page(f"<script>{script}</script>".encode())
    limits = FetchLimits(total_seconds=60, host_delay_seconds=0, retries=0)
    patient = Fetcher(
        user_agent="policywatch/0", limits=limits, clock=stage.clock, allow_private=[ip_network("127.0.0.0/8")]
    )
    async with patient:
        pipeline = stage.pipeline(fetcher=patient)
        return await stage.check(pipeline, stage.target(browser=browser))


async def test_a_first_look_that_is_held_leaves_the_first_version_to_a_later_one(stage: Stage) -> None:
    stage.site.pages["/privacy"] = Page(b"\x89PNG\r\n\x1a\n", "image/png")
    assert (await stage.check()).outcome is CheckOutcome.HELD
    stage.show(FIRST_TEXT)
    assert (await stage.check()).outcome is CheckOutcome.FIRST


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        (Page("gone", status=410), "http_410"),
        (Page("broken", status=500), "http_500"),
        (Page("slow down", status=429, headers={"Retry-After": "120"}), "http_429"),
        (Page("moved", status=302, headers={"Location": "/privacy"}), "redirect"),
    ],
)
async def test_a_failed_fetch_is_recorded_with_its_class_and_touches_no_version(
    stage: Stage, answer: Page, error_class: str
) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    answer.etag = False
    stage.site.pages["/privacy"] = answer
    report = await stage.check()
    assert (report.outcome, report.error_class) == (CheckOutcome.FAILED, error_class)
    assert [check.outcome for check in stage.checks()] == [CheckOutcome.FIRST, CheckOutcome.FAILED]
    assert stage.checks()[-1].error_class == error_class
    (appearance,) = stage.appearances()
    assert appearance.observed_until == NOON + timedelta(hours=1)


async def test_a_body_cut_short_and_a_closed_port_have_classes_of_their_own(stage: Stage) -> None:
    cut = response("<p>We coll", headers={"Content-Length": "500"})
    with RawServer(cut) as server:
        truncated = await stage.check(target=stage.target(key="acme/terms", urls=(server.url(),)))
    closed = await stage.check(target=stage.target(key="acme/terms", urls=(server.url(),)))
    assert (truncated.error_class, closed.error_class) == ("truncated", "connect")
    assert (truncated.transient, closed.transient) == (True, True)


async def test_a_watched_404_that_now_answers_is_news(stage: Stage) -> None:
    missing = await stage.check()
    stage.show(FIRST_TEXT, TRAINING)
    report = await stage.check()
    assert (missing.error_class, report.outcome) == ("http_404", CheckOutcome.FIRST)
    (alert,) = stage.alerts()
    assert alert.change is not None
    assert (alert.alert.kind, alert.change.flags) == (AlertKind.CHANGE, ("new-document",))
    assert alert.change.added == 3
    assert len(alert.deliveries) == 2


async def test_a_lost_connection_does_not_make_a_missing_page_older(stage: Stage) -> None:
    await stage.check()
    stage.site.pages["/privacy"] = Page("broken", status=503, etag=False)
    await stage.check()
    stage.show(FIRST_TEXT, TRAINING)
    await stage.check()
    assert [each.alert.kind for each in stage.alerts()] == [AlertKind.CHANGE]


async def test_a_page_whose_address_had_been_mistyped_is_no_news(stage: Stage) -> None:
    await stage.check(target=stage.target("/privcay"))
    stage.show(FIRST_TEXT, TRAINING)
    await stage.check()
    assert [each.alert.kind for each in stage.alerts()] == [AlertKind.BASELINE]


async def test_a_document_of_which_one_part_was_missing_is_no_news(stage: Stage) -> None:
    both = stage.target("/privacy", "/more")
    stage.show(FIRST_TEXT, TRAINING)
    await stage.check(target=both)
    stage.show(STANDING, path="/more")
    await stage.check(target=both)
    assert [each.alert.kind for each in stage.alerts()] == [AlertKind.BASELINE]


async def test_a_change_of_address_is_told_with_the_change(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    stage.show(FIRST_TEXT, TRAINING, path="/moved")
    await stage.check()
    await stage.check(target=stage.target("/moved"))
    (alert,) = stage.alerts(AlertKind.CHANGE)
    assert alert.change is not None
    assert alert.change.flags == ("address-changed",)


async def test_an_address_that_now_leads_to_another_host_is_flagged_and_its_history_goes_on(
    stage: Stage,
) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    moved = RawServer(response(page(FIRST_TEXT, TRAINING)), host="127.0.0.2", port=stage.site.port)
    with moved:
        elsewhere = Page("", status=301, headers={"Location": moved.url("/new")}, etag=False)
        stage.site.pages["/privacy"] = elsewhere
        assert (await stage.check()).version == 2
        stage.clock.advance(days=2)
        assert (await stage.check()).outcome is CheckOutcome.UNCHANGED
    (alert,) = stage.alerts(AlertKind.CHANGE)
    assert alert.change is not None
    assert alert.change.flags == ("host-changed",)


@pytest.mark.parametrize(
    "status",
    [202, 204, 206, 300, 400, 401, 403, 404, 405, 408, 410, 418, 425, 429, 451, 500, 502, 503, 504, 599],
)
async def test_every_status_that_is_no_page_has_a_class_of_its_own_and_makes_no_version(
    stage: Stage, status: int
) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    stage.site.pages["/privacy"] = Page(page(TRAINING), status=status, etag=False)
    report = await stage.check()
    assert (report.outcome, report.error_class) == (CheckOutcome.FAILED, f"http_{status}")
    assert [appearance.number for appearance in stage.appearances()] == [1]


async def test_a_server_that_says_unchanged_of_what_we_never_had_makes_no_version(stage: Stage) -> None:
    with RawServer(b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n') as server:
        reports = [await stage.check(target=stage.target(urls=(server.url(),))) for _ in range(2)]
    assert [report.outcome for report in reports] == [CheckOutcome.FAILED] * 2
    assert stage.appearances() == []
    assert ["if-none-match" in seen.headers for seen in server.requests] == [False, False]


async def test_a_page_that_was_there_before_its_404_is_no_news(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    del stage.site.pages["/privacy"]
    await stage.check()
    stage.show(FIRST_TEXT)
    assert (await stage.check()).outcome is CheckOutcome.UNCHANGED
    assert stage.alerts() == []


async def test_several_addresses_make_one_document_in_their_order(stage: Stage) -> None:
    both = stage.target("/privacy", "/more")
    stage.show(FIRST_TEXT)
    stage.show(STANDING, path="/more")
    await stage.check(target=both)
    stage.show(STANDING, TRAINING, path="/more")
    report = await stage.check(target=both)
    assert (report.version, [finding.quote for finding in report.findings]) == (2, [TRAINING])
    assert stage.site.requests_for("/privacy")[-1].headers["if-none-match"]


async def test_if_one_of_several_addresses_fails_nothing_becomes_a_version(stage: Stage) -> None:
    both = stage.target("/privacy", "/more")
    stage.show(FIRST_TEXT)
    report = await stage.check(target=both)
    assert (report.outcome, stage.appearances()) == (CheckOutcome.FAILED, [])


@pytest.mark.parametrize("paths", [("/more", "/privacy"), ("/new", "/privacy", "/more"), ("/more",)])
async def test_addresses_may_be_put_in_another_order_added_and_taken_away(
    stage: Stage, paths: tuple[str, ...]
) -> None:
    for number, path in enumerate(("/privacy", "/more", "/new")):
        stage.show(f"This is the page number {number}.", path=path)
    await stage.check(target=stage.target("/privacy", "/more"))
    changed = stage.target(*paths)
    report = await stage.check(target=changed)
    assert report.outcome is CheckOutcome.CHANGED
    assert (await stage.check(target=changed)).outcome is CheckOutcome.UNCHANGED
    with stage.database.read() as transaction:
        states = snapshots.fetch_states_of(transaction, 1)
    assert [state.url for state in states] == list(changed.urls)
    assert all(request.headers.get("if-none-match") for request in stage.site.requests[-len(paths) :])


async def test_an_address_that_moved_is_asked_conditionally_again_from_the_second_look(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    stage.show(FIRST_TEXT, path="/legal/privacy")
    await stage.check()
    moved = stage.target("/legal/privacy")
    reports = [await stage.check(target=moved) for _ in range(2)]
    assert [report.outcome for report in reports] == [CheckOutcome.UNCHANGED] * 2
    tags = [request.headers.get("if-none-match") for request in stage.site.requests_for("/legal/privacy")]
    assert tags[0] is None
    assert tags[1] is not None


async def test_no_cookie_goes_from_one_check_to_the_next(stage: Stage) -> None:
    stage.site.pages["/privacy"] = Page(FIRST_TEXT, "text/plain", headers={"Set-Cookie": "id=1; Path=/"})
    for _ in range(3):
        await stage.check()
    assert not any("cookie" in request.headers for request in stage.site.requests)


@pytest.mark.parametrize("hours", [25, -48])
async def test_after_a_day_of_not_modified_the_page_is_fetched_in_full(stage: Stage, hours: int) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    await stage.check(hours=23)
    await stage.check(hours=hours)
    await stage.check()
    conditional = ["if-none-match" in request.headers for request in stage.site.requests]
    assert conditional == [False, True, False, True]


async def test_a_server_that_says_unchanged_for_good_hides_a_change_for_a_day_at_the_most(stage: Stage) -> None:
    shown = [FIRST_TEXT]

    def answer(connection: RawConnection) -> None:
        known = "if-none-match" in connection.request.headers
        status = "304 Not Modified" if known else "200 OK"
        body = "" if known else page(*shown)
        connection.send(response(body, status=status, headers={"ETag": '"always"'}))

    with RawServer(answer) as server:
        target = stage.target(urls=(server.url(),))
        await stage.check(target=target)
        shown.append(TRAINING)
        outcomes = [(await stage.check(target=target, hours=6)).outcome for _ in range(5)]
    assert outcomes == [CheckOutcome.UNCHANGED] * 4 + [CheckOutcome.CHANGED]
    assert [appearance.number for appearance in stage.appearances()] == [1, 2]


async def test_a_preview_says_what_a_check_would_and_writes_nothing(stage: Stage) -> None:
    pipeline = stage.pipeline()
    stage.show(FIRST_TEXT)
    assert (await pipeline.preview(stage.target())).outcome is CheckOutcome.FIRST
    with stage.database.read() as transaction:
        assert snapshots.fetch_states_of(transaction, 1) == ()
    for sentences in ([FIRST_TEXT], [FIRST_TEXT, STANDING], [FIRST_TEXT]):
        stage.show(*sentences)
        await stage.check(pipeline)
    stage.show(FIRST_TEXT, TRAINING)
    preview = await pipeline.preview(stage.target())
    assert len(stage.appearances()) == 3
    report = await stage.check(pipeline)
    assert (preview.version, preview.previous, preview.counts) == (
        report.version,
        report.previous,
        report.counts,
    )
    assert (report.version, report.previous) == (3, 1)
    assert preview.findings == report.findings


async def test_a_preview_tells_of_failures_as_a_check_does(stage: Stage) -> None:
    assert (await stage.pipeline().preview(stage.target())).outcome is CheckOutcome.FAILED
    stage.site.pages["/privacy"] = Page(b"%PDF-1.7", "application/pdf")
    assert (await stage.pipeline().preview(stage.target())).outcome is CheckOutcome.HELD


async def test_own_checks_do_not_go_on_with_the_history_of_an_archive(stage: Stage) -> None:
    """The archive's document makes way: versions of different origins are never diffed into a change."""
    with stage.database.write() as transaction:
        imported = documents.ensure(
            transaction, key=KEY, origin="archive", service="Acme", kind="privacy-policy", region=None,
            language=None, urls=(), now=NOON,
        )  # fmt: skip
        look = Look(NOON - timedelta(days=9), extract_markdown("# Privacy Policy\n\nAn older text."))
        judged = judge(recording.label(imported), Known(None), look, watch(baseline="off"))
        recording.write(transaction, imported, None, judged, now=NOON)
    stage.show(FIRST_TEXT, TRAINING)
    report = await stage.check(stage.pipeline(watch(baseline="off")))
    assert report.outcome is CheckOutcome.FIRST
    assert [each.number for each in stage.appearances(f"{KEY}/archive")] == [1]
    assert stage.alerts() == []


async def test_a_slow_site_does_not_hold_up_the_check_of_another(stage: Stage) -> None:
    """One fetcher, two hosts: the checks run side by side in one event loop."""
    stage.show(FIRST_TEXT)
    with RawServer(lambda connection: connection.wait_until_closed()) as silent:
        limits = FetchLimits(total_seconds=0.6, connect_seconds=0.5, host_delay_seconds=0.0, retries=0)
        async with Fetcher(
            user_agent="policywatch/0",
            limits=limits,
            clock=stage.clock,
            allow_private=[ip_network("127.0.0.0/8")],
        ) as fetcher:
            pipeline = stage.pipeline(fetcher=fetcher)
            slow = asyncio.create_task(pipeline.check(stage.target(key="slow/terms", urls=(silent.url(),))))
            quick = await pipeline.check(stage.target())
            assert (quick.outcome, slow.done()) == (CheckOutcome.FIRST, False)
            assert (await slow).error_class == "timeout"


async def test_check_says_what_of_the_page_was_not_read(stage: Stage) -> None:
    stage.show(FIRST_TEXT, '<iframe src="/rest"></iframe>')
    report = await stage.check()
    assert report.reason.endswith("; frames or embedded documents on the page were not read: 1")
    assert stage.checks()[0].reason == report.reason


def new_links(stage: Stage) -> list[list[str]]:
    """The texts of the new links that each alert of a change names."""
    found = stage.alerts(AlertKind.CHANGE)
    return [[link["text"] for link in alert.alert.details.get("new_links", ())] for alert in found]


async def test_alert_names_what_the_page_links_to_now_and_nobody_watches(stage: Stage) -> None:
    linked, watched = '<a href="/faq">our FAQ</a>', '<a href="/terms">our terms</a>'
    watching = watch(pages=frozenset({stage.site.url("/privacy"), stage.site.url("/terms")}))
    stage.show(FIRST_TEXT, f"See {watched}.")
    await stage.check(stage.pipeline(watching))
    stage.show(FIRST_TEXT, TRAINING, f"See {watched} and {linked}.")
    await stage.check(stage.pipeline(watching))
    stage.show(FIRST_TEXT, TRAINING, "Partners may train AI models too.", f"See {watched} and {linked}.")
    await stage.check(stage.pipeline(watching))
    assert new_links(stage) == [["our FAQ"], []]


async def test_new_links_are_those_of_the_look_that_showed_the_new_text_first(stage: Stage) -> None:
    once = stage.target(confirm_after=60.0)
    for sentences in ([FIRST_TEXT], [FIRST_TEXT, TRAINING, 'See <a href="/faq">our FAQ</a>.']):
        stage.show(*sentences)
        await stage.check(target=once)
        await stage.check(target=once)
    assert new_links(stage) == [["our FAQ"]]


class UnlinkedReader(Reader):
    """A reader whose worker dies over the links of every page."""

    async def links(self, source: Source) -> Sequence[Link]:
        raise ExtractionFailed("crashed", f"the worker ended at {source.url}")


async def test_page_whose_links_cannot_be_read_alerts_all_the_same(stage: Stage) -> None:
    stage.show(FIRST_TEXT)
    await stage.check()
    stage.show(FIRST_TEXT, TRAINING)
    await stage.check(stage.pipeline(reader=UnlinkedReader()))
    assert new_links(stage) == [[]]
