"""Subjects without what piles up in front of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.subject import Shape, base_subject, reply_subject, subject_shape


@pytest.mark.requirement("O2")
@pytest.mark.parametrize(
    ("subject", "base", "shape"),
    [
        ("Re: Re[2]: Отв: заказ", "заказ", "reply"),
        ("Re^3: x", "x", "reply"),
        ("Re (2): x", "x", "reply"),
        ("RE : x", "x", "reply"),
        ("AW: WG: Frage", "Frage", "reply"),
        ("Antw: x", "x", "reply"),
        ("SV: x", "x", "reply"),
        ("Odp: x", "x", "reply"),
        ("YNT: x", "x", "reply"),
        ("RIF: x", "x", "reply"),
        ("R: Ordine", "Ordine", "reply"),
        ("RES: Pedido", "Pedido", "reply"),
        ("Vá: x", "x", "reply"),
        ("Відповідь: x", "x", "reply"),
        ("回复:问题", "问题", "reply"),
        ("答复: 答复: x", "x", "reply"),
        ("返信: x", "x", "reply"),
        ("Trả lời: x", "x", "reply"),
        ("Fwd: Re: x", "x", "forward"),
        ("FW: x", "x", "forward"),
        ("WG: x", "x", "forward"),
        ("TR: Commande", "Commande", "forward"),
        ("RV: Pedido", "Pedido", "forward"),
        ("ENC: Pedido", "Pedido", "forward"),
        ("I: Ordine", "Ordine", "forward"),
        ("VB: x", "x", "forward"),
        ("Doorst: x", "x", "forward"),
        ("PD: x", "x", "forward"),
        ("转发: x", "x", "forward"),
        ("Пересл: x", "x", "forward"),
        ("Redir.: x", "x", "forward"),
        ("İLT: x", "x", "forward"),
        ("[Fwd: hello]", "hello", "forward"),
        ("x (fwd)", "x", "forward"),
        ("VS: x", "x", "either"),
        ("[list] Re: topic", "[list] topic", "reply"),
        ("Re: [list] topic", "[list] topic", "reply"),
        ("Re: [#ABC-123456] x", "x", "reply"),
        ("Order: 5", "Order: 5", "new"),
        ("Notre: x", "Notre: x", "new"),
        ("Ref: 1234", "Ref: 1234", "new"),
        ("Re", "Re", "new"),
        ("I have a question: x", "I have a question: x", "new"),
        ("  many   spaces ", "many spaces", "new"),
        ("Re:Re:Re:", "", "reply"),
        ("", "", "new"),
    ],
)
def test_subject_is_peeled(subject: str, base: str, shape: Shape) -> None:
    assert base_subject(subject) == base
    assert subject_shape(subject) == shape


@pytest.mark.requirement("O2")
def test_answer_has_one_prefix_and_the_token_where_the_channel_uses_it() -> None:
    assert reply_subject("RE: Aw: Re[3]: Frage") == "Re: Frage"
    assert reply_subject("Re: [#ABC-123456] Frage", "#ABC-123456") == "Re: [#ABC-123456] Frage"
    assert reply_subject("") == "Re:"


@given(st.text(max_size=100))
def test_answering_an_answer_changes_nothing(subject: str) -> None:
    once = reply_subject(subject)
    assert reply_subject(once) == once


def test_hostile_subject_costs_little() -> None:
    assert base_subject("Re: " * 40 + "x") == "x"
    assert len(base_subject("[" * 100_000)) <= 4_000
