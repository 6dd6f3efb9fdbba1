"""Letters' HTML made harmless: nothing runs, nothing is fetched, nothing leaves its place.

The last word is nh3's allow-list; the tree step before it moves remote images to
`data-remote-src`, drops tracking pixels and flattens what is hostile by size.
Cleaning twice changes nothing.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape
from urllib.parse import unquote

import css_inline
import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_HTML = 2_000_000
MAX_DEPTH = 400
MAX_LINKS = 5_000
MAX_PIXELS = 2_000
MANY_TAGS = 2_000
MAX_ROUNDS = 8

TAGS = frozenset(
    """
    a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col
    colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i
    img ins kbd li main mark nav ol p pre q s samp section small span strike strong sub summary sup
    table tbody td tfoot th thead time tr tt u ul var wbr
    """.split()
)
FORGOTTEN = frozenset(
    """
    script style title noscript iframe object embed applet frameset noframes template textarea select
    svg math xml audio video canvas map datalist
    """.split()
)
LAYOUT = {"align", "valign", "bgcolor", "width", "height"}
ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title", "data-fold"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "border", "align", "data-remote-src"},
    "font": {"color", "size", "face"},
    "table": LAYOUT | {"border", "cellpadding", "cellspacing"},
    "td": LAYOUT | {"colspan", "rowspan", "nowrap"},
    "th": LAYOUT | {"colspan", "rowspan", "nowrap"},
    "tr": {"align", "valign", "bgcolor", "height"},
    "tbody": {"align", "valign"},
    "thead": {"align", "valign"},
    "tfoot": {"align", "valign"},
    "col": {"align", "valign", "width", "span"},
    "colgroup": {"align", "valign", "width", "span"},
    "p": {"align"},
    "div": {"align"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "hr": {"align", "width", "size", "color"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value", "type"},
    "details": {"open"},
}
STYLE = frozenset(
    """
    background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width
    border-collapse border-color border-left border-left-color border-left-style border-left-width
    border-radius border-right border-right-color border-right-style border-right-width border-spacing
    border-style border-top border-top-color border-top-style border-top-width border-width clear color
    direction display float font font-family font-size font-style font-variant font-weight height
    letter-spacing line-height list-style list-style-type margin margin-bottom margin-left margin-right
    margin-top max-height max-width min-height min-width mso-hide overflow-wrap padding padding-bottom
    padding-left padding-right padding-top table-layout text-align text-decoration text-indent
    text-transform unicode-bidi vertical-align visibility white-space width word-break word-spacing
    word-wrap
    """.split()
)
SIZES = ("width", "height", "min-width", "min-height", "max-width", "max-height")
BOXES = (
    "margin",
    "padding",
    "border",
    "font",
    "text-indent",
    "letter-spacing",
    "word-spacing",
    "line-height",
)
COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|(?:rgb|hsl)a?\([\d\s.,%/+-]*\)|(?<![\w(-])[a-z]{3,30}(?![\w(-])", re.IGNORECASE
)
OTHER_FUNCTION = re.compile(r"(?<![\w-])(?!(?:rgb|hsl)a?\()[\w-]+\([^)]*\)?", re.IGNORECASE)
NO_COLOURS = frozenset(
    """
    auto border-box bottom center contain content-box cover fixed important inherit initial left local none
    padding-box repeat right round scroll space top unset
    """.split()
)
OWN_COLOURS = re.compile(r"""<[^<>]*(?:[;"\s](?:background-)?color\s*:|\s(?:bg)?color=)""", re.IGNORECASE)
SAFE_VALUE = re.compile(r"[\w\s#%.,()'\"+!*-]*\Z")
FUNCTION = re.compile(r"([\w-]+)\s*\(")
FUNCTIONS = {"rgb", "rgba", "hsl", "hsla", "calc"}
LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|ex|ch|vw|vh|vmin|vmax|in|cm|mm|pc|%)?", re.IGNORECASE)
PIXELS = {"pt": 1.4, "em": 16, "rem": 16, "ex": 8, "ch": 8, "in": 96, "cm": 38, "mm": 3.8, "pc": 16}
REMOTE = re.compile(r"(?:https?:)?//[^\s\x00-\x20\"'<>\\]+\Z", re.IGNORECASE)
SCHEME = re.compile(r"[\x00-\x20]*(https?|mailto|tel|cid):", re.IGNORECASE)
TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)[^>]*?(/?)>?")
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
STYLE_SHEET = re.compile(r"<style\b", re.IGNORECASE)
CSS_COMMENT_OR_ESCAPE = re.compile(r"/\*|\\|<")

_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_link_tags=False)


def clean_html(html: str) -> str:
    """The letter's HTML with nothing in it that runs, loads or covers anything.

    Images by `cid:` keep their source; remote ones wait in `data-remote-src` until
    somebody asks for them; 1×1 pixels are gone. Links go to http, https, mailto and tel.
    """
    html = html[:MAX_HTML]
    if is_too_deep(html):
        return f"<pre>{escape(strip_tags(html), quote=False)}</pre>"
    return finished(_body(parsed(inline_styles(html), {})))


def parsed(html: str, locations: Mapping[str, str]) -> LexborHTMLParser:
    """The HTML as a tree whose pictures are by `cid:` or wait; `locations` are cids by Content-Location."""
    tree = LexborHTMLParser(html)
    for image in tree.css("img"):
        _prepare_image(image, locations)
    for link in tree.css("a")[MAX_LINKS:]:
        link.unwrap()
    return tree


def finished(html: str) -> str:
    """Prepared HTML through the allow-list until nothing changes: the last thing done to it.

    What the list takes out can leave a nesting that the next reader would see otherwise.
    """
    clean = _CLEANER.clean(html).strip()
    for _ in range(MAX_ROUNDS):
        if _is_settled(clean):
            return clean
        again = _CLEANER.clean(clean).strip()
        if again == clean:
            return clean
        clean = again
    return f"<pre>{escape(strip_tags(clean), quote=False)}</pre>"


def inline_styles(html: str) -> str:
    """Style sheets moved into the elements they speak of; the HTML as it was if that fails."""
    if not STYLE_SHEET.search(html):
        return html
    try:
        inlined = _INLINER.inline(html)
    except (css_inline.InlineError, ValueError, RuntimeError):
        return html
    return inlined if len(inlined) <= 2 * MAX_HTML else html


def clean_outgoing(html: str) -> str:
    """An agent's HTML for a letter: the same allow-list, with pictures from the web left as they are."""
    tree = LexborHTMLParser(inline_styles(html[:MAX_HTML]))
    for node in tree.css("[data-fold],[data-remote-src]"):
        for name in ("data-fold", "data-remote-src"):
            _set(node, name, None)
    return _OUTGOING.clean(_body(tree))


def has_remote(clean: str) -> bool:
    """Whether clean HTML has images that wait to be asked for."""
    return ' data-remote-src="' in clean


def has_own_colours(clean: str) -> bool:
    """Whether clean HTML brings colours, which were chosen for white paper."""
    return OWN_COLOURS.search(clean) is not None


def rewrite_images(
    clean: str, local: Callable[[str], str | None], remote: Callable[[str], str | None] | None = None
) -> str:
    """Clean HTML with its images shown: `local` gives the URL for a cid, `remote` our proxy's for an address.

    Without `remote`, or where it answers None, a remote image stays unasked for; a cid
    nobody knows shows its alternative text.
    """
    tree = LexborHTMLParser(clean)
    for image in tree.css("img"):
        attributes = image.attrs
        source, waiting = attributes.sget("src"), attributes.sget("data-remote-src")
        if source.lower().startswith("cid:"):
            _set(image, "src", local(content_id(source[4:])))
        elif waiting and remote is not None and (shown := remote(waiting)):
            attributes["src"] = shown
    return _body(tree)


def content_id(text: str) -> str:
    """A Content-ID as it is compared: no brackets, no URL encoding, no case (RFC 2392)."""
    text = text.strip().strip("<>")
    return (unquote(text) if "%" in text else text).strip().lower()


def is_too_deep(html: str) -> bool:
    """Whether elements nest deeper than anybody writes; trees that deep cost their square to build."""
    if html.count("<") < MANY_TAGS:
        return html.count("<") > MAX_DEPTH * 2 and _depth(html) > MAX_DEPTH
    return _depth(html) > MAX_DEPTH


def strip_tags(html: str) -> str:
    """The text between tags, for HTML no parser should be given."""
    return re.sub(r"<[^<>]*>?", " ", html)


def _depth(html: str) -> int:
    depth = deepest = 0
    for match in TAG.finditer(html):
        if match[1]:
            depth = max(0, depth - 1)
        elif not match[3] and match[2].lower() not in VOID:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def _is_settled(clean: str) -> bool:
    """Whether another parser of the same grammar reads and writes it as it is."""
    return _body(LexborHTMLParser(clean)) == clean


def _prepare_image(image: LexborNode, locations: Mapping[str, str]) -> None:
    attributes = image.attrs
    source = attributes.sget("src").strip()
    if source in locations:
        source = attributes["src"] = f"cid:{locations[source]}"
    if not source.lower().startswith("cid:"):
        waiting = source or attributes.sget("data-remote-src").strip()
        _set(image, "src", None)
        is_remote = REMOTE.match(waiting) is not None
        if is_remote and _is_pixel(image):
            image.decompose()
            return
        if waiting.startswith("//"):
            waiting = f"https:{waiting}"
        _set(image, "data-remote-src", waiting if is_remote else None)
    else:
        _set(image, "data-remote-src", None)


def _is_pixel(image: LexborNode) -> bool:
    """A remote picture nobody could see is there to see who opens the letter."""
    attributes = image.attrs
    style = attributes.sget("style").lower().replace(" ", "")
    sizes = [attributes.sget(name).strip().lower().removesuffix("px") for name in ("width", "height")]
    styled = re.findall(r"(?:^|;)(?:max-)?(?:width|height):([\d.]+)(?:px)?(?:!important)?(?=;|$)", style)
    if any(size in ("0", "1") for size in sizes) and all(size in ("0", "1", "") for size in sizes):
        return True
    return len(styled) >= 2 and all(
        float(size or 0) <= 1 for size in styled if size.count(".") <= 1 and size != "."
    )


def _set(node: LexborNode, name: str, value: str | None) -> None:
    if value is not None:
        node.attrs[name] = value
    elif name in node.attrs:
        del node.attrs[name]


def _body(tree: LexborHTMLParser) -> str:
    body = tree.body
    return (body.inner_html or "") if body is not None else ""


def _filter(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return _clean_style(value) or None
    if name == "src":
        return value if value[:4].lower() == "cid:" else None
    if name == "data-remote-src":
        return value if REMOTE.match(value) and value[:4].lower() == "http" else None
    if name == "href":
        return value if SCHEME.match(value) and value[:4].lower() != "cid:" else None
    if name == "data-fold":
        return value if value in ("quote", "signature") else None
    if name in ("width", "height", "border", "cellpadding", "cellspacing", "size"):
        return _bounded_size(name, value)
    return value


def _bounded_size(name: str, value: str) -> str | None:
    match = re.match(r"\s*(\d{1,6})(?:\.\d+)?\s*(%|px)?\s*\Z", value)
    if match is None:
        return value if name == "size" and re.match(r"[+-]\d\Z", value) else None
    limit = 100 if match[2] == "%" else MAX_PIXELS
    return value if int(match[1]) <= limit and not (name == "height" and match[2] == "%") else None


@lru_cache(maxsize=4_096)
def _clean_style(style: str) -> str:
    if CSS_COMMENT_OR_ESCAPE.search(style):
        return ""
    kept = []
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "background":
            name, value = "background-color", _background_colour(value)
        if name in STYLE and value and len(value) <= 300 and _is_safe_value(name, value):
            kept.append(f"{name}:{value}")
    return ";".join(kept)


def _background_colour(value: str) -> str:
    """The colour of a background, without the pictures and places that may stand beside it."""
    colours = (each[0] for each in COLOUR.finditer(OTHER_FUNCTION.sub(" ", value)))
    return next((each for each in colours if each.lower() not in NO_COLOURS), "")


def _is_safe_value(name: str, value: str) -> bool:
    if not SAFE_VALUE.match(value) or value.count("'") % 2 or value.count('"') % 2:
        return False
    if value.count("(") != value.count(")"):
        return False
    if any(function.lower() not in FUNCTIONS for function in FUNCTION.findall(value)):
        return False
    if name in SIZES or name.startswith(BOXES):
        return all(_is_bounded(name, *length) for length in LENGTH.findall(value))
    return True


def _is_bounded(name: str, number: str, unit: str) -> bool:
    """Nothing may grow over the page or slide out of its place."""
    unit, size = unit.lower(), float(number)
    if unit.startswith("v") or (unit == "%" and name.endswith("height") and name != "line-height"):
        return False
    if size < 0 and (name.startswith(("margin", "text-indent")) and size * PIXELS.get(unit, 1) < -50):
        return False
    return (
        abs(size) <= (300 if name == "line-height" else 100)
        if unit == "%"
        else abs(size) * PIXELS.get(unit, 1) <= MAX_PIXELS
    )


def _filter_outgoing(tag: str, name: str, value: str) -> str | None:
    if name == "src" and value[:8].lower() == "https://":
        return value
    return _filter(tag, name, value)


def _cleaner(attribute_filter: Callable[[str, str, str], str | None]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=FORGOTTEN,
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=attribute_filter,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        url_relative="deny",
    )


_CLEANER = _cleaner(_filter)
_OUTGOING = _cleaner(_filter_outgoing)
