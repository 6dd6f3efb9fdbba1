"""Texts that look like customers' letters: three languages, words as frequent as in real ones.

The n-th word of a language is used in proportion to 1/n (Zipf). The first are real, the tail is made of
syllables and endings, so that stemming, rare words and long lists of words all have their part.
"""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

_COMMON = {
    "ru": """и в не на я что с по это у вы мы за как но все от мне заказ вас меня добрый день здравствуйте
        спасибо пожалуйста номер товар доставка оплата когда уже нет да если можно есть только или до для
        получил получила пришёл пришла адрес посылка деньги возврат вернуть магазин размер цвет цена скидка
        подскажите хочу хотела бы заказала заказал очень ещё снова вчера сегодня завтра неделя курьер склад
        телефон почта ответ вопрос проблема ошибка сайт карта чек счёт договор гарантия ремонт мастер""",
    "en": """the to and i you a of my it is in for that on was have not with your this but we are order be as
        at me please can has hello thank thanks delivery parcel when where refund money back address number
        paid payment received still waiting would like size colour wrong broken item shop support help email
        yesterday today tomorrow week days courier tracking invoice card discount price return exchange
        account password login website error problem question answer call phone morning regards""",
    "es": """de la que el en y a los se del las un por con no una su para es al lo como más pero mi me ya hola
        buenos días gracias pedido número envío paquete cuándo dónde dinero devolución dirección pago tarjeta
        factura precio descuento talla color tienda ayuda correo teléfono ayer hoy mañana semana problema
        pregunta respuesta recibido todavía esperando quiero puedo tengo está roto equivocado cambio""",
}
_SYLLABLES = {
    "ru": "ка ро ли ста во ме на то ре ни ла пе зо ми ру да го ле по ва те сна кро пла вит дор мен".split(),
    "en": "ka ro li sta vo me na to re ni la pe zo mi ru da go le po va te str cro pla vit dor men".split(),
    "es": "ca ro li sta vo me na to re ni la pe zo mi ru da go le po va te tra cro pla vi dor men".split(),
}
_ENDINGS = {
    "ru": ["", "а", "у", "ом", "ы", "ов", "ами", "ный", "ная", "ного", "ить", "ил", "ила", "ают"],
    "en": ["", "s", "ed", "ing", "er", "ly", "ness"],
    "es": ["", "s", "o", "a", "os", "as", "ado", "ando", "ción"],
}
_NAMES = ["Max", "Mia", "Анна", "Иван", "Мария", "Ольга", "José", "Lucía", "John", "Emma", "Пётр", "Carmen"]
LANGUAGES = ("ru", "en", "es")
_SHARES = (70, 20, 10)
_TAIL = 30_000


@dataclass(frozen=True)
class Words:
    """The words of one language with how often each is used, added up."""

    words: Sequence[str]
    weights: Sequence[float]

    def some(self, chance: random.Random, count: int) -> list[str]:
        """Words as they come."""
        return chance.choices(self.words, cum_weights=self.weights, k=count)


def _words(language: str) -> Words:
    chance = random.Random(language)
    words = _COMMON[language].split()
    stems = itertools.count()
    while len(words) < _TAIL:
        next(stems)
        stem = "".join(chance.choices(_SYLLABLES[language], k=chance.randint(2, 4)))
        words += [stem + ending for ending in chance.sample(_ENDINGS[language], 3)]
    return Words(words, list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1))))


class Writer:
    """Writes texts that are the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._languages = {language: _words(language) for language in LANGUAGES}

    def language(self) -> str:
        """Russian mostly, some English, some Spanish."""
        return self.chance.choices(LANGUAGES, _SHARES)[0]

    def text(self, *, shortest: int = 5, longest: int = 40) -> str:
        """A few sentences; now and then with an order number or a phone number."""
        count = self.chance.randint(shortest, longest)
        words = self._languages[self.language()].some(self.chance, count)
        if self.chance.random() < 0.1:
            words.append(f"№{self.chance.randint(10_000, 999_999)}")
        if self.chance.random() < 0.03:
            words.append(f"+7 9{self.chance.randint(10, 99)} {self.chance.randint(1_000_000, 9_999_999)}")
        return " ".join(words).capitalize() + "."

    def subject(self) -> str:
        """A few words."""
        return self.text(shortest=2, longest=6)[:-1]

    def name(self) -> str:
        """A first name and a number that stands for the family name."""
        return f"{self.chance.choice(_NAMES)} {self.chance.randint(1, 99_999)}"
