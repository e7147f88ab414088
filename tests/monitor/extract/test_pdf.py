from __future__ import annotations

import pytest

from monitor.extract import Extraction, ExtractionRefused, ExtractOptions, Source, extract
from monitor.extract.pdf import PAGE_LIMIT, read_print
from tests.monitor.extract.pdfs import A5, LETTER, Block, Paper, Text, Typesetter, objects_to_pdf, pdf

COLLECT = (
    "We collect the personal information that you hand to us when you open an account, such as your name, your"
    " postal address and the number of your customer card. We also record which pages of our services you"
    " visit, and we combine these records with what third-party partners tell us about you."
)
TRAIN = (
    "We use your content to improve the understanding of language in our products. You may object to this"
    " processing at any time in the settings of your account, and your objection holds for everything that you"
    " publish afterwards. Information that was processed before your objection stays part of our products."
)
KEEP = (
    "We keep your information for as long as your account exists. Afterwards we erase it within ninety days,"
    " unless a law obliges us to keep the records of our transactions for longer."
)
POLICY = [
    Block("h1", "Privacy Policy of the Harbour Library"),
    Block("p", "Last updated: 5 June 2024"),
    Block("h2", "1. What we collect"),
    Block("p", COLLECT),
    Block("li", "your name and your postal address, without which we can deliver no books to your home"),
    Block("li", "the number of your card"),
    Block(
        "li", "what you borrowed, reserved and returned in the last five years, as far as it was not anonymous"
    ),
    Block("h2", "2. How we use your content to improve our products and services for all readers"),
    Block("p", TRAIN),
    Block("row", "Information | Purpose | Kept for"),
    Block("row", "Name | Delivery | two years"),
    Block("row", "Card | Lending | five years"),
    Block("h2", "3. How long we keep it"),
    Block("p", KEEP),
    Block("p", "Effective from 1 July 2024."),
]
BIG = [
    block for end in (13, 9, 12, 10) for block in (*POLICY[2:end], Block("p", f"That was one of {end} parts."))
]


def read(body: bytes, content_type: str = "application/pdf") -> Extraction:
    return extract(Source(body, content_type, "https://x.example/policy.pdf"))


def hard(extraction: Extraction) -> list[tuple[str, int, str]]:
    return [(c.kind.value, c.level, c.text) for c in extraction.clauses if not c.soft]


def texts(body: bytes) -> list[str]:
    return [clause.text for clause in read(body).clauses if not clause.soft]


def soft(body: bytes) -> list[str]:
    return [clause.text for clause in read(body).clauses if clause.soft]


def reason(body: bytes, content_type: str = "application/pdf") -> str:
    with pytest.raises(ExtractionRefused) as caught:
        read(body, content_type)
    return caught.value.reason


def test_pdf_reads_as_headings_sentences_items_and_rows() -> None:
    extraction = read(Typesetter().print(POLICY))
    assert extraction.extractor == "pdf-1"
    assert hard(extraction)[:6] == [
        ("heading", 1, "Privacy Policy of the Harbour Library"),
        ("paragraph", 0, "Last updated: 5 June 2024"),
        ("heading", 2, "1. What we collect"),
        ("paragraph", 0, COLLECT.partition(" We also")[0]),
        ("paragraph", 0, "We also" + COLLECT.partition(" We also")[2]),
        ("list-item", 1, POLICY[4].text),
    ]
    assert ("table-row", 0, "Card | Lending | five years") in hard(extraction)
    assert (str(extraction.stated_date), str(extraction.effective_date)) == ("2024-06-05", "2024-07-01")
    assert (extraction.title, extraction.warnings) == ("Privacy Policy of the Harbour Library", ())


@pytest.mark.parametrize(
    "typesetter",
    [
        Typesetter(size=9),
        Typesetter(Paper(LETTER, font="serif"), size=12, pitch=1.4),
        Typesetter(Paper(A5, font="mono"), size=8, margin=30),
        Typesetter(Paper(A5), head="Harbour Library", foot="Page {page} of {pages}"),
        Typesetter(Paper(LETTER), columns=2, margin=40, size=10),
        Typesetter(Paper(A5, font="serif"), hyphenate=True, size=13, foot="{page}"),
    ],
    ids=["small", "letter", "mono", "headed", "columns", "hyphenated"],
)
def test_same_text_set_in_another_way_reads_the_same(typesetter: Typesetter) -> None:
    plain, other = read(Typesetter().print(POLICY)), read(typesetter.print(POLICY))
    assert hard(other) == hard(plain)
    assert other.fingerprint == plain.fingerprint


def test_longer_text_over_many_pages_reads_as_on_a_few() -> None:
    few = read(Typesetter(size=7).print(BIG))
    many = read(Typesetter(Paper(A5), head="Harbour Library - draft 3", foot="- {page} -").print(BIG))
    assert many.fingerprint == few.fingerprint
    assert [c.text for c in many.clauses if c.soft] == ["Harbour Library - draft 3", "- 1 -"]


def test_running_heads_and_page_numbers_are_kept_soft_and_once() -> None:
    body = Typesetter(Paper(A5), head="Acme Terms, chapter {page}", foot="Page {page} of {pages}").print(BIG)
    assert soft(body) == ["Acme Terms, chapter 1", "Page 1 of 4"]


def test_numbered_headings_on_top_of_each_page_are_no_running_heads() -> None:
    pages = [
        [
            Text(60, 780, f"Section {number}", bold=True),
            *(Text(60, 760 - 14 * i, line) for i, line in enumerate(LINES)),
        ]
        for number in (1, 2, 3)
    ]
    assert [text for text in texts(pdf(pages)) if text.startswith("Section")] == [
        "Section 1",
        "Section 2",
        "Section 3",
    ]


LINES = ["We keep records of what you do here.", "We sell none of them.", "You may ask us for a copy of them."]


def test_document_of_nothing_but_repeated_lines_is_the_document() -> None:
    assert (
        texts(pdf([[Text(60, 780, "We track you.")], [Text(60, 780, "We track you.")]]))
        == ["We track you."] * 2
    )


def test_hyphens_at_line_ends_go_only_where_the_word_has_none() -> None:
    lines = [
        "The processing of Daten- und Verbraucher-",
        "schutz is third-",
        "party processing by co-",
        "operating partners, an opt-",
        "Out, and pro-",
        "cessing again.",
    ]
    joined = (
        "The processing of Daten- und Verbraucherschutz is third-party processing by co-operating partners,"
    )
    placed = [Text(60, 700 - 14 * index, line) for index, line in enumerate(lines)]
    assert texts(pdf([placed])) == [f"{joined} an opt-Out, and processing again."]


def test_two_columns_written_line_by_line_are_read_one_after_the_other() -> None:
    left = [f"The left column of line {n} goes on" for n in "abcdef"]
    right = [f"the right column of line {n} goes on" for n in "abcdef"]
    placed = [
        text
        for index, pair in enumerate(zip(left, right, strict=True))
        for text in (Text(50, 700 - 13 * index, pair[0], 10), Text(310, 700 - 13 * index, pair[1], 10))
    ]
    assert texts(pdf([placed])) == [" ".join([*left, *right])]


def test_cells_of_several_lines_are_one_row() -> None:
    rows = [
        Text(60, 700, "Name"), Text(200, 700, "To deliver the books"), Text(200, 687, "that you ordered"),
        Text(420, 700, "two years"),
        Text(60, 670, "Card"), Text(200, 670, "To lend"), Text(420, 670, "five years"),
    ]  # fmt: skip
    assert texts(pdf([rows])) == [
        "Name | To deliver the books that you ordered | two years",
        "Card | To lend | five years",
    ]


def test_nested_items_have_their_depth() -> None:
    lines = [
        (60, "\u2022 Outer thing"),
        (80, "\u2022 Inner thing"),
        (60, "\u2022 Second outer thing"),
        (60, "(a) Lettered thing"),
    ]
    extraction = read(pdf([[Text(x, 700 - 14 * index, line) for index, (x, line) in enumerate(lines)]]))
    assert [(level, text) for _, level, text in hard(extraction)] == [
        (1, "Outer thing"), (2, "Inner thing"), (1, "Second outer thing"), (1, "(a) Lettered thing"),
    ]  # fmt: skip


def test_table_of_contents_is_soft_and_loses_its_page_numbers() -> None:
    page = [
        Text(60, 700, "Definitions ............ 3"),
        Text(60, 686, "Liability ............ 14"),
        Text(60, 660, "We begin here."),
    ]
    assert (texts(pdf([page])), soft(pdf([page]))) == (["We begin here."], ["Definitions", "Liability"])


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_page_that_is_turned_reads_as_its_reader_sees_it(turns: int) -> None:
    width, height = 842.0, 595.0
    seen = [(60.0, 60.0 + 14 * index, line) for index, line in enumerate(LINES)]
    page = [
        Text(*{1: (y, x), 2: (width - x, y), 3: (width - y, height - x)}[turns], text=line, turn=float(turns))
        for x, y, line in seen
    ]
    assert texts(pdf([page], Paper((width, height), rotate=90 * turns))) == LINES


def test_text_beyond_the_edges_of_its_pages_is_read() -> None:
    pages = [
        [Text(60, y, "Above the sheet."), Text(60, 700, f"Page {y} of the text.")] for y in (990, 991, 992)
    ]
    assert texts(pdf(pages))[:2] == ["Above the sheet.", "Page 990 of the text."]


def test_text_that_stands_on_its_head_is_read() -> None:
    page = [
        Text(300, 700, "All of it stands upside down.", turn=2.0),
        Text(300, 686, "This as well.", turn=2.0),
    ]
    assert " ".join(texts(pdf([page])) + soft(pdf([page]))) == "All of it stands upside down. This as well."


def test_watermark_across_the_page_is_soft() -> None:
    page = [
        Text(200, 300, "DRAFT", 60, turn=0.5),
        *(Text(60, 700 - 14 * i, line) for i, line in enumerate(LINES)),
    ]
    assert (texts(pdf([page])), soft(pdf([page]))) == (LINES, ["DRAFT"])


def test_joined_letters_are_written_apart() -> None:
    assert texts(pdf([[Text(60, 700, "We \ufb01le your request.")]])) == ["We file your request."]


@pytest.mark.parametrize(
    ("info", "title"),
    [
        (b"/Title (Terms of Service)", "Terms of Service"),
        (b"/Title <FEFF00C400670062>", "Ägb"),
        (b"/Title (Microsoft Word - terms_v3.docx)", "Terms"),
        (b"/Title (terms-final.pdf)", "Terms"),
        (b"", "Terms"),
    ],
)
def test_title_is_the_files_own_unless_a_program_made_it(info: bytes, title: str) -> None:
    page = [Text(60, 700, "Terms", 20), *(Text(60, 660 - 14 * i, line) for i, line in enumerate(LINES))]
    assert read(pdf([page], Paper(info=info))).title == title


def test_language_and_missing_pages_are_told() -> None:
    extraction = read(
        pdf([[Text(60, 700, LINES[0])], [], [Text(60, 700, LINES[1])]], Paper(catalogue=b"/Lang (de-AT)"))
    )
    assert extraction.language == "de"
    assert extraction.warnings == ("pages without text, which may be pictures of text: 2",)


@pytest.mark.parametrize(
    "content_type", ["application/pdf", "text/html", "application/octet-stream", "", "application/x-pdf; x=y"]
)
def test_pdf_is_known_however_it_is_declared(content_type: str) -> None:
    assert read(b"\n" + pdf([[Text(60, 700, LINES[0])]]), content_type).extractor == "pdf-1"


def test_pdf_that_is_encrypted_is_refused() -> None:
    encrypt = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (%s) /U (%s) >> /ID [(a) (b)]" % (
        b"o" * 32,
        b"u" * 32,
    )
    assert "encrypted" in reason(pdf([[Text(60, 700, LINES[0])]], Paper(trailer=encrypt)))


def test_pdf_that_is_cut_off_is_refused_and_not_read_in_part() -> None:
    whole = Typesetter(Paper(A5)).print(BIG)
    for share in (0.1, 0.5, 0.9, 0.99):
        assert "cut off" in reason(whole[: int(share * len(whole))])


def test_html_named_pdf_is_refused_as_what_it_is() -> None:
    assert "an HTML page" in reason(b"<!doctype html><h1>Not found</h1>")
    assert "is none" in reason(b"Not found")


def test_pdf_of_pictures_alone_is_refused() -> None:
    assert "holds no text: its pages (3)" in reason(pdf([[], [], []]))


def test_pdf_with_a_loop_in_its_page_tree_is_refused() -> None:
    tree = b"<< /Type /Pages /Count 2 /Kids [2 0 R 2 0 R] /Parent 2 0 R >>"
    assert reason(objects_to_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", tree])).startswith("the PDF")


@pytest.mark.parametrize("body", [b"%PDF-1.7\n%%EOF", b"%PDF-1.7\n" + b"\x00\xff" * 500 + b"\n%%EOF\n"])
def test_pdf_that_is_damaged_is_refused(body: bytes) -> None:
    assert "damaged" in reason(body)


def test_pdf_of_ten_thousand_pages_is_refused_by_number() -> None:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"
    kids = b"3 0 R " * 10_000
    body = objects_to_pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 10000 /Kids [%s] >>" % kids, page]
    )
    assert reason(body) == f"the PDF has 10,000 pages; the limit is {PAGE_LIMIT:,}"


def test_pdf_with_more_letters_than_the_limit_is_refused() -> None:
    body = Typesetter().print(POLICY)
    with pytest.raises(ExtractionRefused, match="more than 500 characters"):
        read_print(body, text_limit=500)


def test_scripts_and_launch_actions_do_nothing() -> None:
    for action in (
        b"/S /JavaScript /JS (app.alert\\(1\\);)",
        b"/S /Launch /F (/bin/true)",
        b"/S /URI /URI (http://x/)",
    ):
        paper = Paper(catalogue=b"/OpenAction << /Type /Action %s >>" % action)
        assert texts(pdf([[Text(60, 700, LINES[0])]], paper)) == [LINES[0]]


def test_selectors_cannot_apply_to_a_pdf() -> None:
    with pytest.raises(ExtractionRefused, match="no HTML"):
        extract(
            Source(pdf([[Text(60, 700, "Hm.")]]), None, "https://x.example/"), ExtractOptions(remove=("p",))
        )


def test_every_word_of_the_print_is_in_some_clause() -> None:
    body = Typesetter(Paper(A5), columns=2, margin=30, size=7, head="Head", foot="Page {page}").print(BIG)
    said = " ".join(clause.text for clause in read(body).clauses)
    assert all(word in said for block in BIG for word in block.text.replace("|", " ").split())
