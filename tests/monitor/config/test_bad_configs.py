"""Row H1: every mistake is reported at its line, in words, all at once, and never by a traceback."""

# ruff: noqa: E501 - one case a line can be read as a table

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import load_config
from monitor.errors import ConfigInvalid, InputMissing, InputUnreadable, NotPermitted

GOOD = """\
timezone = "Europe/Berlin"

[fetch]
contact = "watch@example.com"

[[services]]
name = "Example"

  [[services.documents]]
  kind = "privacy-policy"
  url = "https://example.com/privacy"
  every = "6h"

[[rules]]
id = "ai"
phrases = ["train AI models"]

[channels.team-mail]
type = "email"
host = "mail.example.com"
from = "watch@example.com"
to = ["team@example.com"]

[[routes]]
to = ["team-mail"]
"""
SECOND_DOCUMENT = '[[services.documents]]\nkind = "privacy-policy"\nurl = "https://example.com/other"'
DOCUMENT = "services[0].documents[0]"

# The line of GOOD that is replaced, by what, and what must be said of which line.
BAD = [
    (1, 'timezon = "UTC"', '1: unknown key "timezon"; did you mean "timezone"?'),
    (1, 'timezone = "Europe/Berln"', '1: timezone: unknown timezone "Europe/Berln"; did you mean "Europe/Berlin"?'),
    (1, "timezone = 1", '1: timezone: must be a text in quotes, such as "...", not a whole number'),
    (1, 'baseline = "sumary"', '1: baseline: must be "summary", "alert" or "off"; did you mean "summary"?'),
    (1, 'rulebooks = ["ai-traning"]', '1: rulebooks[0]: unknown rulebook "ai-traning"; did you mean "ai-training"?'),
    (1, "timezone = UTC", "1: not TOML: invalid value"),
    (1, 'timezone = "UTC"\ntimezone = "UTC"', "2: not TOML: cannot overwrite a value"),
    (14, "[rules]", "14: rules: write each of these as a table of its own under [[rules]]"),
    (1, "[channels]\nteam = 1", '2: channels.team: a channel is a table with a "type"'),
    (1, "[channels.Team]", "1: channels.Team: name a channel with lower-case letters"),
    (1, 'storage = "file.db"', "1: storage: must be a table, not a text"),
    (1, '[storage]\ndatabase = "postgresql://x"', "2: storage.database: must be the path of a file, not a URL"),
    (1, '[dead_man]\nurl = "https://x.example"', '2: dead_man: "url" would put the secret itself into the configuration'),
    (1, "dead_man = 1", "1: dead_man: must be a table, not a whole number"),
    (1, '[dead_man]\nurl_env = "UNHEARD_OF"', "2: dead_man.url_env: the environment variable named here is not set"),
    (1, '[dead_man]\nevery = "often"', "2: dead_man.every: not an interval"),
    (4, "", '3: fetch: "contact" is missing; give an e-mail address or web page'),
    (4, 'contact = "somebody"', "4: fetch.contact: must be an e-mail address or the address of a web page"),
    (4, 'contact = "a@b.example"\nretries = "2"', "5: fetch.retries: must be a whole number, not a text"),
    (4, 'contact = "a@b.example"\nretries = -1', "5: fetch.retries: must be at least 0"),
    (4, 'contact = "a@b.example"\ntotal_seconds = nan', "5: fetch.total_seconds: must be a number"),
    (
        4,
        'contact = "a@b.example"\nallow_private = [\n "10.0.0.0/8",\n "10.0.0.1/8",\n]',
        '7: fetch.allow_private[1]: not a network such as "10.0.0.0/8"',
    ),
    (4, 'contact = "a@b.example"\nca_file = "nowhere.pem"', "5: fetch.ca_file: there is no such file"),
    (7, "", '6: services[0]: "name" is missing'),
    (7, 'name = "!!!"', "6: services[0]: no id can be made of this name"),
    (7, 'name = "Example"\nid = "Ex ample"', "8: services[0].id: must consist of lower-case letters"),
    (10, "", f'9: {DOCUMENT}: "kind" is missing'),
    (10, 'kind = "Privacy Policy"', f"10: {DOCUMENT}.kind: must consist of lower-case letters"),
    (11, "", f'9: {DOCUMENT}: one of "url" or "urls" is missing'),
    (11, 'url = "ftp://example.com"', f'11: {DOCUMENT}.url: the address must begin with "https://" or "http://"'),
    (11, 'url = "https://me:pw@example.com"', f"11: {DOCUMENT}.url: the address holds a user name or password"),
    (11, 'url = "https://example.com/\\r\\nX: y"', f"11: {DOCUMENT}.url: the address holds a space, a line break"),
    (11, 'urls = ["https://a.example",\n"nope"]', f"12: {DOCUMENT}.urls[1]: the address must begin with"),
    (11, "urls = []", f"11: {DOCUMENT}.urls: must hold at least 1"),
    (11, 'url = "https://a.example"\nurls = ["https://b.example"]', f'12: {DOCUMENT}: "url" and "urls" exclude'),
    (12, 'evry = "6h"', f'12: {DOCUMENT}: unknown key "evry"; did you mean "every"?'),
    (12, 'every = "6 hours"', f"12: {DOCUMENT}.every: not an interval"),
    (12, 'every = "0s"', f"12: {DOCUMENT}.every: an interval must lie between 1 second and 366 days"),
    (12, 'every = "6h"\nfresh_withn = "2d"', f'13: {DOCUMENT}: unknown key "fresh_withn"; did you mean "fresh_within"?'),
    (12, 'every = "6h"\nfresh_within = "soon"', f"13: {DOCUMENT}.fresh_within: not an interval"),
    (12, 'every = "6h"\nfresh_within = "1h"', f'13: {DOCUMENT}.fresh_within: looked at every "6h" it cannot be seen within "1h"'),
    (4, 'contact = "a@b.example"\nfresh_within = "1h"', f'10: {DOCUMENT}: looked at every "6h" it cannot be seen within "1h"'),
    (12, "every = 6", f"12: {DOCUMENT}.every: must be a text in quotes"),
    (12, 'cron = "0 25 * * *"', f"12: {DOCUMENT}.cron: not a cron expression: bad hour"),
    (12, 'every = "1h"\ncron = "0 7 * * *"', f'13: {DOCUMENT}: "every" and "cron" exclude each other'),
    (12, 'timezone = "UTC"', f'12: {DOCUMENT}.timezone: a timezone here has a meaning only with "cron"'),
    (12, 'headers = { Cookie = "a=b" }', f'12: {DOCUMENT}.headers.Cookie: "Cookie" would carry a secret'),
    (12, 'headers = { X = "a\\r\\nB: c" }', f"12: {DOCUMENT}.headers.X: must be printable ASCII"),
    (12, 'headers = { "User-Agent" = "a" }', f'12: {DOCUMENT}.headers.User-Agent: "User-Agent" is set by'),
    (12, 'select = "main >>"', f"12: {DOCUMENT}.select[0]: not a CSS selector"),
    (12, 'language = "german"', f"12: {DOCUMENT}.language: must be a language code"),
    (12, 'region = "E U"', f"12: {DOCUMENT}.region: must be letters, digits and hyphens"),
    (12, 'paused = "yes"', f"12: {DOCUMENT}.paused: must be true or false, not a text"),
    (12, 'key = "other/privacy"', f'12: {DOCUMENT}.key: the key of a document begins with the id of its service'),
    (12, 'key = "Example"', f'12: {DOCUMENT}.key: must look like "service/kind"'),
    (
        12,
        SECOND_DOCUMENT,
        '12: services[0].documents[1]: the document at {file}:9 has the key "example/privacy-policy" as well',
    ),
    (15, "", '14: rules[0]: "id" is missing'),
    (15, 'id = "ai"\nseverity = "hi"', '16: rules[0].severity: must be "high", "medium", "low" or "info"'),
    (15, 'id = "ai"\nlanguages = ["xx"]', "16: rules[0].languages: unknown language 'xx'"),
    (16, "", "14: rules[0].phrases: the rule looks for nothing"),
    (16, 'pattern = "(unclosed"', "16: rules[0].pattern[0]: '(unclosed' is no valid pattern"),
    (16, 'pattern = ["a+", "(?=b)"]', "16: rules[0].pattern[1]: '(?=b)' is no valid pattern"),
    (16, 'phrases = "one"', "16: rules[0].phrases: must be an array"),
    (16, 'near = { words = ["a", "b"], witin = 3 }', '16: rules[0].near[0]: unknown key "witin"; did you mean "within"'),
    (16, 'phrases = ["a"]\n[[rules]]\nid = "ai"\nphrases = ["b"]', '18: rules[1].id: "ai" is the id of another rule'),
    (19, 'type = "emial"', '19: channels.team-mail.type: must be "email", "slack", "slack-bot", "webhook" or "apprise"; did you mean "email"?'),
    (19, "", '18: channels.team-mail: a channel is a table with a "type": "email", "slack"'),
    (20, 'host = "h"\npassword = "canary"', '21: channels.team-mail: "password" would put the secret itself into'),
    (20, 'host = "h"\nusername = "me"', '18: channels.team-mail: "username" and a password go together'),
    (20, 'host = "h"\nusername = "a"\npassword_env = "canary"', "22: channels.team-mail.password_env: the environment"),
    (
        20,
        'host = "h"\nusername = "a"\npassword_env = "A"\npassword_file = "b"',
        '23: channels.team-mail: "password_file" and "password_env" exclude each other; keep one',
    ),
    (20, 'host = "h"\nport = 70000', "21: channels.team-mail.port: must be at most 65535"),
    (20, 'host = "h"\ntls = "no"', '21: channels.team-mail.tls: must be "starttls", "tls" or "none"; did you mean'),
    (21, 'from = "nobody"', "21: channels.team-mail.from: not a sender such as"),
    (22, 'to = ["team@example.com",\n"team"]', "23: channels.team-mail.to[1]: not an e-mail address"),
    (22, 'to = "team@example.com"', "22: channels.team-mail.to: must be an array"),
    (24, '[channels.s]\ntype = "slack"\n[[routes]]', '24: channels.s: one of "webhook_url_file", "webhook_url_env" or'),
    (25, 'to = ["team-mial"]', '25: routes[0].to[0]: unknown channel "team-mial"; did you mean "team-mail"?'),
    (25, "to = []", "25: routes[0].to: must hold at least 1"),
    (25, 'to = ["team-mail"]\nservices = ["Exampel"]', '26: routes[0].services[0]: unknown service "Exampel"; did'),
    (25, 'to = ["team-mail"]\nkinds = ["privacy-polcy"]', '26: routes[0].kinds[0]: unknown kind "privacy-polcy"; did'),
    (25, 'to = ["team-mail"]\ntopics = ["ai"]', '26: routes[0].topics[0]: unknown topic "ai"'),
    (25, 'to = ["team-mail"]\nkinds = ["faq"]', "24: routes[0]: no route lets any of the watched documents through"),
    (25, 'to = ["team-mail"]\n[[routes]]\nto = ["team-mail"]\nkinds = ["faq"]', "26: routes[1]: no watched document passes"),
    (25, 'to = ["team-mail"]\n[[routes]]\nto = ["team-mail"]\ntopics = ["children"]', "26: routes[1]: no rule's findings pass"),
    (25, 'to = ["team-mail"]\nrecipients = ["tem@example.com"]', '26: routes[0].recipients[0]: "tem@example.com" is no recipient of team-mail; did'),
    (25, 'to = ["team-mail"]\neffects = ["introduce"]', '26: routes[0].effects[0]: unknown effect "introduce"; did you mean "introduces"?'),
    (25, 'to = ["team-mail"]\nflags = ["quite"]', '26: routes[0].flags[0]: unknown flag "quite"; did you mean "quiet"?'),
    (25, 'to = ["team-mail"]\ndigest = "dayly"', '26: routes[0].digest: must be "daily" or "weekly"; did you mean "daily"?'),
    (25, 'to = ["team-mail"]\ndigest = "daily"\nat = "8:00"', '27: routes[0].at: not a time of the day such as "08:00"'),
    (25, 'to = ["team-mail"]\ndigest = "daily"\nweekday = "friday"', "27: routes[0].weekday: a daily digest has no day"),
    (25, 'to = ["team-mail"]\ndigest = "weekly"\ngroup_wait = "5m"', '27: routes[0]: "group_wait" and "digest" exclude'),
    (25, 'to = ["team-mail"]\nat = "08:00"', '26: routes[0].at: this has a meaning only with "digest"'),
    (25, 'to = ["team-mail"]\nquiet = "night"', '26: routes[0].quiet: not hours such as "20:00-07:00"'),
    (25, 'to = ["team-mail"]\nquiet = "08:00-08:00"', "26: routes[0].quiet: not hours"),
    (25, 'to = ["team-mail"]\nquiet = "20:00-07:00"\ntimezone = "Mars"', '27: routes[0].timezone: unknown timezone "Mars"'),
    (25, 'to = ["team-mail"]\nrepeat_to = ["team-mail"]', '26: routes[0].repeat_to: this has a meaning only with "repeat_after"'),
    (25, 'to = ["team-mail"]\nrepeat_after = "4h"\nrepeat_to = ["call"]', '27: routes[0].repeat_to[0]: unknown channel "call"'),
    (24, "[route]", '24: unknown key "route"; did you mean "routes"?'),
]  # fmt: skip


def with_line(number: int, replacement: str) -> str:
    lines = GOOD.splitlines()
    lines[number - 1] = replacement
    return "\n".join(lines) + "\n"


def problems(folder: Path, text: str) -> list[str]:
    path = folder / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigInvalid) as caught:
        load_config(path, {"HOME": str(folder)})
    assert caught.value.exit_code == 78
    assert "\n".join(map(str, caught.value.problems)) == str(caught.value)
    return [str(problem) for problem in caught.value.problems]


def test_configuration_without_mistakes_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(GOOD)
    assert load_config(tmp_path / "config.toml", {"HOME": "/"}).warnings == ()


@pytest.mark.parametrize(("number", "replacement", "expected"), BAD, ids=[case[2] for case in BAD])
def test_mistake_is_reported_at_its_line_in_words(
    tmp_path: Path, number: int, replacement: str, expected: str
) -> None:
    found = problems(tmp_path, with_line(number, replacement))
    file = str(tmp_path / "config.toml")
    assert any(problem.startswith(f"{file}:{expected}".replace("{file}", file)) for problem in found)
    assert len(found) <= 2
    assert "canary" not in "\n".join(found)


def test_thirty_mistakes_are_all_reported_at_once(tmp_path: Path) -> None:
    """One service for every mistake in a document, each in a file that is otherwise right."""
    cases = [case for case in BAD if case[0] in (10, 11, 12) and case[1] and case[1] != SECOND_DOCUMENT]
    assert len(cases) >= 22
    text = 'timezone = "Mars"\nbaselin = "off"\n[[rules]]\nid = "r"\npattern = "("\n[[routes]]\nto = ["x"]\n'
    text += "[channels.mail]\ntype = 'fax'\n[fetch]\ncontact = 'x'\nretries = 'y'\nmax_redirects = -1\n"
    for index, (number, replacement, _) in enumerate(cases):
        block = with_line(number, replacement).splitlines()[5 : 12 + replacement.count("\n")]
        text += "\n".join(block).replace('"Example"', f'"Example {index}"') + "\n"
    found = problems(tmp_path, text)
    assert len(found) >= len(cases) + 8
    for index, case in enumerate(cases):
        expected = case[2].partition(": ")[2].replace("services[0]", f"services[{index}]")
        assert any(expected in problem for problem in found)
    lines = [int(problem.split(":")[1]) for problem in found]
    assert lines == sorted(lines)


def test_one_mistake_in_a_table_hides_no_other_in_it(tmp_path: Path) -> None:
    text = GOOD.replace("phrases = [", 'sevrity = "low"\npattern = "("\nunless = ["?"]\nphrases = [')
    text = text.replace('host = "', 'hots = "x"\nusername = "u"\npassword_env = "NOT_SET"\nhost = "')
    text = text.replace('to = ["team-mail"]', 'from = "x"\nto = ["team-mial"]\nkinds = ["fax"]')
    lines = [problem.split(":")[1] for problem in problems(tmp_path, text)]
    assert lines == ["16", "17", "18", "23", "25", "31", "32", "33"]


def test_every_file_of_conf_d_is_checked_and_named(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "b.toml").write_text(
        '[[services]]\nname = "B"\n[[services.documents]]\nknd = "faq"\n'
    )
    (tmp_path / "conf.d" / "a.toml").write_text('timezone = "UTC"\n[channels.team-mail]\ntype = "slack"\n')
    (tmp_path / "conf.d" / "c.toml").write_text("= broken")
    (tmp_path / "conf.d" / "d.toml").write_bytes(b'a = "\n\xff"')
    found = [problem.removeprefix(f"{tmp_path}/") for problem in problems(tmp_path, GOOD)]
    assert found[0] == f"conf.d/a.toml:1: timezone: this is already set at {tmp_path}/config.toml:1"
    assert found[1].startswith("conf.d/a.toml:2: channels.team-mail: this is already set at")
    assert "conf.d/c.toml:1: not TOML: invalid statement" in found
    assert "conf.d/d.toml:2: the file is not UTF-8 text" in found
    assert 'conf.d/b.toml:4: services[0].documents[0]: unknown key "knd"; did you mean "kind"?' in found


def test_configuration_in_which_no_rule_could_ever_alert_is_a_problem(tmp_path: Path) -> None:
    lines = GOOD.splitlines()
    without_rules = "\n".join(["rulebooks = []", *lines[:13], *lines[16:]])
    (found,) = problems(tmp_path, without_rules)
    assert "no rule is in force" in found
    (found,) = problems(
        tmp_path, GOOD.replace('to = ["team-mail"]', 'to = ["team-mail"]\nrules = ["ai"]\nseverity = "high"')
    )
    assert "no route lets a finding of any rule through" in found


@pytest.mark.parametrize(
    ("severities", "reachable"),
    [
        ("", False),
        ('[[severities]]\ntopics = ["wording"]\nraise = 1', True),
        ('[[severities]]\nkinds = ["privacy-policy"]\nto = "high"', True),
        ('[[severities]]\nkinds = ["faq"]\nto = "high"', False),
        ('[[severities]]\nraise = 1\n[[severities]]\ntopics = ["wording"]\nlower = 1', False),
    ],
)
def test_route_is_judged_by_the_severity_that_an_alert_can_have(
    tmp_path: Path, severities: str, reachable: bool
) -> None:
    text = GOOD.replace('to = ["team-mail"]', 'to = ["team-mail"]\nrules = ["ai"]\nseverity = "high"')
    text = f"{text}\n{severities}\n"
    if reachable:
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")
        load_config(tmp_path / "config.toml", {"HOME": str(tmp_path)})
    else:
        (found,) = problems(tmp_path, text)
        assert "no route lets a finding of any rule through" in found


def test_topic_that_weighs_more_on_a_quiet_change_reaches_a_route_of_that_severity(tmp_path: Path) -> None:
    text = GOOD.replace('to = ["team-mail"]', 'to = ["team-mail"]\ntopics = ["retention"]\nseverity = "high"')
    text = f'rulebooks = ["retention"]\n{text}'
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    load_config(tmp_path / "config.toml", {"HOME": str(tmp_path)})


def test_configuration_without_documents_passes_with_a_doubt(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("", encoding="utf-8")
    (warning,) = load_config(path, {"HOME": str(tmp_path)}).warnings
    assert "no document is watched" in str(warning)


def test_configuration_without_any_route_names_what_to_add(tmp_path: Path) -> None:
    text = "\n".join(GOOD.splitlines()[:22])
    (found,) = problems(tmp_path, text)
    assert found.endswith('nobody would be told of a change; add [[routes]] with to = ["team-mail"]')


def test_values_nested_too_deeply_are_a_problem_like_any_other(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "a = " + "[" * 5000 + "]" * 5000)
    assert found.endswith(":1: values are nested too deeply")


def test_file_that_cannot_be_read_is_told_from_one_with_mistakes(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match=r"there is no configuration file .*none\.toml"):
        load_config(tmp_path / "none.toml", {})
    with pytest.raises(InputUnreadable, match="cannot be read"):
        load_config(tmp_path, {})
    (tmp_path / "large.toml").write_text("#" * 5_000_000)
    with pytest.raises(InputUnreadable, match="longer than"):
        load_config(tmp_path / "large.toml", {})
    assert NotPermitted.exit_code == 77


WRONG = st.sampled_from(
    [
        "1",
        "true",
        '"x"',
        "[]",
        "[1]",
        '[["x"]]',
        "{}",
        "{ a = 1 }",
        "2024-09-19",
        "nan",
        '""',
        "[{}]",
        "-1",
        '"[["',
    ]
)


@given(number=st.integers(1, len(GOOD.splitlines())), value=WRONG)
def test_no_wrong_value_anywhere_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, number: int, value: str
) -> None:
    key = GOOD.splitlines()[number - 1].partition(" = ")[0]
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text(with_line(number, f"{key} = {value}"))
    try:
        load_config(path, {})
    except ConfigInvalid as error:
        assert error.problems  # noqa: PT017 - some values are right
