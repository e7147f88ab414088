"""What is printed and logged is safe to look at, to load into a spreadsheet and to read by programs."""

from __future__ import annotations

import csv
import io
import json

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli.output import Format, chosen, fields, print_json, print_rows
from monitor.forms import plain, safe
from monitor.log import make_log

HOSTILE = "\x1b[2J\x9b31m\u202eevil\u2066\x07\r\x7f"


def printed(capsys: pytest.CaptureFixture[str], rows: list[dict[str, object]], form: Format) -> str:
    print_rows(rows, fields(*rows[0]), form, empty="nothing")
    return capsys.readouterr().out


@given(st.text())
def test_safe_text_holds_nothing_that_acts_on_a_terminal(text: str) -> None:
    cleaned = safe(text)
    assert all(sign.isprintable() or sign == "\n" or sign.isspace() for sign in cleaned)
    assert not set(cleaned) & set("\r\t\x0b\x0c\x1b\x85\u2028\u2029")
    assert safe(cleaned) == cleaned


@pytest.mark.parametrize(
    "text", ["Wir prüfen 你好 – „Daten“", "no\u00a0break", "漢字\u3000空白", "two\nlines", "👍🏽"]
)
def test_ordinary_text_of_any_script_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize("form", list(Format))
def test_no_form_of_output_passes_terminal_codes_on(capsys: pytest.CaptureFixture[str], form: Format) -> None:
    out = printed(capsys, [{"clause": HOSTILE, "heading": [HOSTILE]}], form)
    assert not set(out) & set(HOSTILE) - set("[2J31mevil")


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists, max_leaves=5))
def test_json_is_read_back_as_it_was(value: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        out = io.StringIO()
        patch.setattr("sys.stdout", out)
        print_json(value)
    out.getvalue().encode()
    assert json.loads(out.getvalue()) == value


def test_json_lines_are_one_record_each(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, object]] = [{"clause": "one\ntwo\u2028three"}, {"clause": "four"}]
    lines = printed(capsys, rows, Format.JSONL).splitlines()
    assert [json.loads(line) for line in lines] == rows


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|'/c calc'!A0"])
def test_no_cell_of_a_table_file_is_a_formula(capsys: pytest.CaptureFixture[str], text: str) -> None:
    rows = list(csv.reader(io.StringIO(printed(capsys, [{"clause": text}], Format.CSV))))
    assert rows[0] == ["clause"]
    assert rows[1][0][0] in "'\\"


def test_numbers_of_a_table_file_stay_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, object]] = [
        {"a": -1, "b": -0.5, "c": True, "d": None, "e": [{"x": 1}], "f": ["g", "h"]}
    ]
    assert printed(capsys, rows, Format.CSV) == ('a,b,c,d,e,f\n-1,-0.5,yes,,"[{""x"": 1}]","[""g"", ""h""]"\n')


def test_a_table_shows_its_columns_alone(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"document": "acme/terms", "heading": [], "first_seen": "2024-09-18T12:34:56Z", "hidden": "secret"}
    print_rows([row], fields("document", "heading", "first_seen"), Format.TABLE, empty="")
    out = capsys.readouterr().out
    assert "acme/terms" in out
    assert "secret" not in out
    assert "2024-09-18 12:34 " in out


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        ([], ""),
        (["A", "B"], "A > B"),
        ([{}, {}], "2"),
        ("a\nb", "a b"),
    ],
)
def test_values_are_told_in_one_line(value: object, shown: str) -> None:
    assert plain(value) == shown


@pytest.mark.parametrize("form", list(Format))
def test_nothing_found_is_said_on_standard_error_with_exit_code_1(
    capsys: pytest.CaptureFixture[str], form: Format
) -> None:
    with pytest.raises(typer.Exit) as ended:
        print_rows([], fields("document"), form, empty="no such thing")
    assert ended.value.exit_code == 1
    captured = capsys.readouterr()
    assert captured.err == "no such thing\n"
    assert captured.out == ("[]\n" if form is Format.JSON else "")


def test_programs_get_json_lines_unless_they_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert (chosen(None), chosen(Format.CSV)) == (Format.JSONL, Format.CSV)


@given(value=st.text())
def test_an_event_is_one_line_whatever_its_values_hold(value: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        out = io.StringIO()
        patch.setattr("sys.stderr", out)
        make_log().error("check_finished", reason=value)
    line = out.getvalue()
    assert line.endswith("\n")
    assert line[:-1].isprintable()
    assert "level=error event=check_finished reason=" in line


def test_a_normal_check_is_told_to_the_curious_alone(capsys: pytest.CaptureFixture[str]) -> None:
    make_log().debug("check_finished")
    assert capsys.readouterr().err == ""
    make_log(verbose=True).debug("check_finished", document="acme/terms")
    assert capsys.readouterr().err.endswith("level=debug event=check_finished document=acme/terms\n")
