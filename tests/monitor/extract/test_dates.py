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
        ("Last updated: Wednesday, June 5, 2024", "en"),
        ("Last Updated - 5 Jun 2024", "en"),
        ("Version dated June 5, 2024", "en"),
        ("Revised 05-Jun-2024", "en"),
        ("Last updated on the 5th day of June, 2024", "en"),
        ("Aktualisiert am Mittwoch, dem 5. Juni 2024", "de"),
        ("Fassung vom 05.06.2024", "de"),
        ("Stand 5.6.2024", "de"),
        ("Mis à jour le mercredi 5 juin 2024", "fr"),
        ("Date de la dernière modification : 5 juin 2024", "fr"),
        ("Version du 5 juin 2024", "fr"),
        ("Actualizado el 5 de junio del 2024", "es"),
        ("Fecha de la última revisión: 05/06/2024", "es"),
        ("Aggiornato al 5 giugno 2024", "it"),
        ("Data dell'ultima modifica: mercoledì 5 giugno 2024", "it"),
        ("Versie van 5 juni 2024", "nl"),
        ("Laatste wijziging: 05-06-2024", "nl"),
        ("Atualizada em 5 de junho de 2024", "pt"),
        ("Data da última alteração: quarta-feira, 5 de junho de 2024", "pt"),
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
        ("This policy takes effect on June 5, 2024", "en"),
        ("Valid from 5 June 2024", "en"),
        ("Diese Fassung tritt am 5. Juni 2024 in Kraft.", "de"),
        ("Gilt ab dem 05.06.2024", "de"),
        ("Inkrafttreten: 5. Juni 2024", "de"),
        ("Cette politique prend effet le 5 juin 2024.", "fr"),
        ("En vigueur à compter du 5 juin 2024", "fr"),
        ("Fecha de entrada en vigor: 5 de junio de 2024", "es"),
        ("Válido a partir del 5 de junio de 2024", "es"),
        ("Data di entrata in vigore: 5 giugno 2024", "it"),
        ("Efficace dal 5 giugno 2024", "it"),
        ("Deze voorwaarden treden in werking op 5 juni 2024.", "nl"),
        ("Van kracht vanaf 5 juni 2024", "nl"),
        ("Data de vigência: 5 de junho de 2024", "pt"),
        ("Entra em vigor em 05/06/2024", "pt"),
    ],
)
def test_effective_date_is_read_in_seven_languages(text: str, language: str) -> None:
    assert own_dates([text], language) == (None, JUNE)


MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
SHORT = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "de": "Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "fr": "janv févr mars avr mai juin juil août sept oct nov déc",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "it": "gen feb mar apr mag giu lug ago set ott nov dic",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}
LABELS = {
    "en": ("Last updated:", "1st"), "de": ("Stand:", "1."), "fr": ("Dernière mise à jour :", "1er"),
    "es": ("Última actualización:", "1.º de"), "it": ("Ultimo aggiornamento:", "1º"),
    "pt": ("Última atualização:", "1º de"), "nl": ("Laatst bijgewerkt:", "1e"),
}  # fmt: skip


@pytest.mark.parametrize("names", [MONTHS, SHORT], ids=["whole", "short"])
@pytest.mark.parametrize("language", MONTHS)
def test_every_month_is_read_behind_an_ordinal_number(names: dict[str, str], language: str) -> None:
    label, first = LABELS[language]
    for number, name in enumerate(names[language].split(), start=1):
        for month in (name, f"{name}.", name.upper()):
            assert own_dates([f"{label} {first} {month} 2024"], language) == (date(2024, number, 1), None), (
                month
            )


def test_one_date_may_be_both() -> None:
    assert own_dates(["Last updated and effective: June 5, 2024"], "en") == (JUNE, JUNE)
    assert own_dates(["Stand und gültig ab: 5. Juni 2024"], "de") == (JUNE, JUNE)


def test_date_that_is_in_doubt_is_passed_over_for_one_that_is_not() -> None:
    assert own_dates(["Last updated: 05/06/2024", "Last updated: 5 June 2024"], "en") == (JUNE, None)


@pytest.mark.parametrize("written", ["05/06/2024", "05-06-2024", "05.06.2024"])
def test_order_of_numbers_is_that_of_the_language_and_never_guessed_in_english(written: str) -> None:
    for language in ("de", "fr", "es", "it", "pt", "nl"):
        assert own_dates([f"Last updated: {written}"], language)[0] == JUNE
    assert own_dates([f"Última actualización: {written}"], None)[0] == JUNE
    assert own_dates([f"Last updated: {written}"], "en")[0] is None
    assert own_dates([f"Last updated: {written}"], None)[0] is None


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
        "Last updated: 03-04-2024",
        "Last updated: 03.04.2024",
        "Last updated: 13/13/2024",
        "This replaces the previous version of June 5, 2024",
        "Last updated by the team that Acme founded on June 5, 2024",
    ],
)
def test_date_in_doubt_is_none(text: str) -> None:
    assert own_dates([text], "en") == (None, None)


def test_day_above_twelve_settles_the_order() -> None:
    assert own_dates(["Last updated: 13/04/2024"], "en")[0] == date(2024, 4, 13)
    assert own_dates(["Last updated: 04/13/2024"], None)[0] == date(2024, 4, 13)
    assert own_dates(["Last updated: 04.13.2024"], "en")[0] == date(2024, 4, 13)
