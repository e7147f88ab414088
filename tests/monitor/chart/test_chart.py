from __future__ import annotations

import io
import xml.etree.ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from monitor.chart.drawing import draw
from monitor.chart.terminal import LONGEST_BAR, as_text
from monitor.paper import WIDTH, as_png, as_svg
from monitor.searches import Month

MONTHS = [
    Month("2023-11", "Acme", "library", born=2, died=0, recorded=0),
    Month("2024-02", "Acme", "library", born=1, died=1, recorded=0),
    Month("2024-02", "Beta", "library", born=0, died=0, recorded=7),
]
ANY = st.lists(
    st.builds(
        Month,
        month=st.builds("{:04}-{:02}".format, st.integers(1990, 2030), st.integers(1, 12)),
        service=st.text(max_size=50),
        origin=st.sampled_from(["live", "library"]),
        born=st.integers(0, 500),
        died=st.integers(0, 500),
        recorded=st.integers(0, 500),
    ),
    min_size=1,
    max_size=12,
).map(lambda rows: sorted(rows, key=lambda row: row.month))


def test_a_month_is_one_line_with_bars_for_births_and_deaths() -> None:
    lines = as_text(MONTHS).splitlines()
    assert lines[1] == "2023-11      +2                      ██ Acme +2"
    assert lines[2] == "2024-02      +1    -1             7  █░ Beta, Acme +1 -1"
    assert len(lines) == 4


def test_origins_are_named_where_there_are_several() -> None:
    both = [MONTHS[0], Month("2023-11", "Acme", "live", born=1, died=0, recorded=0)]
    assert "Acme (library) +2, Acme (live) +1" in as_text(both)


@given(ANY)
def test_no_bar_is_too_long_for_a_terminal(months: list[Month]) -> None:
    for line in as_text(months).splitlines()[1:-1]:
        assert max(line.count("█"), line.count("░")) <= LONGEST_BAR


@settings(max_examples=25, deadline=None)
@given(ANY, st.text(max_size=120))
def test_whatever_is_drawn_is_xml_and_stays_on_the_paper(months: list[Month], wording: str) -> None:
    drawing = draw(wording, months)
    root = ET.fromstring(as_svg(drawing))  # noqa: S314 (written by ourselves)
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        if box.get("x") is not None:
            assert 0 <= float(box.attrib["x"]) <= WIDTH
            bottom = float(box.attrib["y"]) + float(box.attrib["height"])
            assert 0 <= float(box.attrib["y"]) <= bottom <= drawing.height


def test_markup_in_a_wording_stays_text() -> None:
    svg = as_svg(draw('"<script>"', MONTHS))
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_a_png_is_twice_the_size_of_the_drawing_for_sharp_screens() -> None:
    drawing = draw("train", MONTHS)
    image = Image.open(io.BytesIO(as_png(drawing)))
    assert image.size == (2 * WIDTH, 2 * drawing.height)
    assert len(image.getcolors(10_000) or []) > 3
