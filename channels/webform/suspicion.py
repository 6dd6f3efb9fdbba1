"""How much a submission looks like a robot's; it only lowers trust, nobody is turned away by it. Pure."""

import re
from collections.abc import Iterable, Mapping

from channels.webform.passes import Opened

HONEYPOT, NO_PROOF, BAD_PROOF, FOREIGN = "honeypot", "no_proof", "bad_proof", "foreign_site"
TOO_MANY = ("many_from_address", "many_at_form", "many_for_email")

# What each sign weighs; a person without scripts on somebody's own page has no pass and no proof.
_WEIGHTS: Mapping[str, int] = {
    HONEYPOT: 6,
    Opened.MISSING: 2,
    Opened.OLD: 1,
    Opened.FAST: 3,
    Opened.FORGED: 4,
    NO_PROOF: 1,
    BAD_PROOF: 3,
    FOREIGN: 2,
    "many_from_address": 3,
    "many_at_form": 1,
    "many_for_email": 2,
    "links": 1,
    "many_links": 3,
    "only_links": 3,
    "markup": 3,
    "names_are_links": 4,
}
_THRESHOLDS: Mapping[str, int] = {"lenient": 6, "normal": 4, "strict": 2}
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MARKUP = re.compile(r"<a\s[^>]*href|\[url[=\]]|\[link[=\]]", re.IGNORECASE)
_MANY_LINKS = 4
_FEW_WORDS = 3


def signs_in(text: str, name: str) -> list[str]:
    """What the words give away: links, more than words; marks of other places; a name that is a link."""
    links = _LINK.findall(text)
    signs = []
    if links:
        signs.append("many_links" if len(links) >= _MANY_LINKS else "links")
        if len(_LINK.sub(" ", text).split()) < _FEW_WORDS:
            signs.append("only_links")
    if _MARKUP.search(text):
        signs.append("markup")
    if _LINK.search(name):
        signs.append("names_are_links")
    return signs


def is_suspicious(signs: Iterable[str], strictness: str) -> bool:
    """Whether these together weigh too much for the form's strictness."""
    weight = sum(_WEIGHTS.get(each, 0) for each in signs)
    return weight >= _THRESHOLDS.get(strictness, _THRESHOLDS["normal"])
