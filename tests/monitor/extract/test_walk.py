from __future__ import annotations

from monitor.clauses import heading_paths
from storage.records import Clause, ClauseKind
from tests.monitor.extract.helpers import FILLER, clauses_of, hard_texts, headings, read_html, soft_texts


def find(html: str, text: str) -> Clause:
    return next(clause for clause in clauses_of(html) if clause.text == text)


def path_of(html: str, text: str) -> tuple[str, ...]:
    clauses = clauses_of(html)
    return next(
        path for clause, path in zip(clauses, heading_paths(clauses), strict=True) if clause.text == text
    )


def test_inline_tags_never_split_words_and_blocks_always_do() -> None:
    assert hard_texts(
        "<div>We tr<b>ain</b> mo<i>dels</i> daily.<div>And we sleep at night.</div>Always so.</div>"
    ) == [
        "We train models daily.",
        "And we sleep at night.",
        "Always so.",
    ]


def test_two_line_breaks_part_paragraphs_and_one_does_not() -> None:
    clauses = clauses_of("<p>We keep data<br>in the north.<br> <br>You may object to it.</p>")
    assert [(clause.text, clause.opens_block) for clause in clauses] == [
        ("We keep data in the north.", True),
        ("You may object to it.", True),
    ]


def test_item_with_several_sentences_opens_one_block() -> None:
    clauses = clauses_of("<ul><li>Names. We need them.<ul><li>First names</li></ul></li></ul>")
    assert [(clause.kind, clause.level, clause.opens_block) for clause in clauses] == [
        (ClauseKind.LIST_ITEM, 1, True),
        (ClauseKind.LIST_ITEM, 1, False),
        (ClauseKind.LIST_ITEM, 2, True),
    ]


def test_table_rows_read_as_lines_and_keep_empty_cells() -> None:
    html = "<table><tr><th>Data<th>Why<th>EU</tr><tr><td><p>Mail</p><td>To write to you<td></tr></table>"
    assert [(clause.kind, clause.text) for clause in clauses_of(html)] == [
        (ClauseKind.TABLE_ROW, "Data | Why | EU"),
        (ClauseKind.TABLE_ROW, "Mail | To write to you |"),
    ]


def test_layout_table_is_read_as_blocks() -> None:
    html = "<table><tr><td><h2>Terms</h2><p>We agree on this.</p><p>And on that too.</p></td></tr></table>"
    assert [clause.kind for clause in clauses_of(html)] == [
        ClauseKind.HEADING,
        ClauseKind.PARAGRAPH,
        ClauseKind.PARAGRAPH,
    ]


def test_cell_with_a_list_is_read_block_by_block_and_stays_hard() -> None:
    html = "<table><tr><td>Use</td><td>Names<ul><li>First</li><li>Last</li></ul></td></tr></table>"
    assert hard_texts(html) == ["Use", "Names", "First", "Last"]


def test_surroundings_are_soft_and_make_no_headings() -> None:
    html = (
        "<header>Acme Shop</header><nav><h2>Menu</h2><a href=/a>Shoes</a></nav>"
        f"<h1>Privacy</h1>{FILLER}<aside>Buy now, dear reader.</aside><footer>Made by Acme in 2024.</footer>"
        "<div role=dialog>We use cookies here.</div>"
    )
    assert soft_texts(html) == [
        "Acme Shop",
        "Menu",
        "Shoes",
        "Buy now, dear reader.",
        "Made by Acme in 2024.",
        "We use cookies here.",
    ]
    assert headings(html) == [(1, "Privacy")]


def test_header_of_an_article_is_part_of_it() -> None:
    assert "Privacy Policy of Acme" in hard_texts(
        f"<article><header><h1>Privacy Policy of Acme</h1></header>{FILLER}</article>"
    )


def test_surroundings_do_not_count_in_the_fingerprint() -> None:
    page = "<nav>{}</nav>" + FILLER + "<footer>{}</footer>"
    assert read_html(page.format("one", "two")).fingerprint == read_html(page.format("three", "")).fingerprint


def test_no_rule_drops_what_holds_a_third_of_the_page() -> None:
    for wrap in (
        "<footer>{}</footer>",
        "<div aria-hidden=true>{}</div>",
        "<form>{}</form>",
        "<label>{}</label>",
    ):
        assert "We keep the records" in " ".join(hard_texts(wrap.format(FILLER)))


def test_main_counts_only_where_it_holds_most_of_the_text() -> None:
    assert hard_texts(f"<div>Read more of our blog today.</div><main>{FILLER}</main>")[0].startswith("We keep")
    assert "Small main here, really." in hard_texts(f"{FILLER}<main>Small main here, really.</main>")
    assert any(
        text.startswith("We keep") for text in hard_texts(f"{FILLER}<main>Small main here, really.</main>")
    )


def test_class_names_decide_nothing() -> None:
    assert "A clause in a menu-like box." in hard_texts(
        f"{FILLER}<div class='menu toc sidebar'>A clause in a menu-like box.</div>"
    )


def test_link_lists_and_stray_labels_are_soft() -> None:
    html = f"{FILLER}<ul><li><a href=/x>Related article about cats</a></li></ul><p>Copy link</p><p>It ends.</p>"
    assert soft_texts(html) == ["Related article about cats", "Copy link"]
    assert hard_texts(html)[-1] == "It ends."


def test_heading_that_links_to_itself_stays_a_heading() -> None:
    assert headings(f"<h2 id=a><a href=#a>Your rights</a></h2>{FILLER}") == [(2, "Your rights")]


def test_button_at_the_edge_of_a_block_is_no_part_of_its_sentence() -> None:
    html = f"<h2>Your rights<button>Copy</button></h2>{FILLER}<p>See our <button>list</button> for more.</p>"
    assert headings(html) == [(2, "Your rights")]
    assert "See our list for more." in hard_texts(html)
    assert soft_texts(html) == ["Copy"]


def test_button_that_goes_on_a_sentence_is_a_word_of_it() -> None:
    items = (
        "<li><button>Your content</button> remains yours</li><li>abuse of our <button>services</button></li>"
    )
    html = f"{FILLER}<ul>{items}</ul>"
    assert hard_texts(html)[-2:] == ["Your content remains yours", "abuse of our services"]


def test_button_after_a_sentence_is_none_of_its_words() -> None:
    assert soft_texts(f"{FILLER}<p>We may ask you. <button>Copy</button></p>") == ["Copy"]


def test_rows_of_buttons_are_soft_one_by_one() -> None:
    html = f"{FILLER}<div><button>Do you list all partners?</button><button>What do you log?</button></div>"
    assert " ".join(soft_texts(html)) == "Do you list all partners? What do you log?"


def test_scripts_templates_and_alternative_texts_are_no_text() -> None:
    html = (
        "<script type='application/ld+json'>{\"a\": 1}</script><style>p{}</style><!-- note -->"
        "<template><p>Later maybe.</p></template><svg><title>Icon</title></svg>"
        "<p>Only this counts.<img alt='A picture'></p>"
    )
    assert [clause.text for clause in clauses_of(html)] == ["Only this counts."]


def test_hidden_text_is_soft_and_does_not_cut_a_sentence() -> None:
    inline = "<p>We never<span hidden>secret words</span> sell data.</p>"
    html = f"{FILLER}{inline}<div style='display: none'>Old text of ours.</div>"
    assert "We never sell data." in hard_texts(html)
    assert soft_texts(html) == ["secret words", "Old text of ours."]


def test_details_are_page_text_under_their_summary() -> None:
    html = f"<h2>FAQ</h2><details><summary>Do you sell it?</summary><p>No, never.</p></details>{FILLER}"
    assert headings(html) == [(2, "FAQ"), (3, "Do you sell it?")]
    assert path_of(html, "No, never.") == ("FAQ", "Do you sell it?")


def test_nested_details_stand_one_level_deeper_and_siblings_do_not() -> None:
    html = (
        "<details><summary>One?</summary><details><summary>Inner?</summary>Yes it is.</details></details>"
        "<details><summary>Two?</summary>No it is not.</details>"
    )
    assert headings(html) == [(1, "One?"), (2, "Inner?"), (1, "Two?")]


def test_term_is_the_heading_of_its_definition() -> None:
    html = f"<h3>Words</h3><dl><dt>Data</dt><dd>What you give.</dd><dt>We</dt><dd>Acme</dd></dl>{FILLER}"
    assert headings(html) == [(3, "Words"), (4, "Data"), (4, "We")]
    assert path_of(html, "Acme") == ("Words", "We")


def test_panel_that_a_control_names_is_page_text_under_its_question() -> None:
    html = (
        "<h2>Help</h2><div><button aria-controls=p1 aria-expanded=false>Do you train models?</button></div>"
        f"<div id=p1 hidden><p>We do not train models.</p></div>{FILLER}"
    )
    assert path_of(html, "We do not train models.") == ("Help", "Do you train models?")
    assert not find(html, "We do not train models.").soft


def test_panels_of_the_same_kind_are_siblings() -> None:
    item = "<a href='#p{0}'>Question {0}?</a><div id=p{0} style='display:none'>Answer {0} is short.</div>"
    html = f"<h2>Help</h2>{item.format(1)}{item.format(2)}{FILLER}"
    assert headings(html) == [(2, "Help"), (3, "Question 1?"), (3, "Question 2?")]


def test_tab_labels_stand_above_their_panels() -> None:
    html = (
        "<div role=tablist><button role=tab aria-controls=a>Users</button>"
        "<button role=tab aria-controls=b>Guests</button></div>"
        "<div role=tabpanel id=a>Users may stay.</div>"
        f"<div role=tabpanel id=b hidden>Guests may go.</div>{FILLER}"
    )
    assert path_of(html, "Users may stay.") == ("Users",)
    assert path_of(html, "Guests may go.") == ("Guests",)


def test_accordion_without_ids_is_page_text() -> None:
    html = f"<div><h3>Cookies</h3><div hidden>We set a cookie.</div></div>{FILLER}"
    assert path_of(html, "We set a cookie.") == ("Cookies",)
    assert not find(html, "We set a cookie.").soft


def test_opening_a_panel_changes_nothing_in_the_fingerprint() -> None:
    page = "<button aria-expanded={}>Why do you ask?</button><div {}>Because we must.</div>" + FILLER
    closed, opened = read_html(page.format("false", "hidden")), read_html(page.format("true", ""))
    assert closed.fingerprint == opened.fingerprint


def test_label_that_repeats_is_no_question() -> None:
    item = "<p>A short notice.</p><button aria-expanded=false>More</button><div hidden>The rest of it.</div>"
    assert headings(f"<div>{item}</div>" * 2 + FILLER) == []


def test_redesign_of_the_same_text_keeps_the_fingerprint() -> None:
    old = f"<table><tr><td><h2>Data</h2>{FILLER}</td></tr></table><div id=footer><footer>Acme</footer></div>"
    new = (
        f"<main class=x><section><div role=heading aria-level=2>Data</div><div>{FILLER}</div></section></main>"
    )
    assert read_html(old).fingerprint == read_html(new).fingerprint


def test_preformatted_text_parts_at_blank_lines() -> None:
    assert hard_texts("<pre>We keep\ndata here.\n\nYou may object.</pre>") == [
        "We keep data here.",
        "You may object.",
    ]


def test_nesting_of_five_thousand_levels_loses_nothing() -> None:
    html = "<div>" * 5000 + "Deep words of ours." + "</div>" * 5000 + "<p>And words after them.</p>"
    assert hard_texts(html) == ["Deep words of ours.", "And words after them."]


def test_text_of_twelve_megabytes_is_kept_whole() -> None:
    html = "<p>" + "word " * 2_400_000 + "last.</p>"
    clauses = clauses_of(html)
    assert sum(len(clause.text) + 1 for clause in clauses) == 12_000_006
    assert clauses[-1].text.endswith("last.")
