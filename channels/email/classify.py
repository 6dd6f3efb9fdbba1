"""What kind of letter this is, and whether a machine may answer it.

The order decides: Exim's bounces say auto-replied, so a bounce is looked for before an
auto-reply; Amazon's look like bulk mail, so before lists too.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from channels.email.bounces import has_status_part, is_success_report, tells_of_failure
from channels.email.headers import Fields, text_of
from channels.email.letters import Address, Klass, Letter
from channels.email.mime import Part
from channels.email.subject import subject_shape

MAX_HOPS = 25
ANSWERS_IN_24_HOURS = 3
DAEMON = re.compile(
    r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|mailerdaemon|mail[-_.]?delivery|maildelivery|postmaster|post[-_.]?office|bounces?|mail-?deamon|"
    r"microsoftexchange[0-9a-f]{32}|delivery[-_.]?(?:status|failure|subsystem|report)|undeliverable|return(?:ed)?[-_.]?mail|nobody|symantec_\w+|mailsystem|"
    r"complaints|double-bounce|mmdf|owner-nolist|mailadmin|daemon|smtpd?|listserv|exchange|admin|administrator|system|autoreply|antispam)(?:[+@\-_.].*|\Z)",
    re.IGNORECASE,
)
DAEMON_NAME = re.compile(
    r"mail(?:er)?[\s-]?(?:daemon|delivery)|delivery\s(?:sub)?system|postmaster|system\s?admin|mail\ssystem|mail\srouter|mail\sadministrator|"
    r"microsoft\soutlook|internet\smail|post\soffice|mail\s?server|bounce|почтов(?:ая|ый)\s(?:систем|сервер)",
    re.IGNORECASE,
)
FAILURE_SUBJECT = re.compile(
    r"""(?:
    undeliver(?:able|ed) | (?:message|mail|e-?mail)\s(?:you\ssent\s)?(?:was\s|has\sbeen\s)?(?:blocked|rejected|quarantined) | (?:mail|message|e-?mail|letter)?\s?(?:delivery|transport|transmission)\s?(?:has\s|status\s|error\s|system\s)?(?:fail|notif|problem|error|report|delay|incomplete|unsuccess|was\sunsuccess|warning)
  | returned\s(?:mail|message|to\ssender|e-?mail) | (?:mail|message|e-?mail)\s(?:could\snot|cannot|was\snot|not|couldn't|can't|wasn't|has\snot|is\snot)\s.{0,20}(?:deliver|sent|send)
  | (?:failure|error|unable|failed)\s(?:notice|notification|to\sdeliver|sending|delivering|delivery|mail|message) | non[\s-]?deliver | nondeliverable | delivery\s(?:notification|reports?|has\sbeen\sdelayed|failure)
  | (?:warning|notice):\s(?:could\snot|message|mail|e-?mail|unable).{0,40} | could\snot\s(?:be\s)?(?:send|sent|deliver) | bounce(?:d)?\s(?:mail|message|action) | rejected\s(?:mail|message|posting|e-?mail) | mail\serror | permanent\s(?:delivery|fatal|failure|error)
  | (?:message|mail|e-?mail)\s(?:status|error|delayed|rejected|bounced|blocked|undeliver|failure|system\serror) | delivery\sstatus | user\sunknown | mailbox\s(?:full|is\sfull|over) | address(?:ee)?\s(?:not\sfound|unknown|error) | nicht\s(?:zugestellt|zustellbar|übermittelt)
  | unzustellbar | zustell(?:ung|status|bericht|fehler) | (?:nachricht|mail)\s.{0,20}(?:verzögert|zurück) | fehler\sbei\sder\s(?:zustellung|übermittlung)
  | не\s?(?:доставлен|может\sбыть\sдоставлен|удал[ао]сь\sдоставить|дошл) | недоставлен | (?:отч[её]т|уведомление|сообщение|ошибк[аи]|сбой|задержка|состоянии).{0,30}достав | возврат\s(?:письма|почты) | письмо\sне\s
  | недоставлен | не\sдоставлено | помилка\sдоставки | не\sвдалося\sдоставити | збій\sдоставки
  | (?:notificaci[oó]n|informe|error|fallo|estado).{0,25}(?:entrega|env[ií]o) | no\s(?:se\s(?:ha\s)?(?:pudo|podido)\sentregar|entregad|se\spuede\sentregar) | correo\s(?:devuelto|no\sentregado) | mensaje\s(?:devuelto|no\sentregado|rechazado)
  | non\s(?:remis|distribu|d[ée]livr|recapitabile|consegnat|è\sstato\spossibile) | (?:[ée]chec|erreur|notification|rapport|[ée]tat).{0,25}(?:remise|distribution|livraison|envoi|non-remise) | retour\s(?:de\scourrier|à\sl'exp[ée]diteur)
  | (?:mancat[oa]|errore|notifica|stato).{0,25}(?:recapito|consegna) | messaggio\snon\s | impossibile\s(?:consegnare|recapitare|inviare)
  | n[ãa]o\s(?:entregue|foi\sposs[ií]vel|entregu) | (?:falha|erro|notifica[çc][ãa]o|status|relat[óo]rio).{0,25}(?:entrega|envio) | mensagem\sdevolvida
  | niet\s(?:bezorgd|besteld|afgeleverd) | onbestelbaar | (?:bezorg|aflever)(?:ing|fout|status|probleem) | niedostarcz | nie\s(?:dostarczono|mo[żz]na\sdostarczy) | (?:błąd|status|raport|powiadomienie).{0,25}(?:dostarcz|doręcz|dostawy)
  | nedoru[čc]iteln | nedoru[čc]en | (?:doručen[íi]|doručení)\s(?:se\snezda|selh) | teslim\s(?:edilemedi|edilemeyen|hatası|durumu) | iletilemedi | (?:kunde|kan)\s(?:inte|ikke)\slevere | olevererbar(?:t|a)? | ej\slevererad | kunne\sikke\sleveres | (?:leverans|leverings)(?:fel|status|rapport|feil) | toimit(?:us\sepäonn|tamaton|us(?:virhe|raportti))
  | kézbesíth?et(?:etlen|len) | kézbesítési | nelivrat | imposibil\sde\slivrat | αδυναμία\sπαράδοσης | ανεπίδοτ
  | 退信 | 无法(?:投递|送达|发送) | 投递(?:失败|状态) | 未(?:送达|投递|送達) | 傳遞(?:失敗|狀態) | 系统退信 | 寄送失敗 | 退回的?(?:郵件|邮件) | 配信(?:不能|エラー|失敗|できません|状況|不可) | 送信(?:エラー|できません|失敗) | 配達(?:不能|できません) | 전송\s?(?:실패|되지) | 배달\s?(?:실패|되지|상태|못) | 반송
    )""",
    re.IGNORECASE | re.VERBOSE,
)
SUBJECT_START = r"^\W*(?:(?:re|aw|sv|antw|res|vs|odp|ynt|отв)\s?:\s*)?\W*"
AUTO_REPLY_SUBJECT = re.compile(
    SUBJECT_START
    + r"""(?:
    auto(?:ma\w{0,14})?[\s-]?(?:reply|response|responder|respond|acknowledg\w+|antwort|antwoord|svar|vastaus|odpověď|odpoveď|odpowiedź|odgovor|válasz|răspuns|atbilde|vastus|atsakymas|resposta|respuesta)\b
  | auto(?:reply|-?response|responder|respuesta|svar|réponse|antwort|vastaus)\b | \[auto(?:-?reply|matic)?\] | automated\s(?:reply|response|acknowledg\w+)
  | automatische\s(?:e-?mail-?)?(?:antwort|beantwoording|rückmeldung|eingangsbestätigung) | automatisch\santwoord | abwesenheits?(?:notiz|nachricht|meldung|assistent|mail|benachrichtigung)\w* | afwezigheids\w* | außer\shaus\s?[::]
  | out[\s-]of[\s-](?:the[\s-])?office | ooo\s?[::] | ooto\b | away\sfrom\s(?:the\s|my\s)?(?:office|desk|mail|email) | vacation\s(?:reply|notice|message|response|auto\w*)\b | i\sam\s(?:currently\s)?(?:out\sof\sthe\soffice|away\sfrom)
  | автоматическ(?:ий|ое|и)\s(?:ответ|уведомлени|сообщени)\w* | автоответ(?:чик)?\b | авто\s?-?\s?ответ | (?:меня\s)?нет\sв\sофисе | вне\sофиса | отсутствие\sв\sофисе
  | автоматична\sвідповідь | автовідповідь | автоматичен\sотговор | аутоматски\sодговор | аўтаматычны\sадказ
  | respuesta\s(?:autom[aá]tica|de\sausencia) | fuera\s(?:de\sla\soficina|de\soficina|del\sdespacho) | contestaci[oó]n\sautom[aá]tica | resposta\sautom[aàá]tica | fora\sdo\sescrit[oó]rio | mensa(?:je|gem)\sautom[aá]tic[ao]
  | r[ée]ponse\sautomatique | message\s(?:automatique|d'absence) | absence\sdu\sbureau | risposta\sautomatica | fuori\s(?:sede|ufficio) | messaggio\sautomatico
  | automatyczna\sodpowied[źz] | odpowied[źz]\sautomatyczna | poza\sbiurem | frånvaro(?:meddelande|besked)\w* | autosvar | fravær(?:sbesked|smelding|sassistent)?\b | ude\saf\skontoret | poissaoloilmoitus\w* | poissaolo\s?[::]
  | mimo\skancel[áa][řr] | otomatik\s(?:yan[ıi]t|cevap) | ofis\sd[ıi][şs][ıi]nda | h[áa]zon\sk[íi]v[üu]l | absent[aă]?\sde\sla\sbirou | αυτ[όο]ματη\sαπ[άα]ντηση | εκτ[όο]ς\sγραφείου
  | 自动(?:回复|答复|回覆) | 自動(?:回覆|回复|返信|応答|答覆) | 不在(?:通知|办公室|のお知らせ) | 자동\s?(?:회신|응답|답장) | 부재\s?중 | ตอบกลับอัตโนมัติ | ไม่อยู่ที่สำนักงาน | trả\slời\stự\sđộng | phản\shồi\stự\sđộng | balasan\sotomatis | jawapan\sautomatik | תשובה\sאוטומטית | מענה\sאוטומטי | رد\sتلقائي | پاسخ\sخودکار
    )""",
    re.IGNORECASE | re.VERBOSE,
)
ABSENT_SUBJECT = re.compile(  # what people write too: believed only beside a sign that a machine sent it
    SUBJECT_START
    + r"""(?:
    auto:\s | automated\smessage | abwesen(?:d|heit)\b | (?:ich\sbin\s)?(?:nicht\sim\s(?:büro|haus)|im\surlaub) | afwezig | automatisch\sbericht
  | on\s(?:vacation|holiday) | on\s(?:annual\s|maternity\s|parental\s|sick\s)?leave\b | vacation\b | (?:i\sam\s)?(?:currently\s)?(?:away|on\sholiday|out\sof\stown)
  | (?:меня\s)?нет\sна\s(?:месте|рабочем) | (?:я\s)?(?:нахожусь\s|сейчас\s)?в\sотпуске | отсутстви?е | отсутствую | (?:я\s)?у\sвідпустці | відсутній
  | de\svacaciones | ausente\b | f[eé]rias\b | absen(?:t|ce)\b | en\scong[ée]s? | assente\b | in\sferie\b | nieobecno[śs][ćc]\w* | (?:jestem\s)?na\surlopie
  | frånvaro | (?:jeg\ser\s)?p[åa]\sferie | semester\b | olen\s(?:lomalla|poissa) | nep[řr][íi]tomnos?t | dovolen[áa]\b | izinde(?:yim)?\b | szabadságon | 休假 | 外出
    )""",
    re.IGNORECASE | re.VERBOSE,
)
AUTO_REPLY_FIELDS = (
    "x-autoreply", "x-autorespond", "x-auto-reply-from", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply", "x-autoresponse",
    "x-vacation", "x-auto-reply", "x-autoreply-domain", "autoreply",
)  # fmt: skip
GENERATED_FIELDS = (
    "x-cron-env",
    "x-auto-generated",
    "x-autogenerated",
    "x-fc-machinegenerated",
    "x-nagios-notification",
    "x-github-reason",
    "x-gitlab-project",
    "x-jira-fingerprint",
)
LIST_FIELDS = (
    "list-id", "list-unsubscribe", "list-post", "list-help", "mailing-list", "x-mailing-list", "feedback-id", "x-feedback-id", "x-beenthere",
    "x-mailman-version", "x-listprocessor-version", "x-listserver", "x-list-administrator", "x-campaign", "x-campaignid", "x-campaign-id",
    "x-mc-user", "x-mailchimp-campaign", "x-csa-complaints", "list-owner", "list-subscribe", "list-archive", "x-listmember", "x-mailer-listid", "x-bulkmail", "x-mailer-recptid",
)  # fmt: skip
NO_REPLY = re.compile(
    r"^(?:(?:.*[._+-])?(?:no|not|non|ne|dont|donot|do[._-]not)[._-]?(?:reply|replay|respond|response|repondre|responder|responda|rispondere|antworten|answer|otvechat)(?:[._+-].*|\d*)?|"
    r"nicht[._-]?antworten|nao[._-]?responda|keine[._-]?antwort|notifications?|notify|alerts?|mailer|newsletter|news|bounces?|automat(?:ic|ed)?|auto[._-]?confirm|robot|bot|daemon|cron|root|nagios|monitoring|system)\Z",
    re.IGNORECASE,
)
NEVER_ANSWERED = re.compile(
    r"^(?:.*[._+-])?(?:no|not|dont|donot|do[._-]not|nao|nicht|ne|non|keine)[._-]?(?:reply|replay|respond|response|repondre|responder|responda|rispondere|antworten?|answer|otvechat)\w*|"
    r"^(?:mailer-?daemon|postmaster|bounces?|abuse|root|daemon|nobody)(?:[+_-].*)?\Z|.*[+._-]bounces?\b|^bounces?[+._-]|^owner-|-(?:owner|request|bounces)\Z",
    re.IGNORECASE,
)
REPORT_SUBJECT = re.compile(r"^\W*report\sdomain:\s.+(?:submitter|report-id):", re.IGNORECASE)
RECEIPT_SUBJECT = re.compile(
    r"^(?:read|gelesen|прочитано|прочтено|lu|leído|lido|letto|gelezen|läst|lest|læst|przeczytane|přečteno|okundu|已读|已讀|開封済み|return\sreceipt(?:\s\(displayed\))?|read\sreceipt)\s?[::]",
    re.IGNORECASE,
)


def classify(root: Part, text: str, subject: str, sender: Address | None, return_path: str | None) -> Klass:  # noqa: PLR0911 - the order is the rule
    """The class of a letter by its fields, its parts and, for bounces, its text."""
    fields = root.fields
    if _is_report(root, subject):
        return "report"
    if has_status_part(root):
        return "report" if is_success_report(root) else "bounce"
    if _is_bounce(root, text, subject, sender, return_path):
        return "bounce"
    if _is_auto_reply(fields, subject):
        return "auto_reply"
    submitted = text_of(fields.first("auto-submitted")).lower()
    if return_path == "":
        is_answer = "in-reply-to" in fields or subject_shape(subject) == "reply"
        return "auto_reply" if is_answer and not submitted.startswith("auto-g") else "auto_generated"
    if submitted.startswith(("auto-", "auto_")) or any(name in fields for name in GENERATED_FIELDS):
        return "auto_generated"
    if is_from_list(fields):
        return "list"
    return "auto_generated" if sender is not None and NO_REPLY.match(sender.local_part) else "human"


def is_from_list(fields: Fields) -> bool:
    """Whether a list or a mass mailer sent it."""
    precedence = text_of(fields.first("precedence")).lower()
    return precedence in ("bulk", "list", "junk") or any(name in fields for name in LIST_FIELDS)


def may_answer(  # noqa: PLR0913 - each is one of the reasons not to
    letter: Letter,
    *,
    own_addresses: Collection[str] = (),
    own_domains: Collection[str] = (),
    answered_in_dialog: bool = False,
    answers_before: Collection[datetime] = (),
    now: datetime | None = None,
) -> bool:
    """Whether a machine may answer this letter (I24, RFC 3834): one doubt is enough to keep silent.

    `own_domains` are those of our Message-IDs; `answers_before` are the times of automatic
    answers to this sender anywhere in the workspace.
    """
    target = (letter.reply_to or ((letter.from_,) if letter.from_ else ()))[:1]
    if letter.klass != "human" or letter.from_ is None or not target:
        return False
    own = {address.lower() for address in own_addresses}
    if {letter.from_.address.lower(), target[0].address.lower()} & own:
        return False
    if any(NEVER_ANSWERED.search(one.local_part) for one in (letter.from_, target[0])):
        return False
    if {"all", "autoreply", "oof"} & set(letter.response_suppress) or letter.auto_submitted not in ("", "no"):
        return False
    if letter.return_path == "" or letter.received_hops > MAX_HOPS or letter.loop_marks or letter.spam_marks:
        return False
    domain = (letter.message_id or "").rpartition("@")[2].lower()
    if domain and domain in {one.lower() for one in own_domains}:
        return False
    if answered_in_dialog:
        return False
    recent = [moment for moment in answers_before if now is None or moment > now - timedelta(hours=24)]
    return len(recent) < ANSWERS_IN_24_HOURS


def _is_report(root: Part, subject: str) -> bool:
    """Complaints (RFC 5965), read receipts (RFC 8098), aggregate reports; a delivery report is none of these."""
    types = {part.mime for part in root.walk()}
    kind = root.parameters.get("report-type", "").lower()
    if types & {"message/feedback-report", "message/disposition-notification"} or kind in (
        "feedback-report",
        "disposition-notification",
        "tlsrpt",
    ):
        return "message/delivery-status" not in types or kind != "delivery-status"
    content_class = text_of(root.fields.first("content-class")).lower()
    if content_class.endswith(":mdn") or REPORT_SUBJECT.match(subject):
        return True
    return RECEIPT_SUBJECT.match(subject) is not None and (
        "disposition" in text_of(root.fields.first("content-type")).lower()
        or "x-ms-exchange-generated-message-source" in root.fields
    )


def _is_bounce(root: Part, text: str, subject: str, sender: Address | None, return_path: str | None) -> bool:
    """The gate: who sent it, how it came and what it is called must agree before prose is believed."""
    fields = root.fields
    if "x-failed-recipients" in fields:
        return True
    if text_of(fields.first("content-class")).lower().endswith(":dsn"):
        return True
    if (
        root.mime == "multipart/report"
        and root.parameters.get("report-type", "delivery-status").lower() == "delivery-status"
    ):
        return True
    shown = text_of(fields.first("from"))
    is_daemon = bool(
        (sender and DAEMON.match(sender.address))
        or DAEMON_NAME.search(shown)
        or re.match(r"\W*(?:mailer-daemon|postmaster)\b", shown, re.IGNORECASE)
    )
    is_null = return_path == "" or not shown
    is_failure = subject_shape(subject) != "reply" and FAILURE_SUBJECT.search(subject) is not None
    if AUTO_REPLY_SUBJECT.match(subject):
        return False
    if is_failure and (is_daemon or is_null):
        return True
    if (
        is_daemon
        and (is_null or sender is None or not _is_plain_admin(sender))
        and "in-reply-to" not in fields
    ):
        return tells_of_failure(text)
    if is_failure and not is_from_list(fields):
        is_unsigned = return_path is None or sender is None or NO_REPLY.match(sender.local_part) is not None
        return is_unsigned and tells_of_failure(text) and subject_shape(subject) == "new"
    return is_null and tells_of_failure(text) and _names_server(text)


def _is_plain_admin(sender: Address) -> bool:
    """A person may write from admin@ or system@."""
    return (
        re.match(
            r"(?:admin|administrator|system|exchange|daemon|nobody|listserv|smtp|autoreply|antispam|bounces?)\b",
            sender.local_part,
        )
        is not None
    )


def _names_server(text: str) -> bool:
    return (
        re.search(
            r"\b(?:smtp|mail server|mailer|remote host|recipient|undeliver|delivery|550|554|552)\b",
            text[:4_000],
            re.IGNORECASE,
        )
        is not None
    )


def _is_auto_reply(fields: Fields, subject: str) -> bool:
    submitted = text_of(fields.first("auto-submitted")).lower()
    if submitted.startswith(("auto-replied", "auto_replied")):
        return True
    if any(name in fields for name in AUTO_REPLY_FIELDS):
        return (
            text_of(fields.first("x-autoreply")).lower() not in ("no", "false") or not "x-autoreply" in fields
        )
    if text_of(fields.first("precedence")).lower().replace("-", "_") in ("auto_reply", "autoreply"):
        return True
    if (
        "autoresponder" in text_of(fields.first("delivered-to")).lower()
        or "autoresponder" in text_of(fields.first("x-post-messageclass")).lower()
    ):
        return True
    if text_of(fields.first("x-mailer")).lower().startswith(("vacation", "autoresponder", "autoreply")):
        return True
    if AUTO_REPLY_SUBJECT.match(subject):
        return True
    is_machine = (
        submitted.startswith("auto")
        or "x-auto-response-suppress" in fields
        or _is_null_path(fields)
        or is_from_list(fields)
    )
    return is_machine and ABSENT_SUBJECT.match(subject) is not None


def _is_null_path(fields: Fields) -> bool:
    return "return-path" in fields and fields.first("return-path").strip() in (b"<>", b"")
