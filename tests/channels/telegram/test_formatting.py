"""Marks travel beside the text: from an agent to Telegram, from Telegram to the inbox, and through cuts."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.cutting import units
from channels.telegram.cutting import cut
from channels.telegram.formatting import TAGS, Mark, Marked, as_html, marks_of
from channels.telegram.markup import marked_from_html

TEXTS = st.text(alphabet="ab Я😀é\n.👨‍👩‍👧🇷🇺", max_size=60)


@st.composite
def marked(draw: st.DrawFn) -> Marked:
    """A text with marks anywhere on it, also overlapping."""
    text = draw(TEXTS)
    edges = [0]
    for sign in text:
        edges.append(edges[-1] + units(sign))
    marks = []
    for kind in draw(st.lists(st.sampled_from(["bold", "italic", "code", "text_link"]), max_size=4)):
        first, last = sorted((draw(st.sampled_from(edges)), draw(st.sampled_from(edges))))
        if first < last:
            marks.append(Mark(kind, first, last, "https://shop.test/" if kind == "text_link" else ""))
    return Marked(text, tuple(marks))


@pytest.mark.parametrize(
    ("html", "text", "marks"),
    [
        ("<p>Hello <b>Max</b></p>", "Hello Max", [("bold", 6, 9)]),
        ("<p>One</p><p>Two<br>lines</p>", "One\n\nTwo\nlines", []),
        ("<strong>😀 yes</strong>", "😀 yes", [("bold", 0, 6)]),
        ("a <em> b </em> c", "a b c", [("italic", 2, 3)]),
        ('<a href="https://shop.test/?a=1&amp;b=2">here</a>', "here", [("text_link", 0, 4)]),
        ('<a href="javascript:alert(1)">here</a>', "here", []),
        ("<ul><li>one</li><li><p>two</p></li></ul>", "• one\n• two", []),
        ("<ol><li>one<ul><li>inner</li></ul></li><li>two</li></ol>", "1. one\n  • inner\n2. two", []),
        ("<blockquote><p>asked</p></blockquote><p>told</p>", "asked\n\ntold", [("blockquote", 0, 5)]),
        ("<pre>a\n  b</pre>", "a\n  b", [("pre", 0, 5)]),
        ("<h2>Prices</h2><p>low</p>", "Prices\n\nlow", [("bold", 0, 6)]),
        ("<b>x<i>y</b>z</i>", "xyz", [("bold", 0, 2), ("italic", 1, 3)]),
        ("1 &lt; 2 &amp; 3", "1 < 2 & 3", []),
        ("<script>alert(1)</script><style>p{}</style>seen", "seen", []),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc", []),
        ("<b></b> <p> </p>", "", []),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb", []),
        ("unclosed <b>bold", "unclosed bold", [("bold", 9, 13)]),
    ],
)
def test_what_an_agent_writes_looks_the_same_in_telegram(
    html: str, text: str, marks: list[tuple[str, int, int]]
) -> None:
    found = marked_from_html(html)
    assert found.text == text
    assert [(each.kind, each.begin, each.end) for each in found.marks] == marks


@given(html=st.text(alphabet='<>/abipr ul"=&;\n', max_size=80))
def test_any_markup_becomes_text_whose_marks_fit(html: str) -> None:
    found = marked_from_html(html)
    assert found.text == found.text.rstrip()
    assert all(0 <= each.begin < each.end <= found.length for each in found.marks)


@given(given_=marked())
def test_html_nests_and_has_the_text_whatever_overlaps(given_: Marked) -> None:
    opened: list[str] = []
    text: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag == "br":
                text.append("\n")
            else:
                opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

        def handle_data(self, data: str) -> None:
            text.append(data)

    reader = Reader()
    reader.feed(as_html(given_))
    reader.close()
    assert opened == []
    assert "".join(text) == given_.text


def test_only_marks_that_show_are_kept_and_dangerous_links_are_not() -> None:
    entities = [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "mention", "offset": 0, "length": 2},
        {"type": "text_link", "offset": 0, "length": 2, "url": "javascript:alert(1)"},
        {"type": "text_link", "offset": 0, "length": 2, "url": "https://shop.test"},
        {"type": "italic", "offset": -5, "length": 2},
        {"type": "italic", "offset": 1, "length": 0},
        "nonsense",
    ]
    found = marks_of({"entities": entities}, "entities")
    assert [each.kind for each in found] == ["bold", "text_link"]


def test_html_of_strangers_is_shown_as_they_typed_it() -> None:
    assert as_html(Marked("<b>&", (Mark("italic", 0, 4),))) == "<i>&lt;b&gt;&amp;</i>"
    two = as_html(Marked("a\nb\nc", (Mark("bold", 0, 3), Mark("pre", 4, 5))))
    assert two == "<b>a<br>b</b><br><pre>c</pre>"
    assert as_html(Marked("a\nb", (Mark("pre", 0, 3),))) == "<pre>a\nb</pre>"
    link = Mark("text_link", 0, 1, 'https://x/"onclick="')
    assert as_html(Marked("a", (link,))) == '<a href="https://x/&quot;onclick=&quot;">a</a>'
    assert set(TAGS.values()) <= {"b", "i", "u", "s", "code", "pre", "blockquote", "tg-spoiler"}


@given(given_=marked(), longest=st.integers(min_value=12, max_value=50))
def test_pieces_fit_lose_no_word_and_keep_their_marks(given_: Marked, longest: int) -> None:
    pieces = cut(given_, longest)
    assert all(0 < piece.length <= longest for piece in pieces)
    assert "".join(piece.text for piece in pieces).replace("\n", "").replace(" ", "") == given_.text.replace(
        "\n", ""
    ).replace(" ", "")
    for piece in pieces:
        assert all(0 <= each.begin < each.end <= piece.length for each in piece.marks)
        assert as_html(piece)


@pytest.mark.parametrize("size", [4095, 4096, 4097, 3 * 4096])
@pytest.mark.parametrize("sign", ["x", "Я", "😀", "é", "م"])
def test_a_text_at_the_limit_is_cut_only_beyond_it(sign: str, size: int) -> None:
    text = sign * (size // units(sign))
    pieces = cut(Marked(text), 4096)
    assert len(pieces) == -(-units(text) // 4096)
    assert "".join(piece.text for piece in pieces) == text


def test_cuts_fall_between_paragraphs_then_sentences_then_words() -> None:
    paragraphs = "First thing. " * 5 + "\n\n" + "Second thing. " * 5
    assert [each.text[:5] for each in cut(Marked(paragraphs), 100)] == ["First", "Secon"]
    sentences = "One is long enough. Two is long enough. Three is long enough."
    assert [each.text for each in cut(Marked(sentences), 45)] == [
        "One is long enough. Two is long enough.",
        "Three is long enough.",
    ]
    assert [each.text for each in cut(Marked("several words without an end"), 15)] == [
        "several words",
        "without an end",
    ]


@pytest.mark.parametrize("sign", ["👨‍👩‍👧", "🇷🇺", "👍🏽", "e\u0301"])
def test_no_sign_is_cut_in_two(sign: str) -> None:
    pieces = cut(Marked(sign * 40), 31)
    assert all(piece.text.replace(sign, "") == "" for piece in pieces)
    assert "".join(piece.text for piece in pieces) == sign * 40


def test_nothing_but_spaces_is_nothing() -> None:
    assert cut(Marked(" \n\t \n"), 4096) == []
    assert cut(Marked(""), 4096) == []


def test_a_mark_over_a_cut_goes_on_in_the_next_piece() -> None:
    pieces = cut(Marked("bold words here", (Mark("bold", 0, 15),)), 10)
    assert [as_html(each) for each in pieces] == ["<b>bold words</b>", "<b>here</b>"]
