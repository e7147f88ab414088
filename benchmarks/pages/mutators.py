"""Thirty ways in which pages change from look to look while their policy stays."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.pages import designs, surroundings, wording
from benchmarks.pages.markup import Page

Mutator = Callable[[Page, int], str]
"""The page as look 0, 1 or 2 finds it."""

MUTATORS: tuple[Mutator, ...] = (
    wording.quotes_and_dashes,
    wording.spaces,
    wording.invisible_signs,
    wording.capitals_in_headings,
    wording.ages,
    wording.clock,
    wording.counters,
    wording.mail_in_cipher,
    wording.form_tokens,
    wording.nonces_and_builds,
    wording.signed_links,
    wording.request_numbers,
    wording.copyright_lines,
    designs.order_of_attributes,
    designs.class_names,
    designs.numbers_of_items,
    designs.numbers_of_headings,
    designs.redesign,
    designs.emphasis,
    designs.wrapped_blocks,
    designs.panels,
    surroundings.navigation,
    surroundings.related_articles,
    surroundings.chat_widget,
    surroundings.cookie_banner,
    surroundings.language_picker,
    surroundings.new_tab_hints,
    surroundings.lazy_loading,
    surroundings.banner,
    surroundings.hero,
)
