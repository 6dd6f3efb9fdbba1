"""The words by which machines are known: in addresses, subjects and fields, of many languages."""

import re


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.VERBOSE)


DAEMON = _pattern(
    r"""
    ^(?:mailer[-_.]?d[ae]+mon|mail[-_.]?d[ae]+mon|mdaemon|mail[-_.]?delivery|mail[-_.]?system|postmaster
    |post[-_.]?master|post[-_.]?office|bounces?|double-bounce|microsoftexchange[0-9a-f]{32}
    |delivery[-_.]?(?:status|failure|subsystem|report)|undeliverable|return(?:ed)?[-_.]?mail|mmdf
    |owner-nolist|symantec_\w+)(?:[+@\-_.].*|\Z)
    """
)
DAEMON_NAME = _pattern(
    r"""
    mail(?:er)?[\s-]?(?:daemon|delivery)|delivery\s(?:sub)?system|^\W*postmaster\b|mail\ssystem\b
    |mail\srouter|mail\sadministrator|system\sadministrator|systemadministrator|microsoft\soutlook
    |internet\smail\s(?:service|delivery)|post\soffice|почтов(?:ая|ый)\s(?:система|сервер|робот)
    """
)
SERVER = _pattern(
    r"""
    ^(?:admin|administrator|system|exchange|daemon|nobody|listserv|smtp|antispam|mailadmin|hostmaster
    |imss|autoreply|complaints|(?:.*[._+-])?(?:no|not|do[._-]?not|dont)[._-]?reply.*|noc|abuse|root
    |support)\Z
    """
)
SERVER_WORDS = _pattern(
    r"""
    \b(?:smtp|mail\s?server|mailer|remote\s(?:host|server)|mailbox|rcpt\sto|mta|mx|recipients?
    |e-?mail\saddress|undeliver\w*|user\sunknown|unknown\suser|relay\w*)\b|почтов|адресат|получател|ящик
    |empfänger|postfach|destinatar|buz[oó]n|boîte|宛先|メール|收件人|邮箱|邮件|郵件|메일
    """
)
FAILURE_SUBJECT = _pattern(
    r"""
    (?:undeliver(?:able|ed)|(?:message|mail|e-?mail)\s(?:you\ssent\s)?(?:was\s|has\sbeen\s)?(?:blocked
    |rejected|quarantined)|(?:mail|message|e-?mail|letter)?\s?(?:delivery|transport
    |transmission)\s?(?:has\s|status\s|error\s|system\s)?(?:fail|notif|problem|error|report|delay
    |incomplete|unsuccess|was\sunsuccess|warning)|returned\s(?:mail|message|to\ssender|e-?mail)|(?:mail
    |message|e-?mail)\s(?:could\snot|cannot|was\snot|not|couldn't|can't|wasn't|has\snot
    |is\snot)\s.{0,20}(?:deliver|sent|send)|(?:failure|error|unable|failed)\s(?:notice|notification
    |to\sdeliver|sending|delivering|delivery|mail|message)|non[\s-]?deliver|nondeliverable
    |delivery\s(?:notification|reports?|has\sbeen\sdelayed|failure)|(?:warning|notice):\s(?:could\snot
    |message|mail|e-?mail|unable).{0,40}|could\snot\s(?:be\s)?(?:send|sent|deliver)
    |bounce(?:d)?\s(?:mail|message|action)|rejected\s(?:mail|message|posting|e-?mail)|mail\serror
    |permanent\s(?:delivery|fatal|failure|error)|(?:message|mail|e-?mail)\s(?:status|error|delayed
    |rejected|bounced|blocked|undeliver|failure|system\serror)|delivery\sstatus|user\sunknown
    |mailbox\s(?:full|is\sfull|over)|address(?:ee)?\s(?:not\sfound|unknown|error)|nicht\s(?:zugestellt
    |zustellbar|übermittelt)|unzustellbar|zustell(?:ung|status|bericht|fehler)|(?:nachricht
    |mail)\s.{0,20}(?:verzögert|zurück)|fehler\sbei\sder\s(?:zustellung|übermittlung)|не\s?(?:доставлен
    |может\sбыть\sдоставлен|удал[ао]сь\sдоставить|дошл)|недоставлен|(?:отч[её]т|уведомление|сообщение
    |ошибк[аи]|сбой|задержка|состоянии).{0,30}достав|возврат\s(?:письма|почты)|письмо\sне\s|недоставлен
    |не\sдоставлено|помилка\sдоставки|не\sвдалося\sдоставити|збій\sдоставки|(?:notificaci[oó]n|informe
    |error|fallo|estado).{0,25}(?:entrega|env[ií]o)|no\s(?:se\s(?:ha\s)?(?:pudo|podido)\sentregar
    |entregad|se\spuede\sentregar)|correo\s(?:devuelto|no\sentregado)|mensaje\s(?:devuelto|no\sentregado
    |rechazado)|non\s(?:remis|distribu|d[ée]livr|recapitabile|consegnat|è\sstato\spossibile)|(?:[ée]chec
    |erreur|notification|rapport|[ée]tat).{0,25}(?:remise|distribution|livraison|envoi|non-remise)
    |retour\s(?:de\scourrier|à\sl'exp[ée]diteur)|(?:mancat[oa]|errore|notifica|stato).{0,25}(?:recapito
    |consegna)|messaggio\snon\s|impossibile\s(?:consegnare|recapitare|inviare)|n[ãa]o\s(?:entregue
    |foi\sposs[ií]vel|entregu)|(?:falha|erro|notifica[çc][ãa]o|status|relat[óo]rio).{0,25}(?:entrega
    |envio)|mensagem\sdevolvida|niet\s(?:bezorgd|besteld|afgeleverd)|onbestelbaar|(?:bezorg
    |aflever)(?:ing|fout|status|probleem)|niedostarcz|nie\s(?:(?:mog\w+\s)?zosta\w+\sd(?:ostarcz|oręcz)\w+|dostarczono|mo[żz]na\sdostarczy)|(?:błąd
    |status|raport|powiadomienie).{0,25}(?:dostarcz|doręcz|dostawy)|nedoru[čc]iteln|nedoru[čc]en
    |(?:doručen[íi]|doručení)\s(?:se\snezda|selh)|teslim\s(?:edilemedi|edilemeyen|hatası|durumu)
    |iletilemedi|(?:kunde|kan)\s(?:inte|ikke)\slevere|olevererbar(?:t|a)?|ej\slevererad
    |kunne\sikke\sleveres|(?:leverans|leverings)(?:fel|status|rapport|feil)|toimit(?:us\sepäonn|tamaton
    |us(?:virhe|raportti))|kézbesíth?et(?:etlen|len)|kézbesítési|nelivrat|imposibil\sde\slivrat
    |αδυναμία\sπαράδοσης|ανεπίδοτ|退信|无法(?:投递|送达|发送)|投递(?:失败|状态)|未(?:送达|投递|送達)|傳遞(?:失敗|狀態)|系统退信|寄送失敗
    |退回的?(?:郵件|邮件)|配信(?:不能|エラー|失敗|できません|状況|不可)|送信(?:エラー|できません|失敗)|配達(?:不能|できません)|전송\s?(?:실패|되지)
    |배달\s?(?:실패|되지|상태|못)|반송)
    """
)
SUBJECT_START = r"^\W*(?:(?:re|aw|sv|antw|res|vs|odp|ynt|отв)\s?:\s*)?\W*"
AUTO_REPLY_SUBJECT = _pattern(
    SUBJECT_START
    + r"""
    (?:нет\sна\sместе\s?:|немає\sна\sмісці\s?:|fraværende\s?:|frånvarande\s?:|poissa\s?:
    |ikke\stil\sstede\s?:|niet\saanwezig\s?:|ausente\sdo\sescritório|ausência\stemporária
    |assente\sdall'ufficio|auto(?:ma\w{0,14})?[\s-]?(?:reply|response|responder|respond|acknowledg\w+
    |antwort|antwoord|svar|vastaus|odpověď|odpoveď|odpowiedź|odgovor|válasz|răspuns|atbilde|vastus
    |atsakymas|resposta|respuesta)\b|auto(?:reply|-?response|responder|respuesta|svar|réponse|antwort
    |vastaus)\b|\[auto(?:-?reply|matic)?\]|automated\s(?:reply|response|acknowledg\w+)
    |automatische\s(?:e-?mail-?)?(?:antwort|beantwoording|rückmeldung|eingangsbestätigung)
    |automatisch\santwoord|abwesenheits?(?:notiz|nachricht|meldung|assistent|mail|benachrichtigung)\w*
    |afwezigheids\w*|außer\shaus\s?[::]|out[\s-]of[\s-](?:the[\s-])?office|ooo\s?[::]|ooto\b
    |away\sfrom\s(?:the\s|my\s)?(?:office|desk|mail|email)|vacation\s(?:reply|notice|message|response
    |auto\w*)\b|i\sam\s(?:currently\s)?(?:out\sof\sthe\soffice|away\sfrom)|автоматическ(?:ий|ое
    |и)\s(?:ответ|уведомлени|сообщени)\w*|автоответ(?:чик)?\b|авто\s?-?\s?ответ|(?:меня\s)?нет\sв\sофисе
    |вне\sофиса|отсутствие\sв\sофисе|автоматична\sвідповідь|автовідповідь|автоматичен\sотговор
    |аутоматски\sодговор|аўтаматычны\sадказ|respuesta\s(?:autom[aá]tica|de\sausencia)
    |fuera\s(?:de\sla\soficina|de\soficina|del\sdespacho)|contestaci[oó]n\sautom[aá]tica
    |resposta\sautom[aàá]tica|fora\sdo\sescrit[oó]rio|mensa(?:je|gem)\sautom[aá]tic[ao]
    |r[ée]ponse\sautomatique|message\s(?:automatique|d'absence)|absence\sdu\sbureau|risposta\sautomatica
    |fuori\s(?:sede|ufficio)|messaggio\sautomatico|automatyczna\sodpowied[źz]|odpowied[źz]\sautomatyczna
    |poza\sbiurem|frånvaro(?:meddelande|besked)\w*|autosvar|fravær(?:sbesked|smelding|sassistent)?\b
    |ude\saf\skontoret|poissaoloilmoitus\w*|poissaolo\s?[::]|mimo\skancel[áa][řr]|otomatik\s(?:yan[ıi]t
    |cevap)|ofis\sd[ıi][şs][ıi]nda|h[áa]zon\sk[íi]v[üu]l|absent[aă]?\sde\sla\sbirou
    |αυτ[όο]ματη\sαπ[άα]ντηση|εκτ[όο]ς\sγραφείου|自动(?:回复|答复|回覆)|自動(?:回覆|回复|返信|応答|答覆)
    |不在(?:通知|办公室|のお知らせ)|자동\s?(?:회신|응답|답장)|부재\s?중|ตอบกลับอัตโนมัติ|ไม่อยู่ที่สำนักงาน
    |trả\slời\stự\sđộng|phản\shồi\stự\sđộng|balasan\sotomatis|jawapan\sautomatik|תשובה\sאוטומטית
    |מענה\sאוטומטי|رد\sتلقائي|پاسخ\sخودکار)
    """
)
ABSENT_SUBJECT = _pattern(  # what people write too: believed only beside a sign that a machine sent it
    SUBJECT_START
    + r"""
    (?:auto:\s|automated\smessage|abwesen(?:d|heit)\b|(?:ich\sbin\s)?(?:nicht\sim\s(?:büro|haus)
    |im\surlaub)|afwezig|automatisch\sbericht|on\s(?:vacation|holiday)|on\s(?:annual\s|maternity\s
    |parental\s|sick\s)?leave\b|vacation\b|(?:i\sam\s)?(?:currently\s)?(?:away|on\sholiday
    |out\sof\stown)|(?:меня\s)?нет\sна\s(?:месте|рабочем)|(?:я\s)?(?:нахожусь\s|сейчас\s)?в\sотпуске
    |отсутстви?е|отсутствую|(?:я\s)?у\sвідпустці|відсутній|de\svacaciones|ausente\b|f[eé]rias\b
    |absen(?:t|ce)\b|en\scong[ée]s?|assente\b|in\sferie\b|nieobecno[śs][ćc]\w*|(?:jestem\s)?na\surlopie
    |frånvaro|(?:jeg\ser\s)?p[åa]\sferie|semester\b|olen\s(?:lomalla|poissa)|nep[řr][íi]tomnos?t
    |dovolen[áa]\b|izinde(?:yim)?\b|szabadságon|休假|外出)
    """
)
NO_REPLY = _pattern(
    r"""
    ^(?:(?:.*[._+-])?(?:no|not|non|ne|dont|donot|do[._-]not)[._-]?(?:reply|replay|respond|response
    |repondre|responder|responda|rispondere|antworten|answer|otvechat)(?:[._+-].*|\d*)?
    |nicht[._-]?antworten|nao[._-]?responda|keine[._-]?antwort|notifications?|notify|alerts?|mailer
    |newsletter|news|bounces?|automat(?:ic|ed)?|auto[._-]?confirm|robot|bot|daemon|cron|root|nagios
    |monitoring|system)\Z
    """
)
NEVER_ANSWERED = _pattern(
    r"""
    ^(?:.*[._+-])?(?:no|not|dont|donot|do[._-]not|nao|nicht|ne|non|keine)[._-]?(?:reply|replay|respond
    |response|repondre|responder|responda|rispondere|antworten?|answer|otvechat)\w*|^(?:mailer-?daemon
    |postmaster|bounces?|abuse|root|daemon|nobody)(?:[+_-].*)?\Z|.*[+._-]bounces?\b|^bounces?[+._-]
    |^owner-|-(?:owner|request|bounces)\Z
    """
)
REPORT_SUBJECT = _pattern(
    r"""
    ^(?:\W*report\sdomain:\s.+(?:submitter|report-id):|complaint\sabout\smessage\sfrom\s\d)
    """
)
RECEIPT_SUBJECT = _pattern(
    r"""
    ^(?:read|gelesen|прочитано|прочтено|lu|leído|lido|letto|gelezen|läst|lest|læst|przeczytane|přečteno
    |okundu|已读|已讀|開封済み|return\sreceipt(?:\s\(displayed\))?|read\sreceipt)\s?[::]
    """
)
AUTO_REPLY_VALUES = (
    ("auto-submitted", _pattern(r"auto[-_]replied")),
    ("x-autogenerated", _pattern(r"(?:auto-?)?reply")),
    ("precedence", _pattern(r"auto[-_]?reply")),
    ("delivered-to", _pattern(r".*autoresponder")),
    ("x-post-messageclass", _pattern(r".*autoresponder")),
    ("x-mailer", _pattern(r"vacation|auto-?repl|autoresponder")),
)
AUTO_REPLY_FIELDS = frozenset(
    """
    x-autoreply x-autorespond x-auto-reply-from x-autoresponder x-autoreply-from x-mail-autoreply
    x-autoresponse x-vacation x-auto-reply x-autoreply-domain autoreply
    """.split()
)
GENERATED_FIELDS = frozenset(
    """
    x-cron-env x-auto-generated x-autogenerated x-fc-machinegenerated x-nagios-notification
    x-github-reason x-gitlab-project x-jira-fingerprint
    """.split()
)
LIST_FIELDS = frozenset(
    """
    list-id list-unsubscribe list-post list-help mailing-list x-mailing-list feedback-id x-feedback-id
    x-beenthere x-mailman-version x-listprocessor-version x-listserver x-list-administrator x-campaign
    x-campaignid x-campaign-id x-mc-user x-mailchimp-campaign x-csa-complaints list-owner list-subscribe
    list-archive x-listmember x-mailer-listid x-bulkmail x-mailer-recptid
    """.split()
)
