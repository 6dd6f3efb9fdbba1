"""What every catalogue keeps: the number in each plural form, one word for each thing, and in Spanish one
way to address each reader. The words are settled in docs/glossary.md.

The team is `tú` in everything an agent sees or is sent; people outside are `usted` in the chat, on forms and
on the page of a file. A text that both read addresses nobody. Whoever adds a place for people outside, or a
verb the lists lack, adds it here.
"""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

CATALOGUES = sorted((Path(__file__).parent.parent / "translations").glob("*/LC_MESSAGES/messages.po"))
PLACE = re.compile(r"\{\w+\}|%\(\w+\)[sd]")

OUTSIDE = (
    "app/form_page.py",
    "app/form_post.py",
    "app/views/settings/embeds.py",
    "app/views/visitor_files.py",
    "app/views/webchat.py",
    "app/views/webform.py",
    "app/visitor_door.py",
    "app/visitor_json.py",
    "channels/webchat/transcript.py",
    "channels/webchat/uploads.py",
    "channels/webform/answers.py",
    "frontend/src/widget/",
    "templates/fetching/",
    "templates/webchat/",
    "templates/webform/",
)
BOTH = ("app/faults.py", "app/guard.py", "core/errors.py")
# Words a language does without, because it has another for the thing.
AVOIDED = {
    "en": (
        r"letters?\b(?! are|, digits)|clients?\b(?! ID| secret)|log (?:in|out)|logged"
        r"|demonstration|thrown? away"
    ),
    "es": r"cartas?|colegas?|órdenes|demostraci[oó]n",
    "ru": r"демонстраци\w*|тикет\w*",
}
# What is asked of somebody: as tú, as usted.
ASKED = """
abre abra, activa active, actualiza actualice, adjunta adjunte, añade añada, borra borre, busca busque,
cambia cambie, carga cargue, comprueba compruebe, conecta conecte, confirma confirme, copia copie,
corrige corrija, crea cree, deja deje, desactiva desactive, descarga descargue, desconecta desconecte,
detén detenga, elige elija, empieza empiece, entra entre, envía envíe, escribe escriba, espera espere,
firma firme, guarda guarde, haz haga, indica indique, inicia inicie, intenta intente, introduce introduzca,
invita invite, lee lea, llama llame, marca marque, mira mire, omite omita, pega pegue, permite permita,
pide pida, pon ponga, prueba pruebe, publica publique, pulsa pulse, quita quite, recarga recargue,
recoge recoja, rellena rellene, responde responda, revisa revise, selecciona seleccione, suelta suelte,
usa use, vacía vacíe, vuelve vuelva
"""
TU = (
    r"tú|tus?|ti|te|contigo|tuy[oa]s?|puedes|quieres|tienes|eres|has|estás|podrás|necesitas"
    r"|\w{3,}aste|\w{3,}iste"
)
USTED = r"usted(es)?"
# Words that end like "you did" and are none.
OTHER = r"existe|consiste|contraste|insiste|coste"
BEFORE = r"(?:^|[.:;!?»(]\s|[¿¡]|,\s|\b(?:y|e|o|pero|luego|mejor)\s)"
CLITIC = r"(?:me|te|se|nos)?(?:lo|la|los|las|le|les)?"


def addressed(text: str, pronouns: str, which: int) -> list[str]:
    """The words of a text that address somebody as tú (0) or usted (1)."""
    asked = [bare(pair.split()[which]) for pair in ASKED.replace("\n", " ").split(",")]
    words = [word for word in re.findall(r"\w+", text) if re.fullmatch(pronouns, word, re.IGNORECASE)]
    words = [word for word in words if not re.fullmatch(OTHER, word, re.IGNORECASE)]
    imperative = re.compile(rf"{BEFORE}((?:{'|'.join(asked)}){CLITIC})\b", re.IGNORECASE)
    return words + imperative.findall(bare(text))


def bare(text: str) -> str:
    """Without accents, which come and go as a pronoun is put behind."""
    signs = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", re.sub("(?<=[aeiou])\u0301", "", signs, flags=re.IGNORECASE))


def messages(path: Path) -> Iterator[Message]:
    with path.open("rb") as file:
        yield from (message for message in read_po(file, locale=path.parts[-3]) if message.id)


def forms(words: object) -> tuple[str, ...]:
    return tuple(words) if isinstance(words, (list, tuple)) else (str(words),)


def spanish() -> Iterator[tuple[bool, bool, str]]:
    """Each Spanish text: whether the team reads it, whether people outside do."""
    for message in messages(next(path for path in CATALOGUES if path.parts[-3] == "es")):
        places = {place for place, _line in message.locations}
        for text in forms(message.string):
            outside = any(place.startswith(OUTSIDE + BOTH) for place in places)
            yield not all(place.startswith(OUTSIDE) for place in places), outside, text


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_plural_form_says_its_number(path: Path) -> None:
    several = [message for message in messages(path) if message.pluralizable]
    assert several
    for message in several:
        wanted = set(PLACE.findall(message.id[1]))
        assert wanted
        assert all(set(PLACE.findall(form)) == wanted for form in (*message.id, *forms(message.string))), (
            message
        )


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_thing_has_one_word(path: Path) -> None:
    avoided = re.compile(rf"\b(?:{AVOIDED[path.parts[-3]]})\b", re.IGNORECASE)
    said = [form for message in messages(path) for form in forms(message.string)]
    assert [form for form in said if avoided.search(form)] == []


def test_the_team_is_addressed_as_tu() -> None:
    assert [text for team, _outside, text in spanish() if team and addressed(text, USTED, 1)] == []


def test_people_outside_are_addressed_as_usted() -> None:
    assert [text for _team, outside, text in spanish() if outside and addressed(text, TU, 0)] == []


@pytest.mark.parametrize(
    ("tu", "usted"),
    [
        ("Compruébala.", "Compruébela."),
        ("Copia el token y guárdalo.", "Copie el token y guárdelo."),
        ("Se cortó. Inténtalo de nuevo.", "Se cortó. Inténtelo de nuevo."),
        ("Lo que escribiste sigue aquí.", "Lo que usted escribió sigue aquí."),
        ("No cierres: pon tu nombre.", "No cierre: ponga su nombre."),
    ],
)
def test_both_ways_to_address_somebody_are_told_apart(tu: str, usted: str) -> None:
    assert addressed(tu, TU, 0)
    assert not addressed(tu, USTED, 1)
    assert addressed(usted, USTED, 1)
    assert not addressed(usted, TU, 0)
