"""PURE: whether a silence keeps an alert back."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from storage.records import NewSilence, Silence


def keeps_back(silences: Iterable[Silence], key: str, topics: Collection[str]) -> Silence | None:
    """The silence that keeps back a word on the document `key` to somebody who is told of these topics.

    Several may be needed, one for each topic; then it is the one that ends last. An alert without findings (an
    outage) has no topics, and a silence of a topic does not touch it. None if anything of it is to be told.
    """
    about = [silence for silence in silences if _is_about(silence, key)]
    whole = [silence for silence in about if silence.topic is None]
    if whole:
        return max(whole, key=lambda silence: silence.ends_at)
    silent = {silence.topic for silence in about}
    if not topics or not silent.issuperset(topics):
        return None
    return max((each for each in about if each.topic in topics), key=lambda silence: silence.ends_at)


def _is_about(silence: NewSilence, key: str) -> bool:
    return silence.document in (None, key) and silence.service in (None, key.partition("/")[0])


def words_of(silence: NewSilence) -> str:
    """What a silence covers: `service acme, topic ai-training`."""
    parts = (("document", silence.document), ("service", silence.service), ("topic", silence.topic))
    return ", ".join(f"{name} {value}" for name, value in parts if value is not None)
