"""PURE: what the clauses that a change touched say on a topic, and what the others say if that matters."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from monitor.clauses import fold
from monitor.detect.topics.compare import Said, events
from monitor.detect.topics.context import Contexts
from monitor.detect.topics.model import QUIET, Book, Event, Statement
from monitor.detect.topics.read import Reader
from monitor.detect.topics.tell import told, values_named
from monitor.diff.model import Change, StepKind
from storage.records import Clause

_STILL = frozenset({StepKind.KEPT, StepKind.MOVED})


class Touched:
    """One change as every topic reads it; `said` are folded texts that once stood."""

    def __init__(self, change: Change, said: Set[str]) -> None:
        self._change = change
        self._before, self._after = Contexts(change.before), Contexts(change.after)
        changed = [step for step in change.steps if step.kind not in _STILL]
        born = {step.after for step in changed if step.after is not None}
        died = {step.before for step in changed if step.before is not None}
        old, new = _texts(change.before, died), _texts(change.after, born)
        self._born = {place for place in born if not _stands_in(change.after[place].text, old, said)}
        self._died = {place for place in died if not _stands_in(change.before[place].text, new)}
        self._edited = {
            step.after: step.before for step in changed if step.before is not None and step.after is not None
        }

    def events(self, book: Book) -> list[Event]:
        """What happened on a topic. The rest of the document is read only if what changed may alert.

        What else stood or stands can only make less of a change: it says that it is no news, or no loss.
        """
        reader = Reader(book)
        new = list(reader.statements(self._change.after, self._born, self._after))
        gone = list(reader.statements(self._change.before, self._died, self._before))
        if not new and not gone:
            return []
        if book.first_named:
            if values_named(new, book) == values_named(gone, book):
                return []
        else:
            found = told(self._compared(gone, new, book), gone, new, book)
            if all(event.effect in QUIET for event in found):
                return found
        before, after = self._whole(reader, gone)
        return told(self._compared(before, after, book), before, after, book)

    def _compared(self, before: Sequence[Statement], after: Sequence[Statement], book: Book) -> list[Event]:
        said = Said(before, after, frozenset(self._born), frozenset(self._died), self._edited)
        return events(said, book)

    def _whole(self, reader: Reader, gone: Sequence[Statement]) -> tuple[list[Statement], list[Statement]]:
        """What both texts say: a clause that still stands is read once, in the new one."""
        after = list(reader.statements(self._change.after, None, self._after))
        came_of = {
            step.after: step.before
            for step in self._change.steps
            if step.kind in _STILL and step.before is not None and step.after is not None
        }
        stood = [replace(each, place=came_of[each.place]) for each in after if each.place in came_of]
        others = set(range(len(self._change.before))) - set(came_of.values()) - self._died
        returned = list(reader.statements(self._change.before, others, self._before)) if others else []
        return sorted([*stood, *gone, *returned], key=lambda each: each.place), after


def _stands_in(text: str, *texts: Set[str]) -> bool:
    return any(text in each or fold(text) in each for each in texts)


def _texts(clauses: Sequence[Clause], changed: Set[int]) -> frozenset[str]:
    """The texts of a version, and folded ones of those that changed: only they may differ in that."""
    texts = {clause.text for clause in clauses if not clause.soft}
    return frozenset(texts | {fold(clauses[place].text) for place in changed if not clauses[place].soft})
