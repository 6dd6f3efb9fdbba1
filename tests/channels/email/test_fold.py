"""What the writer wrote now is shown, what was said before is folded, and in doubt all is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.fold import Folding, fold_text
from tests.channels.email.languages import ATTRIBUTIONS, BLOCKS

pytestmark = pytest.mark.requirement("I21")

SAID = "Thank you, it came.\n\nMia"
QUOTE = "Hello Mia,\nit is on its way to you.\n"
EVERY_ATTRIBUTION = [
    pytest.param(line, id=f"{language}-{number}")
    for language, lines in ATTRIBUTIONS.items()
    for number, line in enumerate(lines)
]
NOT_ALONE = ("* Ann", "Quoting", "Zitat", "----------")  # believed only where quoted lines follow


def prefixed(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


def fold(text: str, *, is_answer: bool = True, parent: str | None = None) -> Folding:
    return fold_text(text, subject="Re: Your order", is_answer=is_answer, parent_text=parent)


@pytest.mark.parametrize("attribution", EVERY_ATTRIBUTION)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_quote_is_folded_with_what_announces_it(attribution: str, gap: str) -> None:
    assert fold(f"{SAID}\n\n{attribution}{gap}{prefixed(QUOTE)}").visible == SAID


@pytest.mark.parametrize("attribution", EVERY_ATTRIBUTION)
def test_quote_without_prefixes_is_folded_after_a_sure_announcement(attribution: str) -> None:
    if attribution.startswith(NOT_ALONE):
        attribution = f"{attribution}\n\n> {QUOTE}"
    assert fold(f"{SAID}\n\n{attribution}\n\n{QUOTE}").visible.startswith(SAID)
    if not attribution.startswith(NOT_ALONE):
        assert fold(f"{SAID}\n\n{attribution}\n\n{QUOTE}").visible == SAID


@pytest.mark.parametrize(
    "attribution", [one for one in EVERY_ATTRIBUTION if not str(one.values[0]).startswith(NOT_ALONE)]
)
def test_announcement_broken_over_two_lines_is_folded_whole(attribution: str) -> None:
    words = attribution.split(" ")
    broken = " ".join(words[:-2]) + "\n" + " ".join(words[-2:])
    assert fold(f"{SAID}\n\n{broken}\n\n{prefixed(QUOTE)}").visible == SAID


@pytest.mark.parametrize("language", BLOCKS)
@pytest.mark.parametrize(
    "sender", ["Ann <ann@desk.example>", "Ann [mailto:ann@desk.example]", "Ann Archer", "ann@desk.example"]
)
@pytest.mark.parametrize("above", ["", "________________________________\n", "-----Original Message-----\n"])
def test_block_of_fields_begins_the_quote(language: str, sender: str, above: str) -> None:
    from_, sent, to, subject, date = BLOCKS[language]
    block = f"{from_}: {sender}\n{sent}: {date}\n{to}: Mia <mia@ok.example>\n{subject}: Your order\n"
    assert fold(f"{SAID}\n\n{above}{block}\n{QUOTE}").visible == SAID
    bold = block.replace(": ", ":* ").replace("\n", "\n*")
    assert fold(f"{SAID}\n\n{above}*{bold.removesuffix('*')}\n{QUOTE}").visible == SAID


@pytest.mark.parametrize(
    "line",
    [
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "-------- Исходное сообщение --------",
        "-----Message d'origine-----",
        "-----Mensaje original-----",
        "-----Messaggio originale-----",
        "-----Mensagem original-----",
        "-----Oorspronkelijk bericht-----",
        "-----Ursprungligt meddelande-----",
        "-----Oprindelig meddelelse-----",
        "-----Wiadomość oryginalna-----",
        "-----Původní zpráva-----",
        "-----Özgün ileti-----",
        "------------------ 原始邮件 ------------------",
        "-----元のメッセージ-----",
        "-----원본 메시지-----",
        "------------------ Original ------------------",
        "-------- Original-Nachricht --------",
        "----- Message from Ann Archer <ann@desk.example> on Mon, 5 May 2025 14:03 -----",
        "##- Please type your reply above this line -##",
        "=-=-=-= Please reply above this line =-=-=-=",
        "--- Reply above this line to add a comment ---",
        "##### Antworten Sie bitte oberhalb dieser Zeile #####",
        "----- Пожалуйста, пишите ответ выше этой линии -----",
        "From: Ann Archer <ann@desk.example> Sent: Monday, May 5, 2025 2:03 PM To: Mia Subject: Your order",
    ],
)
def test_line_of_a_program_begins_the_quote(line: str) -> None:
    assert fold(f"{SAID}\n\n{line}\n{QUOTE}").visible == SAID


def test_answer_below_a_quote_is_shown_alone() -> None:
    folding = fold(f"On Mon, 5 May 2025 at 14:03, Ann <ann@desk.example> wrote:\n{prefixed(QUOTE)}\n{SAID}\n")
    assert folding.visible == SAID
    assert folding.folded.startswith("On Mon")


def test_answers_between_quotes_are_left_alone_and_what_follows_is_folded() -> None:
    text = "Hi,\n\n> Which colour?\nBlue\n\n> Which size?\nLarge\n\n> Best regards\n> Ann"
    folding = fold(text)
    assert folding.visible == "Hi,\n\n> Which colour?\nBlue\n\n> Which size?\nLarge"
    assert folding.folded == "> Best regards\n> Ann"


def test_text_above_and_below_one_quote_shows_all() -> None:
    text = f"Hello,\n\n{prefixed(QUOTE)}\nThat was wrong, it has not come yet. What now?"
    assert fold(text).folded == ""


@pytest.mark.parametrize(
    "closing",
    [
        "Regards,\nMia",
        "Mit freundlichen Grüßen\nMia Muster\nShop GmbH\nTel. 030 123",
        "С уважением\nМия",
        "Cordialement\nMia",
        "Saludos\nMia",
        "Met vriendelijke groet\nMia",
        "Z poważaniem\nMia",
        "Med vänliga hälsningar\nMia",
        "Mia,\nShop",
    ],
)
def test_greeting_below_a_quote_is_no_answer_to_it(closing: str) -> None:
    text = f"It came.\n\nOn Mon, 5 May 2025 14:03, Ann wrote:\n{prefixed(QUOTE)}\n{closing}"
    assert fold(text).visible == f"It came.\n\n{closing}"


@pytest.mark.parametrize(
    "hint",
    [
        "See my answers below.",
        "Answers inline",
        "Ответы ниже",
        "Meine Antworten unten",
        "Réponses ci-dessous",
        "Odpowiedzi poniżej",
        "Respuestas abajo",
        "Risposte sotto",
        "Antwoorden hieronder",
        "Svar nedan",
        "Відповіді нижче",
        "my comments in red",
        "以下に回答します",
    ],
)
def test_who_says_the_answers_are_below_is_shown_whole(hint: str) -> None:
    text = f"{hint}\n\nOn Mon, 5 May 2025 14:03 Ann <ann@desk.example> wrote:\n\nWhich colour?\nBlue\n"
    assert fold(text).folded == ""


def test_line_broken_by_the_mail_program_belongs_to_the_quote() -> None:
    text = (
        "Yes.\n\n> this is a long quoted line that goes on and on until a program broke\nit in "
        "two\n> and goes on\n"
    )
    assert fold(text).visible == "Yes."
    one_word = (
        "Yes.\n\n> which of the two shall it be, and when do you want to have it here?\nBlue\n> and goes on\n"
    )
    assert "Blue" in fold(one_word).visible


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("It came.\n-- \nMia\nShop Ltd", "It came."),
        ("It came.\n\n--\nMia", "It came."),
        ("It came.\n\n-- \nMia\n\nOn 5 May 2025 14:03, Ann wrote:\n> x\n> y", "It came."),
        ("On 5 May 2025 14:03, Ann wrote:\n> x\n> y\n\nIt came.\n\n-- \nMia", "It came."),
        ("It came.\n\nOn 5 May 2025 14:03, Ann wrote:\n> x\n> y\n\n-- \nMia\nShop", "It came."),
        ("It came.\n\nOn 5 May 2025 14:03, Ann wrote:\n> x\n> y\n\n--\nMia\nShop", "It came."),
        ("It came.\n\nSent from my iPhone", "It came."),
        ("It came.\nGet Outlook for Android<https://aka.example/x>", "It came."),
        ("It came.\n\nОтправлено с iPhone\n\n> x\n> y", "It came."),
        ("It came.\n\nОтправлено из мобильной Почты Mail.ru", "It came."),
        ("It came.\n\nОтправлено из мобильной Яндекс.Почты: http://m.ya.example/ymail", "It came."),
        ("It came.\n\nVon meinem iPhone gesendet", "It came."),
        ("It came.\n\nEnviado desde mi iPhone", "It came."),
        ("It came.\n\nEnvoyé de mon iPhone", "It came."),
        ("It came.\n\nInviato da iPhone", "It came."),
        ("It came.\n\nEnviado do meu iPhone", "It came."),
        ("It came.\n\nWysłane z iPhone'a", "It came."),
        ("It came.\n\nНадіслано з iPhone", "It came."),
        ("It came.\n\niPhone'umdan gönderildi", "It came."),
        ("It came.\n\nVerstuurd vanaf mijn iPhone", "It came."),
        ("It came.\n\nSkickat från min iPhone", "It came."),
        ("It came.\n\nOdesláno z iPhonu", "It came."),
        ("It came.\n\n发自我的iPhone", "It came."),
        ("It came.\n\niPhoneから送信", "It came."),
        ("It came.\n\n나의 iPhone에서 보냄", "It came."),
        ("It came.\n\nSent with Proton Mail secure email.", "It came."),
        (
            "It came.\n_______________________________________________\nshop mailing list\n"
            "shop@lists.example",
            "It came.",
        ),
        ("It came.\n\n__________ Information from ESET NOD32 Antivirus __________", "It came."),
        ("It came.\n\nVirus-free. www.avast.com", "It came."),
        (
            "It came.\n\nOn 5 May 2025 14:03, Ann wrote:\n> x\n> y\n\n________\n"
            "This e-mail and its attachments are confidential and intended for the "
            "addressee.\nIf you are not him, go away.",
            "It came.",
        ),
        ("It came. Regards,\nMia Muster\n+49 30 1234567", "It came. Regards,\nMia Muster\n+49 30 1234567"),
    ],
)
def test_signatures_of_programs_are_folded(text: str, visible: str) -> None:
    assert fold(text).visible == visible


@pytest.mark.parametrize(
    "text",
    [
        "I want to book:\nFrom: Berlin\nTo: Munich\nDate: 5 May 2025 14:03\nThanks",
        "Хочу билет:\nОт: Берлин\nДо: Москва\nДата: 5 мая 2025 14:00\nсколько стоит?",
        "Item A\n--\nItem B\n--\nItem C",
        "On 5 May 2025 I wrote:\n\nPlease cancel my order.\n\nNobody answered.",
        "Ich habe Ihnen am 5. Mai 2025 geschrieben:\nkeine Antwort.",
        "She wrote:\nI will come.\nBut she did not.",
        "Yes please.\nSent by mail yesterday.",
        "Посылка\nОтправлено через почту России вчера",
        "Look at the address above this line. It is wrong.",
        "I wrote it above this line, in the second field of the form that you sent me on "
        "Monday, and now it is gone.",
        "Hello\nUnsubscribe",
        "My computer is fine.\nI use Avast since 2020",
        "Here is what I see:\n> error 1\n> error 2",
        "I need\n> 5 pieces",
        "From: Max <max@x.example>\nSubject: Question\n\nMessage Body:\nHello there",
        "My questions:\n\nwhere is it?\nwhen?",
        "Dear Ann,\n\nDate: 5 May\nTime: 14:00\nSubject: dentist\n\nOK?",
        "I see this:\n\n-----\nError 5\n-----\n\nwhat now?",
        "Sent from my heart",
        "Sent from my iPhone because my computer is broken, and I cannot print the label. "
        "What shall I do with it?",
        "mail me at max@x.example at 14:00 on 5 May 2025:\nthat is best",
        "Steps:\n1. open\n2. close\n-- \n"
        + "\n".join(f"line {number} of the story goes on" for number in range(30)),
    ],
)
def test_what_the_customer_wrote_is_never_folded(text: str) -> None:
    assert fold(text, is_answer=False).folded == ""


@pytest.mark.parametrize(
    "text", ["> Hello\n> there", "-- \nMia", "Sent from my iPhone", "", "\n\n", f"\n\n{prefixed(QUOTE)}"]
)
def test_letter_that_would_be_empty_is_shown_whole(text: str) -> None:
    folding = fold(text)
    assert folding.folded == ""
    assert folding.visible == text.strip("\n")


def test_our_message_is_known_without_any_sign() -> None:
    parent = "Dear Mia,\nyour parcel is on its way to you.\nIt will arrive tomorrow.\nAnn"
    assert fold(f"Thanks a lot.\n\n{parent}\n", parent=parent).visible == "Thanks a lot."
    assert fold(f"Thanks a lot.\n\n{parent}\n", is_answer=False).folded == ""


def test_answer_among_our_lines_is_shown_wherever_it_stands() -> None:
    parent = "Dear Mia,\nyour parcel is on its way to you.\nIt will arrive tomorrow at noon.\nAnn"
    block = "From: Ann <ann@desk.example>\nSent: Monday, May 5, 2025 2:03 PM\nTo: Mia\nSubject: RE: x\n"
    text = (
        f"Remarks.\n\n{block}\nDear Mia,\nyour parcel is on its way to you.\nBut where?\nIt will "
        f"arrive tomorrow at noon.\nAnn"
    )
    assert "But where?" not in fold(text).visible
    assert "But where?" in fold(text, parent=parent).visible


def test_customer_who_repeats_a_sentence_of_ours_is_shown() -> None:
    parent = (
        "Dear Mia,\nyour parcel is on its way to you.\nIt will arrive tomorrow.\nBest regards "
        "from the shop\nAnn"
    )
    text = "You wrote:\nyour parcel is on its way to you.\nThat is not true."
    assert fold(text, parent=parent).folded == ""


def test_offset_is_where_the_last_fold_begins() -> None:
    text = f"It came.\n\n{prefixed('x')}{prefixed('y')}".rstrip("\n")
    assert text[fold(text).offset :].lstrip("\n") == "> x\n> y"
    assert fold("It came.").offset == len("It came.") + 1


@given(
    st.lists(
        st.sampled_from(
            [
                "",
                "text",
                "> quoted",
                ">> deep",
                "On Mon, 5 May 2025 14:03 Ann <a@d.example> wrote:",
                "-- ",
                "--",
                "From: Ann <a@d.example>",
                "Sent: Monday, May 5, 2025 2:03 PM",
                "To: Mia",
                "Subject: x",
                "-----Original Message-----",
                "Sent from my iPhone",
                "____________",
                "---------- Forwarded message ---------",
                "x mailing list",
                "Regards,",
                "a:",
                "Max wrote:",
                "😀",
                "see below",
                "## -",
                "\u202e",
                "From:",
            ]
        ),
        max_size=20,
    )
)
def test_shown_and_folded_together_are_the_letter(lines: list[str]) -> None:
    text = "\n".join(lines)
    for parent in (None, "text\nquoted\ntext that is longer than a few words"):
        folding = fold(text, parent=parent)
        assert folding.lines == tuple(text.split("\n"))
        shown = [line.rstrip() for line in folding.visible.split("\n") if line.strip()]
        folded = [line.rstrip() for line in folding.folded.split("\n") if line.strip()]
        assert sorted(shown + folded) == sorted(line.rstrip() for line in lines if line.strip())
        assert shown or not folded


@given(st.text(max_size=400), st.text(max_size=60))
def test_any_text_folds(text: str, parent: str) -> None:
    folding = fold(text, parent=parent)
    assert "\n".join(folding.lines) == text
