"""PURE: from a seed, the schedule of a whole run; the same seed and setting give the same plan."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.soak.model import (
    CHAT_FAULTS,
    FROZEN,
    FULL,
    KILLS,
    LOCKED,
    MACHINE_FAULTS,
    MAIL_FAULTS,
    READER,
    SITE_FAULTS,
    Act,
    Deed,
    Edit,
    Fault,
    Place,
    Plan,
    Setting,
    Watched,
)

_CALM_START = 3.0
_MOST_EDITS = 5
_SHARE_OF_DOCUMENTS_FAILING = 0.7
_LONGEST = {FULL: 18.0, LOCKED: 12.0, READER: 60.0, FROZEN: 8.0}
"""Seconds, at the scale of one day a minute; a reader hinders nobody and may stay."""

_GAP_BETWEEN_KILLS = 3.0


def make_plan(seed: int, setting: Setting) -> Plan:
    chance = random.Random(seed)
    notices: list[tuple[bool, ...]] = []
    edits: list[Edit] = []
    for document in setting.watched:
        told, changes = _story(chance, setting, document)
        notices.append(told)
        edits += changes
    site_kinds = _each_in_turn(chance, SITE_FAULTS)
    faults = [
        *(fault for document in setting.watched for fault in _of_site(chance, setting, document, site_kinds)),
        *_in_turn(chance, setting, Place.MAIL, MAIL_FAULTS, longest=30.0),
        *_in_turn(chance, setting, Place.CHAT, CHAT_FAULTS, longest=30.0),
        *_in_turn(chance, setting, Place.MACHINE, [FULL, LOCKED, FROZEN], longest=None),
        *_in_turn(chance, setting, Place.MACHINE, [READER], longest=None),
    ]
    acts = [*_kills(chance, setting), *_beside(chance, setting)]
    return Plan(
        seed,
        setting,
        tuple(notices),
        tuple(sorted(edits, key=lambda edit: edit.at)),
        tuple(sorted(faults, key=lambda fault: fault.begin)),
        tuple(sorted(acts, key=lambda act: act.at)),
    )


def _story(
    chance: random.Random, setting: Setting, document: Watched
) -> tuple[tuple[bool, ...], Iterator[Edit]]:
    """A page that gains notices, goes back to an old text, and at times says something for seconds only."""
    notices: list[bool] = []
    edits: list[Edit] = []
    moments = sorted(
        round(chance.uniform(_CALM_START, setting.busy), 2) for _ in range(chance.randint(1, _MOST_EDITS))
    )
    for at, following in pairwise([*moments, setting.busy]):
        fate = chance.random()
        if fate < 0.2 and notices:
            edits.append(Edit(at, document.number, chance.randrange(len(notices))))
            continue
        before = edits[-1].revision if edits else 0
        notices.append(fate < 0.65)
        edits.append(Edit(at, document.number, len(notices)))
        gone_at = at + chance.uniform(0.5, 0.5 * document.every)
        if fate > 0.9 and gone_at < following:
            edits.append(Edit(round(gone_at, 2), document.number, before))
    return tuple(notices), iter(edits)


def _of_site(
    chance: random.Random, setting: Setting, document: Watched, kinds: Iterator[str]
) -> Iterator[Fault]:
    """Short troubles that nobody should hear of, and such as last beyond the document's limit."""
    if chance.random() > _SHARE_OF_DOCUMENTS_FAILING:
        return
    at = chance.uniform(_CALM_START, setting.busy / 2)
    while at < setting.busy:
        is_long = chance.random() < 0.6
        needed = 1.3 * (document.limit + document.every)
        length = (
            chance.uniform(needed, needed + 2 * setting.day) if is_long else chance.uniform(0.5, document.limit)
        )
        end = min(at + length, setting.busy)
        yield Fault(Place.SITE, next(kinds), round(at, 2), round(end, 2), document.number)
        at = end + chance.uniform(2 * document.every, 2 * document.every + 3 * setting.day)


def _in_turn(
    chance: random.Random, setting: Setting, place: Place, kinds: Sequence[str], *, longest: float | None
) -> Iterator[Fault]:
    """One after the other, so that each has its time; `longest` at the scale of one day a minute."""
    allowed = [kind for kind in kinds if kind in setting.faults]
    scale = setting.day / 60
    at = _CALM_START + chance.uniform(0, 30) * scale
    kinds_in_turn = _each_in_turn(chance, allowed)
    while allowed and at < setting.busy:
        kind = next(kinds_in_turn)
        most = (longest or _LONGEST[kind]) * scale
        end = min(at + chance.uniform(0.2 * most, most), setting.busy)
        yield Fault(place, kind, round(at, 2), round(end, 2))
        at = end + chance.uniform(20, 60) * scale


def _each_in_turn(chance: random.Random, kinds: Sequence[str]) -> Iterator[str]:
    """Endlessly, in an order of chance, none twice before each came once."""
    while True:
        yield from chance.sample(kinds, len(kinds))


def _kills(chance: random.Random, setting: Setting) -> Iterator[Act]:
    room = setting.busy - _CALM_START - setting.kills * _GAP_BETWEEN_KILLS
    if room < 0:
        raise ValueError(f"{setting.kills} kills do not fit into {setting.busy:g} seconds")
    moments = sorted(chance.uniform(0, room) for _ in range(setting.kills))
    for number, moment in enumerate(moments):
        at = round(_CALM_START + moment + number * _GAP_BETWEEN_KILLS, 2)
        deed = chance.choices(KILLS, (6, 2, 2))[0]
        pause = chance.uniform(0, 1.0) if chance.random() < 0.9 else chance.uniform(2, 0.25 * setting.day)
        yield Act(at, deed, pause=round(pause, 2))


def _beside(chance: random.Random, setting: Setting) -> Iterator[Act]:
    """What people do while the daemon runs, a handful of each in a run of 15 days."""
    count = max(1, round(setting.busy / setting.day * 0.6))
    for deed in (Deed.RELOAD, Deed.BAD_RELOAD, Deed.CHECK, Deed.BACKUP):
        for _ in range(count):
            at = round(chance.uniform(_CALM_START, setting.busy), 2)
            yield Act(at, deed, chance.randrange(setting.documents))


def count_faults(plan: Plan) -> dict[tuple[Place, str], list[Fault]]:
    """The faults by place and kind, in the order of the matrix, also those that this plan has none of."""
    every = [
        *((Place.SITE, kind) for kind in SITE_FAULTS),
        *((Place.MAIL, kind) for kind in MAIL_FAULTS),
        *((Place.CHAT, kind) for kind in CHAT_FAULTS),
        *((Place.MACHINE, kind) for kind in MACHINE_FAULTS),
    ]
    return {
        (place, kind): [fault for fault in plan.faults if (fault.place, fault.kind) == (place, kind)]
        for place, kind in every
    }
