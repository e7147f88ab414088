from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from monitor.messages import render, render_report
from monitor.messages.model import DocumentLabel, ReportNotice
from monitor.messages.report import Report, ReportedChange, narrowed
from monitor.messages.sheets import COLUMNS, as_calendar, as_csv
from monitor.messages.weeks import draw
from monitor.paper import as_png, as_svg
from tests.monitor.messages.reading import read_html
from tests.monitor.messages.reports import CHANGED, FAQ, REPORT, WEEKLY
from tests.monitor.messages.samples import DOCUMENT, EDITED, ENVELOPE, HOSTILE, WHOLE_ENVELOPE, any_text
from tests.servers.slack import Answer, judge, texts_of

NOTICE = ReportNotice("Policies from 2026-11-16 to 2026-11-23", REPORT)
SAYS = (
    "2 (1 high, 1 no rule fired)",
    "Quiet changes",
    "2026-12-31, in 38 days: Acme – Privacy Policy (EU)",
    "Bolt – FAQ: since 2026-11-20 07:00 UTC",
    "the name of its host cannot be resolved (dns)",
    "service acme until 2026-11-25 07:00 UTC",
    "they move their site; 1 alert kept back",
    "Acme – Terms: to webhook over chat; 404 no_service",
)


@pytest.mark.parametrize("says", SAYS)
def test_weekly_digest_bears_the_report_in_every_form(says: str) -> None:
    message = render(WEEKLY, WHOLE_ENVELOPE)
    for face in (message.text, read_html(message.html).text, "\n".join(texts_of(list(message.blocks)))):
        assert says in face
    assert judge({"text": message.fallback, "blocks": list(message.blocks)}) == Answer()


def test_weekly_digest_has_a_picture_in_the_mail_and_files_beside_it() -> None:
    message = render(WEEKLY, ENVELOPE)
    picture, table, calendar = message.attachments
    assert f'src="cid:{picture.content_id}"' in message.html
    assert Image.open(io.BytesIO(picture.content)).width == 1920
    assert table.name == "policywatch-2026-11-23.csv"
    assert calendar.content.startswith(b"BEGIN:VCALENDAR")


def test_daily_digest_and_week_without_deadlines_attach_no_calendar() -> None:
    assert render(replace(WEEKLY, report=None), ENVELOPE).attachments == ()
    quiet = replace(WEEKLY, report=replace(REPORT, deadlines=()))
    assert [each.media_type for each in render(quiet, ENVELOPE).attachments] == ["image/png", "text/csv"]


@pytest.mark.parametrize("says", SAYS)
def test_report_in_files_says_the_same(says: str) -> None:
    files = render_report(NOTICE, ENVELOPE)
    assert says in files.text
    assert says in read_html(files.html).text
    assert "<svg" in files.html
    assert "cid:" not in files.html


def test_report_of_a_week_without_anything_says_so() -> None:
    empty = Report(REPORT.since, REPORT.until, (), (), (), (), (), ())
    text = render_report(ReportNotice("Policies", empty), ENVELOPE).text
    assert re.search(r"^Changes: +none$", text, re.MULTILINE)
    assert text.count("* none") == 6


def test_calendar_is_read_by_others_and_keeps_its_ids() -> None:
    (event,) = icalendar.Calendar.from_ical(as_calendar(REPORT)).walk("VEVENT")
    assert event.decoded("dtstart") == date(2026, 12, 31)
    assert str(event["SUMMARY"]) == "Acme – Privacy Policy (EU): in force"
    later = replace(REPORT, until=REPORT.until.replace(day=30))
    (again,) = icalendar.Calendar.from_ical(as_calendar(later)).walk("VEVENT")
    assert again["UID"] == event["UID"]


def test_table_has_a_row_for_each_thing() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(REPORT))))
    assert [row["what"] for row in rows] == [
        "change", "change", "deadline", "not readable", "silenced", "not delivered",
    ]  # fmt: skip
    assert rows[0]["details"] == "AI-training wording added"


@given(any_text | st.sampled_from(["=cmd()", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\u2028=1", "\u202e=1"]))
@settings(max_examples=60, deadline=None)
def test_no_cell_is_a_formula_and_no_line_of_the_calendar_is_forged(text: str) -> None:
    document = replace(DOCUMENT, service=text, region=text, url=text)
    finding = replace(EDITED, title=text, topic="wording")
    hostile = replace(
        REPORT,
        changes=(replace(CHANGED, document=document, findings=(finding,), flags=(text,)),),
        deadlines=(replace(REPORT.deadlines[0], document=document),),
    )
    for row in csv.reader(io.StringIO(as_csv(hostile))):
        assert len(row) == len(COLUMNS)
        assert not [cell for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]
    (event,) = icalendar.Calendar.from_ical(as_calendar(hostile)).walk("VEVENT")
    assert set(event) == {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "URL", "TRANSP"}


def test_hostile_report_runs_nothing() -> None:
    document: DocumentLabel = replace(DOCUMENT, service=HOSTILE, url=HOSTILE)
    change: ReportedChange = replace(CHANGED, document=document)
    files = render_report(replace(NOTICE, report=replace(REPORT, changes=(change,))), ENVELOPE)
    assert set(read_html(files.html).dangers) == {"svg"}  # ours
    assert "\u202e" not in files.html + files.text + files.csv


def test_recipient_gets_no_more_of_a_report_than_is_told_to_them() -> None:
    found = narrowed(REPORT, lambda label: label.key == FAQ.key)
    assert [each.document.key for each in found.changes] == ["bolt/faq"]
    assert (found.deadlines, found.dead) == ((), ())
    assert len(found.unseen) == 1


def test_drawing_is_whole_as_svg_and_png() -> None:
    drawing = draw(REPORT.weeks)
    root = ET.fromstring(as_svg(drawing))  # noqa: S314 - ours
    assert len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) > 12
    assert Image.open(io.BytesIO(as_png(drawing))).height == 2 * drawing.height
    assert draw(()).shapes
