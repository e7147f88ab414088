"""The kinds of values that a configuration holds, each with its check; people read what a check says."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from ipaddress import ip_address, ip_network
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, StrictStr
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from monitor.cadence import check_cron, parse_interval, parse_pause
from monitor.config.places import suggestion
from monitor.keys import is_key, is_key_part
from monitor.urls import check_url
from storage.records import Keep

# What browsers take for an address: https://html.spec.whatwg.org/#valid-e-mail-address
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_DAYS = re.compile(r"([1-9]\d{0,4})d")
_WORDS: dict[str, Keep] = {"changed": "changed", "all": "all"}
_REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,30}")
_LOCAL_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_SLACK_PLACE = re.compile(r"[A-Z0-9]{2,30}|#[^\W_][\w-]{0,79}")
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\]")
_LAST_PORT = 65_535
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
_OUR_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "if-modified-since", "if-none-match",
     "keep-alive", "range", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"}
)  # fmt: skip


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    if not value.isprintable() or len(value) > 500:
        raise ValueError("must be one line of at most 500 printable characters")
    return value


def _by(check: Callable[[str], str | None]) -> AfterValidator:
    """A validator out of a function that says what is wrong."""

    def validate(value: str) -> str:
        problem = check(value)
        if problem:
            raise ValueError(problem)
        return value

    return AfterValidator(validate)


def _slack_place(value: str) -> str | None:
    # Slack's ids are of capitals and digits; names have no space and end at 80 characters.
    return None if _SLACK_PLACE.fullmatch(value) else 'name a Slack channel as "C0123456789" or "#privacy"'


def _public_url(value: str) -> str | None:
    if problem := check_url(value):
        return problem
    return "must end before any ? or #" if "?" in value or "#" in value else None


def _interval(value: str) -> str:
    parse_interval(value)
    return value


def parse_keep(text: str) -> Keep:
    """Which captured bytes are kept: "changed", "all", or those of so many days, such as "90d".

    Raises:
        ValueError: it is none of these.
    """
    if text in _WORDS:
        return _WORDS[text]
    days = _DAYS.fullmatch(text)
    if days is None:
        raise ValueError('must be "changed", "all" or a number of days such as "90d"')
    return timedelta(days=int(days[1]))


def _retention(value: str) -> str:
    parse_keep(value)
    return value


def _pause(value: str) -> str:
    parse_pause(value)
    return value


def _timezone(name: str) -> str | None:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        hint = suggestion(name, available_timezones())
        return f'unknown timezone "{name}"{hint or "; it is named as in Europe/Berlin"}'
    return None


def _local_time(value: str) -> str:
    parse_local_time(value)
    return value


def parse_local_time(text: str) -> time:
    """The time of `08:00`.

    Raises:
        ValueError: it is none.
    """
    if _LOCAL_TIME.fullmatch(text) is None:
        raise ValueError('not a time of the day such as "08:00"')
    return time.fromisoformat(text)


def _hours(value: str) -> str:
    parse_hours(value)
    return value


def parse_hours(text: str) -> tuple[time, time]:
    """Beginning and end of `20:00-07:00`.

    Raises:
        ValueError: they are no times, or are the same.
    """
    begin, dash, end = text.partition("-")
    if not dash or not _LOCAL_TIME.fullmatch(begin) or not _LOCAL_TIME.fullmatch(end) or begin == end:
        raise ValueError('not hours such as "20:00-07:00"')
    return time.fromisoformat(begin), time.fromisoformat(end)


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError(f'not a network such as "10.0.0.0/8": {error}') from None
    return value


def _selector(selector: str) -> str | None:
    try:
        LexborHTMLParser("").css(selector)
    except (SelectolaxError, ValueError):
        return "not a CSS selector that can be read"
    return None


def _header_name(name: str) -> str | None:
    if not _HEADER_NAME.fullmatch(name):
        return "not the name of a header"
    if name.lower() in _CREDENTIAL_HEADERS:
        return f'"{name}" would carry a secret; only pages that need no login can be watched'
    if name.lower() in _OUR_HEADERS:
        return f'"{name}" is set by policywatch itself'
    return None


def _header_value(value: str) -> str | None:
    return None if value.isascii() and value.isprintable() else "must be printable ASCII characters on one line"


def _key(key: str) -> str | None:
    return None if is_key(key) else 'must look like "service/kind" or "service/kind/variant"' + _LETTERS


def _name(name: str) -> str | None:
    return None if is_key_part(name) else "must consist" + _LETTERS.removeprefix(",")


_LETTERS = ", of lower-case letters a to z, digits and single hyphens in between"


def _language(language: str) -> str | None:
    return None if _LANGUAGE.fullmatch(language) else 'must be a language code of ISO 639, such as "de"'


def _region(region: str) -> str | None:
    return None if _REGION.fullmatch(region) else 'must be letters, digits and hyphens, such as "EU" or "US-CA"'


def is_mail_address(address: str) -> bool:
    return _MAIL_ADDRESS.fullmatch(address) is not None


def _mail_address(address: str) -> str | None:
    return None if is_mail_address(address) else "not an e-mail address"


def split_sender(sender: str) -> tuple[str, str]:
    """The name (which may be empty) and the address of `Name <address>` or of a bare address."""
    name, _, address = sender.removesuffix(">").rpartition("<") if sender.endswith(">") else ("", "", sender)
    return name.strip(' "'), address.strip()


def _sender(sender: str) -> str | None:
    if not sender.isprintable() or _mail_address(split_sender(sender)[1]):
        return 'not a sender such as "watch@example.com" or "Policy Watch <watch@example.com>"'
    return None


def _contact(contact: str) -> str | None:
    if _mail_address(contact) is None or (check_url(contact) is None and contact.isascii()):
        return None
    return "must be an e-mail address or the address of a web page"


def _database(path: str) -> str | None:
    return "must be the path of a file, not a URL" if "://" in path else None


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _listen(value: str) -> str | None:
    try:
        parse_listen(value)
    except ValueError as error:
        return str(error)
    return None


def parse_listen(value: str) -> tuple[str, int]:
    """`127.0.0.1:8470` or `[::1]:8470` as host and port.

    Raises:
        ValueError: it is no address of this machine with a port.
    """
    host, colon, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not port.isdecimal() or int(port) > _LAST_PORT:
        raise ValueError('must be an address and a port, such as "127.0.0.1:8470"')
    try:
        return str(ip_address(host)), int(port)
    except ValueError:
        raise ValueError('must begin with the number of an address, such as "127.0.0.1" or "[::1]"') from None


def _host(value: str) -> str | None:
    return None if _HOST.fullmatch(value) else 'must be a host alone, such as "policies.example.com"'


def _request_header(value: str) -> str | None:
    return None if _HEADER_NAME.fullmatch(value) else "not the name of a header"


Text = Annotated[StrictStr, AfterValidator(_text)]
Boolean = StrictBool
Url = Annotated[StrictStr, _by(check_url)]
Interval = Annotated[StrictStr, AfterValidator(_interval)]
Retention = Annotated[StrictStr, AfterValidator(_retention)]
Pause = Annotated[StrictStr, AfterValidator(_pause)]
CronExpression = Annotated[StrictStr, _by(check_cron)]
Timezone = Annotated[StrictStr, _by(_timezone)]
LocalTime = Annotated[StrictStr, AfterValidator(_local_time)]
Hours = Annotated[StrictStr, AfterValidator(_hours)]
Network = Annotated[StrictStr, AfterValidator(_network)]
Selector = Annotated[Text, _by(_selector)]
Selectors = Annotated[tuple[Selector, ...], BeforeValidator(_as_list)]
Headers = dict[Annotated[StrictStr, _by(_header_name)], Annotated[StrictStr, _by(_header_value)]]
Key = Annotated[StrictStr, _by(_key)]
Name = Annotated[StrictStr, _by(_name)]
Language = Annotated[StrictStr, _by(_language)]
Region = Annotated[StrictStr, _by(_region)]
MailAddress = Annotated[StrictStr, _by(_mail_address)]
Sender = Annotated[StrictStr, _by(_sender)]
SlackPlace = Annotated[StrictStr, _by(_slack_place)]
PublicUrl = Annotated[StrictStr, _by(_public_url)]
Contact = Annotated[Text, _by(_contact)]
DatabasePath = Annotated[Text, _by(_database)]
ListenAddress = Annotated[StrictStr, _by(_listen)]
HostName = Annotated[StrictStr, _by(_host)]
RequestHeader = Annotated[StrictStr, _by(_request_header)]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = StrictInt
