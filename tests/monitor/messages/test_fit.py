from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.messages.fit import shorten
from monitor.messages.letter import Piece

words = st.lists(st.sampled_from(["data", "we", "train", "x" * 70]), min_size=1, max_size=60).map(" ".join)
pieces = st.lists(
    st.builds(Piece, st.sampled_from(["plain", "deleted", "inserted", "matched"]), words), max_size=12
)


def length(side: tuple[Piece, ...] | list[Piece]) -> int:
    return sum(len(piece.text) for piece in side)


@given(pieces, st.integers(20, 2_000))
def test_shortened_side_is_within_its_limit_but_for_the_note(side: list[Piece], limit: int) -> None:
    assert length(shorten(side, limit)) <= limit + len(" [… 1,000,000 characters left out …] ")


@given(pieces)
def test_side_that_fits_is_left_alone(side: list[Piece]) -> None:
    assert shorten(side, length(side)) == tuple(side)


def test_what_did_not_change_goes_first() -> None:
    quiet = "The rest stays as it was. " * 40
    side = [Piece("plain", quiet), Piece("inserted", "and train models"), Piece("plain", quiet)]
    short = shorten(side, 200)
    assert Piece("inserted", "and train models") in short
    assert short[0].text.startswith(" [… ")
    assert short[0].text.endswith("as it was. ")
    assert short[-1].text.endswith(" characters left out …] ")


def test_number_of_characters_left_out_is_exact() -> None:
    (kept, note) = shorten([Piece("plain", "one two three")], 8)
    assert kept.text == "one two "
    assert note.text == " [… 5 characters left out …] "
