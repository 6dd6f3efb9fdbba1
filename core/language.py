"""Which language a text is in, among the few we speak; a guess from its letters and its commonest words."""

import re
from collections.abc import Sequence

MOST_READ = 4_000
WORD = re.compile(r"[^\W\d_]+")
CYRILLIC = re.compile(r"[\u0400-\u04ff]")
LATIN = re.compile(r"[a-z\u00c0-\u024f]", re.IGNORECASE)
NOT_RUSSIAN = re.compile(r"[іїєґўјљњћђџѓќѕ]", re.IGNORECASE)
SPANISH_SIGN = re.compile(r"[ñ¿¡]", re.IGNORECASE)
COMMON = {
    "en": frozenset(
        "the and you your for not have has with this that is are was were am i my we our it its "
        "please thank thanks hello hi dear regards where when what which would could can do does did "
        "order from will to of in on at be but about been".split()
    ),
    "es": frozenset(
        "el la los las un una unos unas y que de del en por para con mi mis su sus es son fue está "
        "estoy hola gracias saludos buenos buenas días tardes pedido cuándo dónde qué cómo quiero "
        "puedo tengo necesito favor se lo al como pero muy usted ustedes".split()
    ),
}


def likely_language(text: str, among: Sequence[str]) -> str | None:
    """The language of `among` ("ru", "en", "es") a text is in; None if it seems to be in none of them."""
    text = text[:MOST_READ].lower()
    cyrillic, latin = len(CYRILLIC.findall(text)), len(LATIN.findall(text))
    if cyrillic > latin:
        is_russian = len(NOT_RUSSIAN.findall(text)) * 50 < cyrillic
        return "ru" if is_russian and "ru" in among else None
    words = WORD.findall(text)
    counted = {
        name: sum(word in common for word in words) for name, common in COMMON.items() if name in among
    }
    if "es" in counted:
        counted["es"] += len(SPANISH_SIGN.findall(text))
    best = max(counted, key=lambda name: counted[name], default=None)
    if best is None or counted[best] == 0 or list(counted.values()).count(counted[best]) > 1:
        return None
    return best if counted[best] * 10 >= len(words) else None
