"""Answers as mail programs write them in HTML: the letters of tests/letters/replies.

In them each line the writer wrote now says NEW, each line of a signature SIG; the rest
was said before.
"""

from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser

from channels.email.html_text import Line, fold_html, html_lines
from channels.email.letters import Letter
from channels.email.wire import fold_letter, read_letter
from tests.channels.email.written import LETTERS, letter, part, parts

pytestmark = pytest.mark.requirement("I21")
REPLIES = sorted((LETTERS / "replies").glob("*.eml"))


def lines_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def html_texts(read: Letter) -> tuple[str, str]:
    """The words of the HTML that are shown, and those that are folded."""
    tree = LexborHTMLParser(read.html or "")
    folded = [node.text() for node in tree.css("[data-fold]")]
    for node in tree.css("[data-fold]"):
        node.decompose()
    return (tree.body.text(separator="\n") if tree.body else ""), "\n".join(folded)


@pytest.mark.parametrize("path", REPLIES, ids=lambda path: path.stem)
def test_answer_shows_what_is_new_in_text_and_html(path: object) -> None:
    read = read_letter(path.read_bytes())  # type: ignore[attr-defined]
    assert read.defects == ()
    assert "NEW" not in read.folded_text
    assert "NEW" not in html_texts(read)[1]
    if "inline" in str(path):
        assert read.folded_text == ""
        return
    assert [line for line in lines_of(read.visible_text) if "NEW" not in line] == []
    assert [line for line in lines_of(html_texts(read)[0]) if "NEW" not in line] == []


def test_picture_of_the_customer_beside_a_signature_is_shown() -> None:
    html = (
        '<p>Look:</p><div><img src="cid:a"><br>Sent from my iPhone</div><blockquote type="cite">'
        '<img src="cid:b">Hello</blockquote>'
    )
    told = parts("related", part("text/html", html), part("image/png", "", Content_ID="<a>"), boundary="r")
    shown = html_without_folds(read_letter(letter(**told)))
    assert 'src="cid:a"' in shown
    assert 'src="cid:b"' not in shown


def html_without_folds(read: Letter) -> str:
    tree = LexborHTMLParser(read.html or "")
    for node in tree.css("[data-fold]"):
        node.decompose()
    return tree.html or ""


def test_fold_a_sender_wrote_himself_is_not_believed() -> None:
    read = read_letter(
        letter(Content_Type="text/html", body='<p data-fold="quote">pay here</p><p data-mark="quote">now</p>')
    )
    assert read.html == "<p>pay here</p><p>now</p>"
    assert read.visible_text == "pay here\n\nnow"


def test_what_only_the_html_knows_folds_the_plain_text_beside_it() -> None:
    html = (
        '<div>It came.</div><div class="yahoo_quoted"><div>Xx yy zz:</div><div>Hello Mia, it is '
        "on its way.</div></div>"
    )
    plain = "It came.\n\nXx yy zz:\nHello Mia, it is on its way."
    read = read_letter(letter(**parts("alternative", part("text/plain", plain), part("text/html", html))))
    assert read.text == plain
    assert read.visible_text == "It came."


def test_letter_is_folded_anew_once_our_message_is_known() -> None:
    ours = "Hello Mia,\nyour order is on its way to you today.\nIt will come with the usual carrier.\nAnn"
    quoted = (
        "Hello Mia,<br>your order is on its way to you today.<br>NEW when?<br>It will come with "
        "the usual carrier.<br>Ann"
    )
    html = (
        f'<div>NEW Yes.</div><div id="divRplyFwdMsg"><b>From:</b> Ann<br><b>Sent:</b> 5 May</div>'
        f"<div>{quoted}</div>"
    )
    read = read_letter(letter(Subject="Re: x", Content_Type="text/html", body=html))
    assert "NEW when?" in read.folded_text
    again = fold_letter(read, ours)
    assert "NEW when?" in again.visible_text
    assert "usual carrier" in again.folded_text
    assert "NEW" not in html_texts(again)[1]
    plain = replace(read, html=None, text=f"NEW Yes.\n\n{ours}")
    assert fold_letter(plain, ours).visible_text == "NEW Yes."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("a <b>b</b> <i>c</i>", "a b c"),
        ("a\n   b\t c", "a b c"),
        ("a&nbsp;b &lt;c&gt; &amp;", "a b <c> &"),
        ("<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>", "* a\n* b\n  1. c"),
        ("<ol start='3'><li><p>a</p></li><li>b</li></ol>", "3. a\n\n4. b"),
        ("<table><tr><td>From:</td><td>Ann</td></tr><tr><td>x</td></tr></table>", "From:  Ann\nx"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ('<div style="white-space:pre-wrap">a\n  b</div>', "a\n  b"),
        ('<span style="display:none">no<br>no</span>yes', "yes"),
        ("<script>no</script><style>no</style><title>no</title>yes", "yes"),
        ('a<img alt="😀" src="x">b<img alt="cat" src="x">', "a😀b"),
        ("<h1>a</h1>b", "a\n\nb"),
        ("<div><br></div><div>a</div><div><br></div><div><br></div><div><br></div><div>b</div>", "a\n\n\nb"),
        ("-- <br>a", "-- \na"),
        ("", ""),
        ("<p> </p>", ""),
    ],
)
def test_html_becomes_the_lines_a_browser_shows(html: str, text: str) -> None:
    body = LexborHTMLParser(html).body
    lines, _ = html_lines((body.inner_html or "") if body else "")
    assert "\n".join(line.text for line in lines) == text


def test_marks_and_folds_stand_on_the_outermost_element() -> None:
    body = '<div><p data-mark="quote">a<b>b</b></p><p data-mark="quote">c</p></div>d<div>e<br>f</div>'
    lines, runs = html_lines(body)
    assert [line for line in lines if line.text] == [
        Line("ab", "quote", 0),
        Line("c", "quote", 1),
        Line("d", "", 2),
        Line("e", "", 3),
        Line("f", "", 4),
    ]
    folded = fold_html(body, runs, {0: "quote", 1: "quote", 4: "signature"})
    assert folded == (
        '<div data-fold="quote"><p data-mark="quote">a<b>b</b></p><p data-mark="quote">c</p></div>d'
        '<div>e<br><span data-fold="signature">f</span></div>'
    )
