from __future__ import annotations

from datetime import date

import pytest

from monitor.extract.dates import own_dates

JUNE = date(2024, 6, 5)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Last updated: June 5, 2024", "en"),
        ("Last Modified on 5 June 2024.", "en"),
        ("This policy was last revised on 2024-06-05", "en"),
        ("Date of last revision: Jun. 5th, 2024", "en"),
        ("LAST UPDATED 5th of June 2024", None),
        ("Stand: 5. Juni 2024", "de"),
        ("Zuletzt aktualisiert am 05.06.2024", "de"),
        ("Dernière mise à jour : le 5 juin 2024", "fr"),
        ("Última actualización: 5 de junio de 2024", "es"),
        ("Ultimo aggiornamento: 5 giugno 2024", "it"),
        ("Laatst bijgewerkt op 5 juni 2024", "nl"),
        ("Última atualização: 5 de junho de 2024", "pt"),
        ("Dernière mise à jour : 05/06/2024", "fr"),
    ],
)
def test_stated_date_is_read_in_seven_languages(text: str, language: str | None) -> None:
    assert own_dates([text], language) == (JUNE, None)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Effective June 5, 2024", "en"),
        ("Effective date: June 5, 2024", "en"),
        ("These terms come into force on 5 June 2024.", "en"),
        ("Gültig ab 5. Juni 2024", "de"),
        ("Date d’entrée en vigueur : 5 juin 2024", "fr"),
        ("Vigente desde el 5 de junio de 2024", "es"),
        ("In vigore dal 5 giugno 2024", "it"),
        ("Ingangsdatum: 5 juni 2024", "nl"),
        ("Em vigor a partir de 5 de junho de 2024", "pt"),
    ],
)
def test_effective_date_is_read_in_seven_languages(text: str, language: str) -> None:
    assert own_dates([text], language) == (None, JUNE)


def test_label_and_date_may_stand_in_two_blocks() -> None:
    assert own_dates(["Privacy Policy", "Last updated", "June 5, 2024", "We care."], "en") == (JUNE, None)


@pytest.mark.parametrize(
    "text",
    [
        "Last updated: 03/04/2024",
        "Last updated: 31 February 2024",
        "Last updated: June 2024",
        "We may have this policy updated from time to time.",
        "The law of June 5, 2024 applies.",
        "Last updated by the team that Acme founded on June 5, 2024",
    ],
)
def test_date_in_doubt_is_none(text: str) -> None:
    assert own_dates([text], "en") == (None, None)


def test_day_above_twelve_settles_the_order() -> None:
    assert own_dates(["Last updated: 13/04/2024"], "en")[0] == date(2024, 4, 13)
    assert own_dates(["Last updated: 04/13/2024"], None)[0] == date(2024, 4, 13)
