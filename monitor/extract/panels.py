"""PURE: finds what a reader can open on a page, and which control is the question that a panel answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from monitor.extract.page import Node, Page

LABEL_LIMIT = 200
"""Characters of what a control says; longer text is no label but content."""

_TARGET_ATTRIBUTES = ("aria-controls", "data-target", "data-bs-target", "href")
_MENUS = frozenset({"true", "menu", "listbox", "tree", "grid"})
_PANEL_ROLES = frozenset({"tabpanel", "region"})


@dataclass(slots=True)
class Panels:
    """What can be opened on a page.

    `openable`: hidden nodes that are page text all the same. `questions`: panels by the control right before
    them that heads them. `labels`: panels whose control stands elsewhere (tabs), with its text.
    """

    openable: set[int] = field(default_factory=set)
    questions: dict[int, int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)


def is_hidden(node: Node) -> bool:
    """Whether attributes hide `node`; style sheets are not read."""
    attributes = node.attributes
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    if not style:
        return False
    rules = style.replace(" ", "").lower()
    return "display:none" in rules or "visibility:hidden" in rules


def find_panels(page: Page) -> Panels:
    panels = Panels()
    pairs = [pair for pair in (*_named_pairs(page), *_accordion_pairs(page)) if not _opens_menu(page, pair)]
    labels = Counter(page.label(control) for control, _ in dict.fromkeys(pairs))
    for control, panel in pairs:
        panels.openable.update(_shells(page, panel))
        label = page.label(control)
        # "Show more" heads many panels and asks nothing; a question stands once.
        if labels[label] == 1 and _may_be_question(page, control, label):
            _place(page, panels, control, panel)
    for panel in panels.questions.values():
        panels.labels.pop(panel, None)
    return panels


def _is_control(node: Node) -> bool:
    return (
        node.tag in ("button", "summary")
        or node.role in ("button", "tab")
        or "aria-expanded" in node.attributes
    )


def _opens_menu(page: Page, pair: tuple[int, int]) -> bool:
    """A menu or a list to choose from (WAI-ARIA 1.2, aria-haspopup) is no answer to its control."""
    return (page.nodes[pair[0]].attributes.get("aria-haspopup") or "").lower() in _MENUS


def _named_pairs(page: Page) -> Iterator[tuple[int, int]]:
    """(control, panel) where the control names the id of the panel."""
    for index, node in enumerate(page.nodes):
        for name in _TARGET_ATTRIBUTES if node.attributes else ():
            target = node.attributes.get(name)
            if not target or (name == "href" and not target.startswith("#")):
                continue
            panel = page.ids.get(target.removeprefix("#"))
            if panel is None or panel <= index < page.nodes[panel].end or not page.size(panel):
                continue
            if _is_panel(page, panel) or (name != "href" and _is_control(node)):
                yield index, panel
            break


def _is_panel(page: Page, index: int) -> bool:
    return page.nodes[index].role in _PANEL_ROLES or any(
        is_hidden(page.nodes[shell]) for shell in _shells(page, index)
    )


def _accordion_pairs(page: Page) -> Iterator[tuple[int, int]]:
    """(control, panel) where something hidden, or the element after an `aria-expanded` control, follows."""
    last_with_text: dict[int, int] = {}
    for index, node in enumerate(page.nodes):
        if not page.size(index):
            continue
        before = last_with_text.get(node.parent)
        last_with_text[node.parent] = index
        if is_hidden(node):
            control = None if before is None else _control_in(page, before)
            if control is not None:
                yield control, index
        elif "aria-expanded" in node.attributes and "aria-controls" not in node.attributes:
            panel = _element_after(page, index)
            if panel is not None:
                yield index, panel


def _control_in(page: Page, index: int) -> int | None:
    """The control or heading that makes up most of the element `index`."""
    if page.size(index) > 2 * LABEL_LIMIT:
        return None
    for inner in range(index, page.nodes[index].end):
        if _is_control(page.nodes[inner]) or page.nodes[inner].heading_level:
            return inner if 2 * page.size(inner) >= page.size(index) else None
    return None


def _element_after(page: Page, index: int) -> int | None:
    """The element with text right after `index`, or after the wrappers that hold nothing else."""
    parent = page.nodes[index].parent
    while parent >= 0:
        after = page.nodes[index].end
        while after < page.nodes[parent].end and not page.size(after):
            after = page.nodes[after].end
        if after < page.nodes[parent].end:
            return None if page.nodes[after].is_text or _is_control(page.nodes[after]) else after
        if page.size(parent) != page.size(index):
            return None
        index, parent = parent, page.nodes[parent].parent
    return None


def _shells(page: Page, panel: int) -> list[int]:
    """The panel with the wrappers around and inside it that hold exactly its text."""
    size = page.size(panel)
    shells = [panel]
    outer = page.nodes[panel].parent
    while outer >= 0 and page.size(outer) == size:
        shells.append(outer)
        outer = page.nodes[outer].parent
    inner: int | None = panel
    while inner is not None:
        inner = next((child for child in page.children(inner) if page.size(child) == size), None)
        if inner is not None:
            shells.append(inner)
    return shells


def _may_be_question(page: Page, control: int, label: str) -> bool:
    """A control that is, holds or stands in a heading needs no help to be one."""
    if not 0 < len(label) <= LABEL_LIMIT or not any(map(str.isalpha, label)):
        return False
    if any(
        node.heading_level or node.tag == "summary" for node in page.nodes[control : page.nodes[control].end]
    ):
        return False
    outer = page.nodes[control].parent
    while outer >= 0 and page.size(outer) == page.size(control):
        if page.nodes[outer].heading_level or page.nodes[outer].tag in ("summary", "dt"):
            return False
        outer = page.nodes[outer].parent
    return outer < 0 or not page.nodes[outer].heading_level


def _place(page: Page, panels: Panels, control: int, panel: int) -> None:
    between = page.sizes[panel] - page.sizes[page.nodes[control].end]
    if panel > control and between == 0:
        panels.questions.setdefault(control, panel)
    else:
        panels.labels.setdefault(panel, page.label(control))
