"""Statuses and fates out of what servers write: codes where there are some, else words of many languages."""

import re

from channels.email.letters import BounceKind

ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]|\s?(?:MB|KB))")  # RFC 3463
REPLY_CODE = re.compile(r"(?<![\d.\-])([45][0-5]\d)(?=[\s\-#:<>(,.]|$)(?!\.\d)")
MAY_WORK_LATER = frozenset(("5.2.2", "5.2.3", "5.3.1", "5.3.4", "5.4.5", "5.4.7"))
FULL = re.compile(
    r"""
    quota|mailbox\s(?:is\s)?(?:too\s)?full|over\s?(?:quota|limit)|mail\s?box\s(?:size\s)?(?:limit
    |exceed)|inbox\s(?:is\s)?full|(?:exceed|insufficient|not\senough).{0,40}(?:storage|space
    |size\slimit)|mailfolder\sis\sfull|postfach\s(?:ist\s)?voll|переполнен
    |пространств.{0,30}(?:закончи|исчерпа)|ящик.{0,20}полон|buz[oó]n.{0,20}lleno|boîte.{0,30}pleine
    |casella.{0,20}piena|skrzynka.{0,20}pełna|doldu|volle?\smailbox|メールボックス.{0,20}いっぱい|邮箱.{0,6}满
    |郵箱.{0,6}滿
    """,
    re.IGNORECASE | re.VERBOSE,
)
LATER = re.compile(
    r"""
    temporar|try\sagain|timed?\s?out|greylist|deferred|connection\s(?:refused|reset|lost|dropped)
    |too\smany\sconnections|rate\slimit|retry\s(?:time|timeout)|resources\stemporarily
    |could\snot\sconnect|(?:no|not)\s(?:route|answer)|unreachable|service\sunavailable
    |host\snot\sresponding|over\srate|throttl|отложен|временн
    """,
    re.IGNORECASE | re.VERBOSE,
)
DELAY = re.compile(
    r"""
    \bdelay|warning:\s(?:could\snot\ssend|message)|will\s(?:continue|keep)\s(?:trying|to\stry)
    |still\s(?:being\s)?(?:trying|retried|undelivered)|do(?:n'?t|\snot)\sneed\sto\sresend
    |not\s(?:yet\s)?been\sdelivered|has\snot\syet|verzöger|noch\snicht\szugestellt|задерж|retardé
    |retrasad|ritard|попытки\sдоставки\sбудут|opóźni|atrasad|gecik|配信.{0,6}遅延|延迟|延遲
    """,
    re.IGNORECASE | re.VERBOSE,
)
GIVEN_UP = re.compile(
    r"""
    giv(?:e|en|ing)\sup|final|permanent|returned\sto\ssender|undeliverable|failed\spermanently
    |delivery\s(?:has\s)?failed
    """,
    re.IGNORECASE | re.VERBOSE,
)
STATUS_OF_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (FULL, "5.2.2"),
    (
        re.compile(
            r"""
            (?:user|recipient|mailbox|address|account|addressee|alias|адрес\w*|пользовател\w*|ящик\w*
            |получател\w*|empfänger\w*|benutzer\w*|destinatar\w*|usuario).{0,60}(?:unknown|not\s(?:found
            |exist|listed|known|valid|available)|does\s?n[o']t\sexist|no\slonger|invalid|disabled
            |inactive|unavailable|не\s(?:найден|существует|обнаружен)|recogni[sz]ed|unbekannt
            |nicht\sgefunden|existiert\snicht|no\sexiste|inconnu|desconocid)|(?:unknown|no\ssuch|invalid
            |bad|non-?existent|unrouteable|unknown\sor\sillegal)\s(?:local|user|recipient|mailbox
            |address|account|destination|person|alias)|address\snot\sfound|user\sunknown
            |wasn't\sfound\sat|couldn't\sbe\sfound|не\sсуществует|listed\sin\s(?:public|domino)
            """,
            re.IGNORECASE | re.VERBOSE | re.DOTALL,
        ),
        "5.1.1",
    ),
    (
        re.compile(
            r"""
            (?:host|domain|server|mx|dns).{0,60}(?:not\s(?:found|appear)|unregistered|unknown
            |does\snot\sexist|lookup|nxdomain|no\ssuch)|unrouteable\smail\sdomain
            |bad\sdestination\s(?:host|system)|name\s(?:service\s)?error|домен.{0,30}не\s
            """,
            re.IGNORECASE | re.VERBOSE,
        ),
        "5.1.2",
    ),
    (
        re.compile(
            r"""
            too\s(?:large|big)|size\s(?:limit|exceed)|exceeds?.{0,30}size|message\ssize
            """,
            re.IGNORECASE | re.VERBOSE,
        ),
        "5.3.4",
    ),
    (
        re.compile(
            r"""
            spam|blocked|black\s?list|block\s?list|policy|reject|denied|refused\sby|not\sallowed
            |prohibited|relay
            """,
            re.IGNORECASE | re.VERBOSE,
        ),
        "5.7.1",
    ),
    (
        re.compile(
            r"""
            retry\stime|expired|too\sold|queue\stoo\slong|timed?\sout
            """,
            re.IGNORECASE | re.VERBOSE,
        ),
        "4.4.7",
    ),
)


def exact(told: str) -> str | None:
    """The first enhanced code that says more than "something is wrong"."""
    return next((found.group() for found in ENHANCED.finditer(told) if found[3] != "0"), None)


def status_of(told: str) -> str | None:
    """The status prose tells: an enhanced code, else words with the class of a reply code, else that."""
    found = exact(told)
    if found:
        return found
    general = ENHANCED.search(told)
    code = REPLY_CODE.search(told)
    for pattern, status in STATUS_OF_WORDS:
        if pattern.search(told):
            return f"{code[1][0]}{status[1:]}" if code else status
    return general.group() if general else f"{code[1][0]}.0.0" if code else None


def sharpened(status: str, diagnostic: str, prose: str) -> str | None:
    """The status of a report; a general one gives way to what its diagnostic, else the prose, says."""
    told = ENHANCED.search(status)
    if told and told[3] != "0":
        return told.group()
    by_diagnostic = exact(diagnostic)
    if by_diagnostic:
        return by_diagnostic
    by_prose = None if diagnostic else exact(prose)
    if by_prose and (told is None or by_prose[0] == told[1]):
        return by_prose
    by_words = status_of(diagnostic or prose)
    if by_words and (told is None or by_words[0] == told[1]) and not by_words.endswith(".0"):
        return by_words
    return told.group() if told else by_words


def kind_of(action: str, status: str | None, told: str, subject: str) -> BounceKind:
    """Hard for an address that will not work, soft for what may another day, delayed while it is tried."""
    is_delay = DELAY.search(subject) or (DELAY.search(told) and not GIVEN_UP.search(told))
    if action == "delayed" or (action != "failed" and is_delay and not GIVEN_UP.search(subject)):
        return "delayed"
    if status and (status.startswith("4") or status in MAY_WORK_LATER):
        return "soft"
    if status and not status.endswith(".0"):
        return "soft" if status.startswith("5.2.") and FULL.search(told) else "hard"
    is_later = LATER.search(told) and not (status or "").startswith("5")
    return "soft" if FULL.search(told) or is_later else "hard"
