"""Letters' HTML: nothing runs, nothing loads, nothing leaves its place."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.sanitize import (
    ATTRIBUTES,
    MAX_LINKS,
    STYLE,
    TAGS,
    clean_html,
    clean_outgoing,
    content_id,
    has_own_colours,
    has_remote,
    rewrite_images,
)

pytestmark = pytest.mark.requirement("I11")

HOSTILE = {
    # each after a published hole of a web mail, see the advisories named
    "CVE-2023-5631 svg use": '<svg><use href="data:image/svg+xml;base64,PHN2Zz4=#x"></use></svg>',
    "CVE-2024-37383 svg animate": '<svg><animate attributeName="href " values="javascript:alert(1)"/></svg>',
    "CVE-2025-68461 svg animate": "<svg><a><animate attributeName=href to=javascript:alert(1) /></a></svg>",
    "CVE-2020-15562 namespace": '<svg><p><style><img src="</style><img src=x onerror=alert(1)//">',
    "CVE-2023-43770 link": '<a href="javascript:alert(1)">x</a>',
    "CVE-2020-35730 entity": '<a href="java&#115;cript:alert(1)">x</a>',
    "CVE-2020-35730 tab": '<a href="java\tscript:alert(1)">x</a>',
    "CVE-2023-38059 protocol relative": '<img src="//evil.example/x.png">',
    "CVE-2026-25916 feImage": '<svg><feImage href="https://evil.example/x.svg"></feImage></svg>',
    "CVE-2026-35542 body background": '<body background="https://evil.example/x.png">x',
    "CVE-2026-35543 animate": '<svg><set attributeName="src" to="https://evil.example"/></svg>',
    "CVE-2026-48846 css var": '<p style="--u:url(https://evil.example);background:var(--u)">x</p>',
    "script": "<script>alert(1)</script>x",
    "script in attribute": "<p onclick=alert(1) onmouseover='alert(1)'>x</p>",
    "nested script": "<scr<script></script>ipt>alert(1)</scr</script>ipt>",
    "iframe": '<iframe src="https://evil.example" srcdoc="<script>alert(1)</script>"></iframe>',
    "object and embed": '<object data="x.swf"></object><embed src="x.swf">',
    "form": '<form action="https://evil.example"><input name=p><button>go</button></form>',
    "meta refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "base": '<base href="https://evil.example/"><a href="x">y</a>',
    "link": '<link rel="stylesheet" href="https://evil.example/x.css">',
    "style import": "<style>@import url(https://evil.example/x.css); p{color:red}</style><p>x</p>",
    "style url": '<p style="background-image:url(https://evil.example/x.png)">x</p>',
    "style url shorthand": '<p style="background:#fff url(//evil.example/x.png)">x</p>',
    "style escape": '<p style="background:u\\72l(https://evil.example)">x</p>',
    "style comment": '<p style="background:u/**/rl(https://evil.example)">x</p>',
    "style image-set": "<p style=\"background:image-set('https://evil.example' 1x)\">x</p>",
    "style list": '<li style="list-style:url(https://evil.example)">x</li>',
    "style cursor": '<p style="cursor:url(https://evil.example),auto">x</p>',
    "style font face": "<style>@font-face{font-family:x;src:url(https://evil.example)}</style>",
    "style expression": '<p style="width:expression(alert(1))">x</p>',
    "style behaviour": '<p style="behavior:url(x.htc);-moz-binding:url(x)">x</p>',
    "style closing": '<p style="color:red</style><script>alert(1)</script>">x</p>',
    "fixed cover": (
        '<a href="https://evil.example" style="position:fixed;top:0;left:0;width:100%;height:100%">x</a>'
    ),
    "absolute cover": '<div style="position:absolute;z-index:9999;inset:0">x</div>',
    "viewport cover": '<div style="width:100vw;height:100vh;margin:-5000px">x</div>',
    "huge": '<div style="width:99999px;height:99999px;font-size:9999px">x</div>',
    "srcset": '<img srcset="https://evil.example/x 2x" src="cid:a">',
    "picture": (
        '<picture><source srcset="https://evil.example/x"><img src="https://evil.example/y"></picture>'
    ),
    "video": '<video poster="https://evil.example/x"><source src="https://evil.example/y"></video>',
    "audio": '<audio src="https://evil.example/x" autoplay></audio>',
    "table background": (
        '<table background="https://evil.example/x"><tr><td background="x">y</td></tr></table>'
    ),
    "image map": '<img src="cid:a" usemap="#m"><map name=m><area href="javascript:alert(1)"></map>',
    "ping": '<a href="https://ok.example" ping="https://evil.example">x</a>',
    "data link": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "vbscript": '<a href="vbscript:msgbox(1)">x</a>',
    "file link": '<a href="file:///etc/passwd">x</a><img src="file:///etc/passwd">',
    "relative image": '<img src="/api/logout"><img src="x.png"><img src="http:evil">',
    "math": "<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math>",
    "template": "<template><script>alert(1)</script></template>",
    "noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "title": "<title><img src=x onerror=alert(1)></title>",
    "comment": "<!--[if IE]><script>alert(1)</script><![endif]-->x",
    "xml": '<?xml version="1.0"?><?xml-stylesheet href="https://evil.example"?>x',
    "textarea": "<textarea><img src=x onerror=alert(1)></textarea>",
    "custom element": "<x-y onclick=alert(1)>x</x-y>",
    "id and class": '<p id="app" class="modal" name="x">x</p>',
    "contenteditable": "<p contenteditable autofocus onfocus=alert(1)>x</p>",
    "fake fold": '<p data-fold="quote&quot; onclick=&quot;x">x</p>',
    "fake remote": '<img data-remote-src="javascript:alert(1)">',
    "dialog": "<dialog open>x</dialog>",
    "unclosed": '<a href="https://ok.example"><b><i><img src="cid:a',
    "null": "<scr\0ipt>alert(1)</scr\0ipt>",
    "details": "<details open ontoggle=alert(1)>x</details>",
}


class Reader(HTMLParser):
    """Tags and attributes as a second, independent parser sees them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))


def dangers(html: str) -> list[str]:
    """What in clean HTML is not on the list, or would reach out by itself."""
    found = []
    for tag, attributes in Reader(html).elements:
        allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | {"target", "rel"}
        found += [tag] if tag not in TAGS else []
        found += [f"{tag} {name}" for name in attributes if name not in allowed]
        if not attributes.get("src", "cid:").lower().startswith("cid:"):
            found.append(f"src {attributes['src']}")
        if not re.match(r"(?:https?|mailto|tel):", attributes.get("href", "tel:"), re.IGNORECASE):
            found.append(f"href {attributes['href']}")
        if not re.match(r"https?://", attributes.get("data-remote-src", "http://"), re.IGNORECASE):
            found.append("remote")
        style = attributes.get("style", "").lower()
        found += [
            f"style {word}" for word in ("url(", "expression", "@", "\\", "position", "var(") if word in style
        ]
        names = [one.partition(":")[0] for one in style.split(";") if one]
        found += [f"style {name}" for name in names if name not in STYLE]
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_html_is_harmless(name: str) -> None:
    assert dangers(clean_html(HOSTILE[name])) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_cleaning_twice_changes_nothing(name: str) -> None:
    clean = clean_html(HOSTILE[name])
    assert clean_html(clean) == clean


@pytest.mark.parametrize(
    "html",
    [
        "<p>one</p><p><b>two</b> <i>three</i></p>",
        '<p style="color:#333333;font-size:14px">x</p>',
        "<p style=\"font-family:'Segoe UI',Arial,sans-serif\">x</p>",
        '<table border="1" cellpadding="2" width="600"><tbody><tr><td colspan="2" '
        'bgcolor="#ffffff">x</td></tr></tbody></table>',
        '<ul><li>one</li></ul><ol start="3"><li>two</li></ol>',
        '<img src="cid:a@x" alt="A" width="100">',
        '<font color="red" size="+1">x</font>',
        "<blockquote>x</blockquote><pre>y\n z</pre><hr>",
        '<p dir="rtl" lang="he">שלום</p>',
    ],
)
def test_what_people_write_stays_as_it_is(html: str) -> None:
    assert clean_html(html) == html


@pytest.mark.requirement("I5")
@pytest.mark.parametrize(
    ("source", "waiting"),
    [
        ("http://x.example/a.png", "http://x.example/a.png"),
        ("HTTPS://x.example/a.png?b=1&amp;c=2", "HTTPS://x.example/a.png?b=1&amp;c=2"),
        ("//x.example/a.png", "https://x.example/a.png"),
    ],
)
def test_remote_picture_waits_to_be_asked_for(source: str, waiting: str) -> None:
    clean = clean_html(f'<img src="{source}">')
    assert clean == f'<img data-remote-src="{waiting}">'
    assert has_remote(clean)
    assert clean_html(clean) == clean


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="http://x.example/p" width=1 height=1>',
        '<img src="http://x.example/p" width="1px" height="0">',
        '<img src="http://x.example/p" height=1>',
        '<img src="http://x.example/p" style="width:1px;height:1px">',
        '<img src="http://x.example/p" style="max-width: 0px; max-height: 0px">',
    ],
)
def test_tracking_pixel_is_gone(pixel: str) -> None:
    assert clean_html(f"<p>x{pixel}</p>") == "<p>x</p>"


def test_line_of_one_pixel_that_shows_stays() -> None:
    assert has_remote(clean_html('<img src="http://x.example/line.png" width=600 height=1>'))


@pytest.mark.parametrize(
    ("background", "colour"),
    [
        ("#0b5c63", "#0b5c63"),
        ("rgb(11, 92, 99)", "rgb(11, 92, 99)"),
        ("no-repeat url(https://evil.example/x.png) center #FFF", "#FFF"),
        ("url(red) top left navy", "navy"),
        ("linear-gradient(red, blue)", None),
        ("none", None),
        ("url(https://evil.example/x.png", None),
    ],
)
def test_a_background_keeps_its_colour_and_nothing_else(background: str, colour: str | None) -> None:
    clean = clean_html(f'<p style="background: {background}">x</p>')
    assert clean == (f'<p style="background-color:{colour}">x</p>' if colour else "<p>x</p>")


@pytest.mark.parametrize(
    ("html", "coloured"),
    [
        ('<p style="color:#333333">x</p>', True),
        ('<p style="margin:0;background-color:white">x</p>', True),
        ('<table bgcolor="#fff"><tr><td>x</td></tr></table>', True),
        ('<font color="red">x</font>', True),
        ('<p style="margin:0">color: red, bgcolor=white</p>', False),
    ],
)
def test_a_letter_with_colours_of_its_own_is_known(html: str, coloured: bool) -> None:
    assert has_own_colours(clean_html(html)) is coloured


def test_style_sheets_move_into_the_elements() -> None:
    clean = clean_html("<style>p{color:red} .a{font-weight:bold}</style><p class=a>x</p>")
    assert sorted(re.findall(r"[a-z-]+:[a-z]+", clean)) == ["color:red", "font-weight:bold"]


def test_links_open_elsewhere_and_tell_nobody() -> None:
    assert clean_html('<a href="https://x.example/">y</a>') == (
        '<a href="https://x.example/" target="_blank" rel="noopener noreferrer">y</a>'
    )


@pytest.mark.requirement("I10")
def test_links_beyond_the_cap_are_text() -> None:
    clean = clean_html('<a href="https://x.example/">y</a>' * (MAX_LINKS + 10))
    assert clean.count("<a ") == MAX_LINKS
    assert clean.endswith("y" * 10)


@pytest.mark.requirement("I10")
@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "x",
        "<b>" * 50_000 + "x" + "</b>" * 50_000,
        "<table><tr><td>" * 20_000,
        "<" * 500_000,
    ],
)
def test_hostile_depth_costs_little(html: str) -> None:
    started = time.process_time()
    assert dangers(clean_html(html)) == []
    assert time.process_time() - started < 2


@pytest.mark.requirement("I5")
def test_pictures_are_shown_by_the_addresses_given() -> None:
    clean = clean_html(
        '<img src="CID:A%40x"><img src="cid:nobody" alt="B"><img src="http://r.example/x.png">'
    )
    shown = rewrite_images(clean, {"a@x": "/f/1"}.get)
    assert shown == '<img src="/f/1"><img alt="B"><img data-remote-src="http://r.example/x.png">'
    asked = rewrite_images(clean, {"a@x": "/f/1"}.get, lambda url: f"/proxy?u={url}")
    assert 'src="/proxy?u=http://r.example/x.png"' in asked


def test_text_that_looks_like_a_picture_is_no_picture() -> None:
    clean = clean_html('&lt;img src="cid:a"&gt;<p title=\'<img src="cid:a">\'>x</p>')
    assert "/f/1" not in rewrite_images(clean, lambda cid: "/f/1")


@pytest.mark.parametrize(
    ("written", "compared"), [("<A@X>", "a@x"), ("a%40x", "a@x"), (" a@x ", "a@x"), ("", "")]
)
def test_content_ids_are_compared_without_what_differs(written: str, compared: str) -> None:
    assert content_id(written) == compared


@pytest.mark.requirement("O1")
def test_outgoing_html_keeps_pictures_of_the_web_and_loses_what_is_ours() -> None:
    clean = clean_outgoing('<p data-fold="quote">x</p><img src="https://x.example/l.png"><script>1</script>')
    assert clean == '<p>x</p><img src="https://x.example/l.png">'


TAG_SOUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<b>",
            "</b>",
            "<table>",
            "<tr>",
            "<td>",
            "</table>",
            "<svg>",
            "</svg>",
            "<math>",
            "<style>",
            "</style>",
            "<script>",
            "</script>",
            "<img src=x onerror=alert(1)>",
            '<a href="javascript:x">',
            "</a>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<title>",
            "</title>",
            "<pre>",
            "\n",
            "<select>",
            "<option>",
            "<form>",
            "<noscript>",
            "<template>",
            "</template>",
            "&lt;",
            "&#0;",
            "<font color=red>",
            "</font>",
            '<p style="color:red;background:url(x)">',
            "<foreignObject>",
            "<mtext>",
            "text",
            "'",
            '"',
            ">",
            "<",
            '<img src="cid:a">',
            '<img src="//e.example/x">',
            "<li>",
            "<ul>",
            "<blockquote>",
            "<details>",
            "<textarea>",
            "\u2028",
            "é",
        ]
    ),
    max_size=25,
)


@given(TAG_SOUP)
def test_any_soup_of_tags_is_harmless_and_settles(pieces: list[str]) -> None:
    clean = clean_html("".join(pieces))
    assert dangers(clean) == []
    assert clean_html(clean) == clean


@given(st.text(max_size=200))
def test_any_text_is_harmless_and_valid(text: str) -> None:
    clean = clean_html(text)
    clean.encode()
    assert dangers(clean) == []
