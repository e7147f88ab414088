from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme

from monitor.cadence import Cron, Every
from monitor.config import (
    EmailChannel,
    Settings,
    SlackChannel,
    default_settings,
    find_config,
    load_config,
)
from monitor.detect.model import Near
from monitor.detect.rulebook import shipped_rulebooks
from monitor.errors import ConfigInvalid
from monitor.routes import Digest, Quiet, Repeat, Timing
from storage.records import Direction, Severity

START = """\
timezone = "Europe/Berlin"
[fetch]
contact = "https://example.com/watch"
every = "12h"
[channels.mail]
type = "email"
host = "mail.example.com"
from = "Policy Watch <watch@example.com>"
to = ["a@example.com", "b@example.com", "a@example.com"]
[[routes]]
to = ["mail"]
"""
SERVICE = """\
[[services]]
name = "Example Network"
"""
DOCUMENT = """\
[[services.documents]]
kind = "privacy-policy"
url = "https://example.com/privacy"
"""


def load(folder: Path, text: str, **environ: str) -> Settings:
    (folder / "config.toml").write_text(text)
    return load_config(folder / "config.toml", {"HOME": str(folder), **environ})


def test_document_gets_its_key_from_service_kind_and_variant(tmp_path: Path) -> None:
    text = START + SERVICE + DOCUMENT + DOCUMENT + 'variant = "eu"\nregion = "EU"\n' + DOCUMENT
    settings = load(tmp_path, text + 'key = "example-network/other"\n')
    assert [target.key for target in settings.targets] == [
        "example-network/privacy-policy",
        "example-network/privacy-policy/eu",
        "example-network/other",
    ]
    assert {target.service for target in settings.targets} == {"Example Network"}
    assert [target.region for target in settings.targets] == [None, "EU", None]


@pytest.mark.parametrize(
    ("general", "line", "hours"),
    [
        ("", "", 36),
        ("", 'every = "1h"', 24),
        ("", 'cron = "0 7 * * *"', 72),
        ('fresh_within = "2d"', "", 48),
        ('fresh_within = "2d"', 'fresh_within = "4d"', 96),
        ('fresh_within = "2d"', 'cron = "0 7 * * 1"', 48),
    ],
)
def test_document_may_go_unseen_for_three_intervals_or_as_long_as_is_said(
    tmp_path: Path, general: str, line: str, hours: int
) -> None:
    start = START.replace('every = "12h"', f'every = "12h"\n{general}')
    (target,) = load(tmp_path, start + SERVICE + DOCUMENT + line).targets
    assert target.fresh_within == hours * 3600


@pytest.mark.parametrize(
    ("line", "cadence"),
    [
        ("", Every(43200)),
        ('every = "2s"', Every(2)),
        ('cron = "0 7 * * *"', Cron("0 7 * * *", "Europe/Berlin")),
        ('cron = "0 7 * * *"\ntimezone = "UTC"', Cron("0 7 * * *", "UTC")),
    ],
)
def test_document_without_a_cadence_of_its_own_has_the_general_one(
    tmp_path: Path, line: str, cadence: Every | Cron
) -> None:
    assert load(tmp_path, START + SERVICE + DOCUMENT + line).targets[0].cadence == cadence


def test_document_keeps_what_it_says_about_its_page(tmp_path: Path) -> None:
    more = (
        'select = "main"\nremove = [".a", ".b"]\nheaders = { Accept-Language = "de" }\nignore_robots = true\n'
    )
    (target,) = load(tmp_path, START + SERVICE + DOCUMENT + more + 'language = "de"\npaused = true').targets
    assert (target.select, target.remove) == (("main",), (".a", ".b"))
    assert target.headers == (("Accept-Language", "de"),)
    assert (target.ignore_robots, target.paused, target.language) == (True, True, "de")


def test_services_of_conf_d_add_documents_even_to_a_service_named_before(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "faq.toml").write_text(SERVICE + DOCUMENT.replace("privacy-policy", "faq"))
    (tmp_path / "conf.d" / "z.toml").write_text('[channels.slack]\ntype = "slack"\nwebhook_url_env = "W"\n')
    (tmp_path / "conf.d" / ".hidden.toml").write_text("broken")
    (tmp_path / "conf.d" / "notes.txt").write_text("broken")
    settings = load(tmp_path, START + SERVICE + DOCUMENT, W="https://hooks.example.com/T0")
    assert [target.key for target in settings.targets] == [
        "example-network/privacy-policy",
        "example-network/faq",
    ]
    assert list(settings.channels) == ["mail", "slack"]


def test_two_services_of_one_id_but_other_names_are_a_problem(tmp_path: Path) -> None:
    text = START + SERVICE + DOCUMENT + '[[services]]\nname = "Example-Network"\n' + DOCUMENT
    with pytest.raises(
        ConfigInvalid, match='the service "Example Network" has the id "example-network" as well'
    ):
        load(tmp_path, text)


def test_mail_channel_is_complete_with_its_defaults(tmp_path: Path) -> None:
    mail = load(tmp_path, START).channels["mail"]
    assert isinstance(mail, EmailChannel)
    assert (mail.port, mail.tls, mail.password) == (587, "starttls", None)
    assert (mail.sender_name, mail.sender) == ("Policy Watch", "watch@example.com")
    assert mail.recipients == ("a@example.com", "b@example.com")


@pytest.mark.parametrize(("tls", "port"), [("tls", 465), ("none", 25)])
def test_port_follows_from_the_encryption(tmp_path: Path, tls: str, port: int) -> None:
    mail = load(tmp_path, START.replace('type = "email"', f'type = "email"\ntls = "{tls}"')).channels["mail"]
    assert isinstance(mail, EmailChannel)
    assert mail.port == port


def test_password_over_an_unencrypted_connection_is_refused(tmp_path: Path) -> None:
    text = START.replace('type = "email"', 'type = "email"\ntls = "none"\nusername = "u"\npassword_env = "P"')
    with pytest.raises(ConfigInvalid, match="must not travel unencrypted"):
        load(tmp_path, text, P="canary")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://hooks.example.com/services/canary", None),
        ("http://127.0.0.1:8080/canary", None),
        ("http://localhost/canary", None),
        ("http://[::1]/canary", None),
        ("http://hooks.example.com/canary", "travels unencrypted"),
        ("canary", "no address of a webhook"),
    ],
)
def test_webhook_must_be_an_encrypted_address_and_is_never_shown(
    tmp_path: Path, url: str, reason: str | None
) -> None:
    text = START + '[channels.slack]\ntype = "slack"\nwebhook_url_env = "W"\n'
    if reason:
        with pytest.raises(ConfigInvalid, match=reason) as caught:
            load(tmp_path, text, W=url)
        assert "canary" not in str(caught.value)
        return
    settings = load(tmp_path, text, W=url)
    slack = settings.channels["slack"]
    assert isinstance(slack, SlackChannel)
    assert slack.webhook_url.reveal() == url
    assert [secret.reveal() for secret in settings.secrets] == [url]
    assert "canary" not in f"{settings!r} {slack}"


def test_own_rule_stands_beside_the_shipped_ones(tmp_path: Path) -> None:
    rule = """
[[rules]]
id = "own"
phrases = ["sell your data"]
near = { words = ["train", "AI|model"], within = 5 }
pattern = "gen(erative)? AI"
unless = ["do not sell"]
on = ["added"]
languages = ["en"]
severity = "low"
"""
    *shipped, own = load(tmp_path, START + rule).rules
    assert tuple(shipped) == next(book for book in shipped_rulebooks() if "ai-training" in book.name).rules
    assert (own.id, own.title, own.severity) == ("own", "own", Severity.LOW)
    assert own.near == (Near((("train",), ("AI", "model")), 5),)
    assert (own.on, own.languages) == (frozenset({Direction.ADDED}), frozenset({"en"}))
    assert load(tmp_path, "rulebooks = []\n" + START).rules == ()


def test_route_may_name_a_service_or_its_id(tmp_path: Path) -> None:
    routes = '[[routes]]\nto = ["mail"]\nservices = ["Example Network"]\nseverity = "high"\n'
    routes += '[[routes]]\nto = ["mail"]\nservices = ["example-network"]\n'
    _, by_name, by_id = load(tmp_path, START + SERVICE + DOCUMENT + routes).routes
    assert by_name.services == by_id.services == {"example-network"}
    assert (by_name.severity, by_id.severity) == (Severity.HIGH, Severity.INFO)


def test_route_says_when_it_tells_in_its_own_timezone_or_the_one_above(tmp_path: Path) -> None:
    routes = '[[routes]]\nto = ["mail"]\ndigest = "weekly"\nat = "07:30"\nweekday = "friday"\n'
    routes += '[[routes]]\nto = ["mail"]\ngroup_wait = "5m"\nquiet = "20:00-07:00"\ntimezone = "Asia/Tokyo"\n'
    routes += '[[routes]]\nto = ["mail"]\nrepeat_after = "4h"\n'
    text = START + SERVICE + DOCUMENT + routes
    plain, weekly, gathered, repeated = load(tmp_path, text).routes
    assert (plain.timing, plain.repeat) == (Timing(), None)
    assert weekly.timing == Timing(digest=Digest("weekly", time(7, 30), 4, "Europe/Berlin"))
    assert gathered.timing == Timing(group_wait=300.0, quiet=Quiet(time(20), time(7), "Asia/Tokyo"))
    assert repeated.repeat == Repeat(14_400.0, ("mail",))


def test_unrouted_channel_and_unreached_document_are_warned_of(tmp_path: Path) -> None:
    text = START + 'kinds = ["faq"]\n[channels.slack]\ntype = "slack"\nwebhook_url_env = "W"\n'
    text += SERVICE + DOCUMENT + DOCUMENT.replace("privacy-policy", "faq")
    warnings = [str(warning) for warning in load(tmp_path, text, W="https://hooks.example.com/").warnings]
    assert len(warnings) == 2
    assert warnings[0].endswith(
        'no route leads from "example-network/privacy-policy" to a channel; its changes alert nobody'
    )
    assert warnings[1].endswith("config.toml:13: channels.slack: no route leads to this channel")


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    text = START.replace("[channels", 'ca_file = "ca.pem"\nallow_private = ["10.0.0.0/8"]\n[channels', 1)
    settings = load(tmp_path, text + '[storage]\ndatabase = "~/watch.db"\n')
    assert settings.fetch.ca_file == tmp_path / "ca.pem"
    assert settings.fetch.allow_private == (ip_network("10.0.0.0/8"),)
    assert settings.storage.database == tmp_path / "watch.db"
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigInvalid, match="holds no certificate"):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("environ", "database"),
    [
        (
            {"STATE_DIRECTORY": "/var/lib/policywatch:/other", "HOME": "/h"},
            "/var/lib/policywatch/policywatch.db",
        ),
        ({"XDG_STATE_HOME": "/state", "HOME": "/h"}, "/state/policywatch/policywatch.db"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/policywatch/policywatch.db"),
        ({"HOME": "/h"}, "/h/.local/state/policywatch/policywatch.db"),
    ],
)
def test_without_a_file_the_database_lies_where_the_system_keeps_state(
    environ: dict[str, str], database: str
) -> None:
    settings = default_settings(environ)
    assert settings.storage.database == Path(database)
    assert settings.targets == ()
    assert settings.rules
    assert settings.timezone.key == "UTC"


def test_configuration_is_looked_for_from_the_nearest_place_outwards(tmp_path: Path) -> None:
    here, service = tmp_path / "here", tmp_path / "service"
    for folder in (here, service):
        folder.mkdir()
        (folder / "config.toml").touch()
    environ = {"CONFIGURATION_DIRECTORY": f"{tmp_path}/none:{service}"}
    explicit = tmp_path / "explicit.toml"
    assert find_config(explicit, {"POLICYWATCH_CONFIG": "/x", **environ}, here) == explicit
    assert find_config(None, {"POLICYWATCH_CONFIG": "/x", **environ}, here) == Path("/x")
    assert find_config(None, environ, here) == here / "config.toml"
    assert find_config(None, environ, tmp_path) == service / "config.toml"


def test_address_of_the_dead_mans_switch_is_a_secret_and_its_limits_hold_without_one(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(START + 'kinds = ["faq"]\n[dead_man]\nurl_env = "D"\nevery = "2m"\n')
    settings = load_config(path, {"D": "https://ping.example/canary"})
    assert settings.dead_man.url in settings.secrets
    assert (settings.dead_man.every, settings.dead_man.delivered_within) == (120.0, 14400.0)
    assert "canary" not in repr(settings)
    with pytest.raises(ConfigInvalid, match="https://") as refused:
        load_config(path, {"D": "http://ping.example/canary"})
    assert "canary" not in str(refused.value)
    path.write_text(START + 'kinds = ["faq"]\n[dead_man]\ndelivered_within = "1h"\n')
    found = load_config(path, {}).dead_man
    assert (found.url, found.delivered_within) == (None, 3600.0)


@pytest.mark.parametrize(
    ("written", "kept"), [('"changed"', "changed"), ('"all"', "all"), ('"90d"', timedelta(days=90))]
)
def test_captured_bytes_are_kept_as_long_as_is_written(tmp_path: Path, written: str, kept: object) -> None:
    (tmp_path / "config.toml").write_text(f"[storage]\nkeep = {written}\n")
    assert load_config(tmp_path / "config.toml", {}).storage.keep == kept


def test_no_other_word_says_how_long_captured_bytes_are_kept(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[storage]\nkeep = "0d"\n')
    with pytest.raises(ConfigInvalid, match=r'config\.toml:2: .*a number of days such as "90d"'):
        load_config(tmp_path / "config.toml", {})
