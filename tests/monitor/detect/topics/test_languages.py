"""Documents in other languages than English are read with the book of the language that they are in."""

from __future__ import annotations

import pytest

from monitor.assess import assess
from monitor.detect.topics.table import shipped_books
from monitor.extract.model import Extraction
from monitor.extract.read import extract_markdown

AROUND = {
    "de": "# Datenschutz\n\nDiese Erklärung sagt, wie wir mit den Daten von Personen umgehen, die unsere Dienste nutzen."
    " Wir erheben Daten, die Sie uns geben, und solche, die bei der Nutzung der Dienste entstehen."
    "\n\n{}\n\nSie können uns schreiben, wenn Sie Fragen zu dieser Erklärung oder zu Ihren Rechten haben.",
    "fr": "# Confidentialité\n\nCette page dit comment nous traitons les informations des personnes qui utilisent nos services."
    " Nous recueillons les informations que vous nous donnez et celles qui naissent de l'usage des services."
    "\n\n{}\n\nVous pouvez nous écrire pour toute question sur cette page ou sur vos droits.",
    "es": "# Privacidad\n\nEsta página dice cómo tratamos la información de las personas que usan los servicios."
    " Recogemos la información que usted nos da y la que se genera con el uso de los servicios."
    "\n\n{}\n\nPuede escribirnos si tiene preguntas sobre esta página o sobre sus derechos.",
    "it": "# Privacy\n\nQuesta pagina dice come trattiamo le informazioni delle persone che usano i servizi."
    " Raccogliamo le informazioni che ci dai e quelle che nascono con l'uso dei servizi."
    "\n\n{}\n\nPuoi scriverci per domande su questa pagina o sui diritti che hai con questi servizi.",
    "pt": "# Privacidade\n\nEsta página diz como tratamos as informações das pessoas que usam os serviços."
    " Recolhemos as informações que você nos dá e as que se geram com o uso dos serviços."
    "\n\n{}\n\nVocê pode nos escrever com perguntas sobre esta página ou sobre os seus direitos.",
    "nl": "# Privacy\n\nDeze pagina zegt hoe wij omgaan met de gegevens van mensen die onze diensten gebruiken."
    " Wij verzamelen de gegevens die u ons geeft en die bij het gebruik van de diensten ontstaan."
    "\n\n{}\n\nU kunt ons schrijven als u vragen hebt over deze pagina of over uw rechten.",
}

# Written after the books, in other words than their examples.
EDITS = [
    ("de", "", "Wir können öffentlich zugängliche Informationen heranziehen, um große Sprachmodelle weiterzuentwickeln.", "introduces"),
    ("de", "Deine Chats nutzen wir niemals für das Training unserer KI.", "", "expands"),
    ("de", "## Werden meine Daten zum Training von KI verwendet?\n\nNein.", "## Werden meine Daten zum Training von KI verwendet?\n\nJa, sofern du nicht widersprichst.", "expands"),
    ("de", "Wir trainieren unsere KI mit deinen Fotos.", "Wir trainieren unsere KI mit deinen Fotos, auch wenn du sie bereits vor dieser Änderung hochgeladen hast.", "expands"),
    ("de", "", "Nutzer dürfen die Plattform nicht auslesen, um damit Algorithmen zu trainieren.", "prohibits-user"),
    ("de", "", "Unsere Fahrer werden im Umgang mit der App trainiert.", "silent"),
    ("fr", "", "Les photos que vous publiez nous servent à entraîner des systèmes d'intelligence artificielle.", "introduces"),
    ("fr", "Jamais nous n'utiliserons vos courriels pour l'entraînement de notre IA.", "", "expands"),
    ("fr", "## Mes données servent-elles à entraîner l'IA ?\n\nNon.", "## Mes données servent-elles à entraîner l'IA ?\n\nOui, sauf si vous vous y opposez.", "expands"),
    ("fr", "Nous entraînons notre IA avec vos photos.", "Nous entraînons notre IA avec vos photos, quelle que soit la date de leur publication.", "expands"),
    ("fr", "", "Les utilisateurs ne doivent pas exploiter la plateforme pour entraîner un algorithme.", "prohibits-user"),
    ("fr", "", "Un retard peut entraîner des frais supplémentaires.", "silent"),
    ("es", "", "Las fotos que publica nos sirven para entrenar sistemas de inteligencia artificial.", "introduces"),
    ("es", "Jamás utilizaremos tus correos para el entrenamiento de nuestra IA.", "", "expands"),
    ("es", "## ¿Se usan mis datos para entrenar IA?\n\nNo.", "## ¿Se usan mis datos para entrenar IA?\n\nSí, salvo que usted se oponga.", "expands"),
    ("es", "Entrenamos nuestra IA con sus fotos.", "Entrenamos nuestra IA con sus fotos, independientemente de cuándo las publicó.", "expands"),
    ("es", "", "Los usuarios no deben rastrear la plataforma para entrenar un algoritmo.", "prohibits-user"),
    ("es", "", "El personal asiste a un entrenamiento sobre seguridad.", "silent"),
    ("it", "", "Le foto che pubblichi ci servono per addestrare sistemi di intelligenza artificiale.", "introduces"),
    ("it", "Non useremo mai le tue email per l'addestramento della nostra IA.", "", "expands"),
    ("it", "## I miei dati servono ad addestrare l'IA?\n\nNo.", "## I miei dati servono ad addestrare l'IA?\n\nSì, salvo opposizione.", "expands"),
    ("it", "Addestriamo la nostra IA con le tue foto.", "Addestriamo la nostra IA con le tue foto, indipendentemente da quando le hai pubblicate.", "expands"),
    ("it", "", "Gli utenti non devono usare la piattaforma per addestrare un algoritmo.", "prohibits-user"),
    ("it", "", "Il personale segue un addestramento sulla sicurezza.", "silent"),
    ("pt", "", "As fotos que você publica nos servem para treinar sistemas de inteligência artificial.", "introduces"),
    ("pt", "Nunca usaremos seus e-mails para o treinamento da nossa IA.", "", "expands"),
    ("pt", "## Meus dados são usados para treinar IA?\n\nNão.", "## Meus dados são usados para treinar IA?\n\nSim, a menos que você se oponha.", "expands"),
    ("pt", "Treinamos nossa IA com suas fotos.", "Treinamos nossa IA com suas fotos, independentemente de quando as publicou.", "expands"),
    ("pt", "", "Os usuários não devem usar a plataforma para treinar um algoritmo.", "prohibits-user"),
    ("pt", "", "O pessoal participa de um treinamento sobre segurança.", "silent"),
    ("nl", "", "De foto's die je plaatst, dienen ons om systemen voor kunstmatige intelligentie te trainen.", "introduces"),
    ("nl", "Nooit gebruiken wij uw e-mails voor de training van onze AI.", "", "expands"),
    ("nl", "## Worden mijn gegevens gebruikt om AI te trainen?\n\nNee.", "## Worden mijn gegevens gebruikt om AI te trainen?\n\nJa, tenzij u bezwaar maakt.", "expands"),
    ("nl", "Wij trainen onze AI met uw foto's.", "Wij trainen onze AI met uw foto's, ongeacht wanneer u ze hebt geplaatst.", "expands"),
    ("nl", "", "Gebruikers mogen het platform niet scrapen om een algoritme te trainen.", "prohibits-user"),
    ("nl", "", "Het personeel volgt een training over veiligheid.", "silent"),
]  # fmt: skip


def text(language: str, clause: str) -> Extraction:
    return extract_markdown(AROUND[language].format(clause))


def called(language: str, before: str, after: str, declared: str | None) -> str:
    found = assess(text(language, before), text(language, after), (), shipped_books(), declared).findings
    return next((each.effect for each in found if each.topic == "ai-training"), "silent")


@pytest.mark.parametrize(("language", "before", "after", "effect"), EDITS)
def test_edit_in_a_document_of_this_language_has_its_effect(
    language: str, before: str, after: str, effect: str
) -> None:
    assert called(language, before, after, None) == effect


@pytest.mark.parametrize("language", AROUND)
def test_text_tells_its_language_whatever_the_page_declares(language: str) -> None:
    edit = next(each for each in EDITS if each[0] == language)
    assert called(*edit[:3], "en") == edit[3]


def test_book_reads_no_document_in_another_language() -> None:
    assert called("de", "", "We may use your posts to train our AI models.", None) == "silent"


@pytest.mark.parametrize("language", [each for each in AROUND if each != "de"])
def test_page_that_comes_in_another_language_is_no_change(language: str) -> None:
    trains = next(each[2] for each in EDITS if each[0] == language)
    found = assess(text("de", ""), text(language, trains), (), shipped_books(), "de")
    assert (found.held is not None and "another language" in found.held, found.findings) == (True, ())
