"""Where mail programs keep quotes and signatures in their HTML.

Elements are marked, never removed: `data-mark` tells the reader of lines what it
stands in and is gone before the letter is shown; `data-fold` tells the screen what
may be closed.
"""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_MARKS = 500
QUOTES = (
    "blockquote[type=cite]",
    "blockquote[cite]",
    "blockquote.gmail_quote",
    "blockquote.x_gmail_quote",
    "blockquote.protonmail_quote",
    "blockquote.tutanota_quote",
    "blockquote.clean_bq",
    "blockquote.front-blockquote",
    "blockquote.spark_quote",
    "blockquote[style*=border-left]",
    ".gmail_attr",
    ".yahoo_quoted",
    "div[id^=yahoo_quoted]",
    "[data-marker=__QUOTED_TEXT__]",
    ".zmail_extra",
    ".missive_quote",
    ".freshdesk_quote",
    ".sh-quoted-content",
    ".moz-cite-prefix",
    "#reply-intro",
    "#isReplyContent",
    "#OLK_SRC_BODY_SECTION",
    ".ms-outlook-mobile-reference-message",
    "#mail-editor-reference-message-container",
    "[name=messageReplySection]",
    "div[name=quote]",
    "div#qt",
    ".airmail_on",
    ".quoted-text",
    ".mail_quote",
    ".OutlookMessageHeader",
)
AROUND = (
    ".gmail_quote",
    ".gmail_quote_container",
    ".x_gmail_quote",
    ".protonmail_quote",
    ".tutanota_quote",
    ".gmail_extra",
)
PLAIN_QUOTE = "blockquote"
RESTS = (
    "#divRplyFwdMsg",
    "#x_divRplyFwdMsg",
    "#zwchr",
    "hr.zwchr",
    "[data-marker=__DIVIDER__]",
    "[title^=beforequote]",
)
RULES = (
    "div[style*='border-top']",
    "div[style*='border:none'] > p.MsoNormal",
    "div[style*='border-top'] > p.MsoNormal",
)
SIGNATURES = (
    ".gmail_signature",
    ".gmail_signature_prefix",
    "[data-smartmail=gmail_signature]",
    ".moz-signature",
    "#Signature",
    "#x_Signature",
    "#AppleMailSignature",
    "#ymail_android_signature",
    "#ms-outlook-mobile-signature",
    "#composer_signature",
    ".protonmail_signature_block",
    "[data-marker=__SIG_PRE__]",
    "[data-marker=__SIG_POST__]",
    "[name=messageSignatureSection]",
    "[data-signature-widget=container]",
    "#Zm-_Id_-Sgn",
    "#edo-signature",
    ".front-signature",
)
ALL = ",".join((*QUOTES, *AROUND, PLAIN_QUOTE, *RESTS, *SIGNATURES))
INDENTED = re.compile(
    r"border\s*:\s*(?:none|0)|margin(?:-left)?\s*:\s*0(?:px)?\s+0(?:px)?\s+0(?:px)?\s+40px", re.IGNORECASE
)
QUOTE_SET, AROUND_SET = ",".join(QUOTES), ",".join(AROUND)
REST_SET, SIGNATURE_SET = ",".join(RESTS), ",".join(SIGNATURES)


def mark_containers(tree: LexborHTMLParser) -> bool:
    """Mark what is known to be a quote or a signature; whether there was any."""
    for node in tree.css("[data-mark],[data-fold]"):
        for name in ("data-mark", "data-fold"):
            if name in node.attrs:
                del node.attrs[name]
    found = tree.css(ALL)[:MAX_MARKS]
    for node in found:
        mark = _mark_of(node)
        if mark:
            node.attrs["data-mark"] = mark
    return bool(found)


def unmark(tree: LexborHTMLParser) -> None:
    """Take the reader's marks away again."""
    for node in tree.css("[data-mark]"):
        del node.attrs["data-mark"]


def fold_shown(tree: LexborHTMLParser, folded: str, visible: str) -> None:
    """Close the outermost marked elements whose words are folded in the text and shown nowhere.

    Both texts come squeezed to letters and digits in lower case.
    """
    for node in tree.css("[data-mark]"):
        if _is_inside_fold(node):
            continue
        words = _squeezed(node.text(deep=True)).lower()[:200]
        if not words or words not in folded or words in visible:
            continue
        if node.attrs.sget("data-mark") == "rest":
            fold_rest(node)
        else:
            node.attrs["data-fold"] = "signature" if node.attrs.sget("data-mark") == "signature" else "quote"


def has_folded_quote(tree: LexborHTMLParser) -> bool:
    """Whether any quote is closed already."""
    return tree.css_first("[data-fold=quote]") is not None


def fold_from(tree: LexborHTMLParser, first_line: str) -> bool:
    """Close everything from the element that begins with this line; whether it was found."""
    wanted = _squeezed(first_line)
    body = tree.body
    if not wanted or body is None:
        return False
    node = _deepest_beginning_with(body, wanted)
    if node is None:
        return False
    fold_rest(node)
    return True


def fold_rest(node: LexborNode) -> None:
    """Close this element and all that follows it in the letter."""
    at: LexborNode | None = node
    if node.is_element_node:
        node.attrs["data-fold"] = "quote"
    while at is not None and at.tag not in ("body", "html"):
        following = at.next
        while following is not None:
            if following.is_element_node:
                following.attrs["data-fold"] = "quote"
            following = following.next
        at = at.parent


def _mark_of(node: LexborNode) -> str:
    if node.css_matches(SIGNATURE_SET):
        return "signature"
    if node.css_matches(REST_SET):
        return "rest"
    if node.css_matches(AROUND_SET) and node.tag != "blockquote":
        return "" if node.css_first("blockquote") else "quote" if not node.css_matches(".gmail_extra") else ""
    if node.css_matches(QUOTE_SET):
        return "weak" if INDENTED.search(node.attrs.sget("style")) else "quote"
    return "weak"


def _is_inside_fold(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None and parent.tag not in ("body", "html"):
        if "data-fold" in parent.attrs:
            return True
        parent = parent.parent
    return False


def _deepest_beginning_with(body: LexborNode, wanted: str) -> LexborNode | None:
    found: LexborNode | None = None
    node: LexborNode | None = body.first_child
    while node is not None:
        text = _squeezed(node.text(deep=True) if node.is_element_node else node.text_content or "")
        if text.startswith(wanted):
            found = node
            node = node.first_child if node.is_element_node else None
        elif wanted in text and node.is_element_node:
            node = node.first_child
        else:
            node = node.next
    while found is not None and not found.is_element_node:
        found = found.next or found.parent
    return found


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)[:4_000]
