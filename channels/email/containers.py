"""Where mail programs keep quotes and signatures in their HTML.

Elements are marked, never removed: `data-mark` tells the reader of lines what it
stands in, and the allow-list takes it away before the letter is kept.
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
WEAK_QUOTES = ("blockquote", "div[style*=border-left]")
RESTS = (
    "#divRplyFwdMsg",
    "#x_divRplyFwdMsg",
    "#zwchr",
    "hr.zwchr",
    "[data-marker=__DIVIDER__]",
    "[title^=beforequote]",
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
ALL = ",".join((*QUOTES, *AROUND, *WEAK_QUOTES, *RESTS, *SIGNATURES))
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
