"""The words mail programs put around quotes and forwards, by what they mean.

Every language's words stand together: a letter's language is not known, and programs
mix them. Underscores stand for spaces.
"""

import re
import unicodedata
from typing import Literal

Field = Literal["from", "date", "to", "cc", "subject", "other"]

LABELS: dict[Field, str] = {
    # en de es fr it pt nl sv da no fi is, pl cs sk sl hr, lt lv et hu ro sq, ru uk be bg sr mk,
    # tr az kk el, he ar fa, zh ja ko, th vi id ms
    "from": """
        from von de da van från fra lähettäjä sendandi od odesílatel odosielateľ pošiljatelj šalje nuo
        no kellelt saatja feladó de_la expeditor nga от от_кого отправитель від відправник ад ад_каго
        подател од испраћа kimden gönderen kimdən кімнен από αποστολέας מאת مِن من المرسل از فرستنده
        发件人 發件人 寄件者 寄件人 来自 來自 差出人 送信者 送信元 보낸_사람 보낸사람 발신자 발신 จาก
        từ người_gửi dari pengirim daripada nadawca afzender mittente remitente remetente expéditeur
        absender avsändare avsender afsender reply_from sender expeditorul від_кого отправлено_от
        avsändaren
    """,
    "date": """
        sent date gesendet datum enviado enviado_el enviada enviada_em enviado_em enviat fecha envoyé
        envoyé_le date_d'envoi inviato data data_invio verzonden verzonden_op skickat skickades sendt
        dato lähetetty päivämäärä päiväys pvm dagsetning sent_at wysłano wysłane odesláno odoslané
        dátum poslano poslané datums nosūtīts išsiųsta saadetud kuupäev küldve elküldve trimis dërguar
        отправлено отправлена дата дата_отправки дата_и_время послано надіслано відправлено надiслано
        адпраўлена изпратено послато испратено gönderildi gönderilme_tarihi gönderme_tarihi tarih
        göndərilib tarix жіберілді ημερομηνία στάλθηκε εστάλη נשלח נשלח_בתאריך תאריך تاريخ_الإرسال
        تم_الإرسال التاريخ أُرسلت أرسلت تاریخ ارسال_شده تاریخ_ارسال 发送时间 发送日期 发件时间 发信时间
        日期 时间 寄件日期 傳送時間 傳送日期 時間 送信日時 送信日 日時 日付 보낸_날짜 날짜 일시 발신일
        ส่งเมื่อ ส่ง วันที่ đã_gửi ngày ngày_gửi gửi vào_lúc dikirim tanggal dihantar tarikh time when
        dată gönderilen odeslané received
    """,
    "to": """
        to an à a para per aan till til vastaanottaja do komu za kam kellele kellele: címzett către
        către: для кому кому: получатель одержувач до каму до: за kime alıcı kimə кімге προς
        παραλήπτης אל לכבוד إلى الى المستلم به گیرنده 收件人 收件者 發送至 至 宛先 受信者 받는_사람
        받는사람 수신자 수신 ถึง đến tới người_nhận kepada adresat geadresseerde destinatario
        destinatário destinataire destinatar empfänger mottagare modtager mottaker príjemca příjemce
        prejemnik primatelj recipient recipients delivered-to gavėjas kam: saaja për pour destinatarul
        pre prima
    """,
    "cc": """
        cc c.c. bcc kopie copie copia cópia kopia kopi kopio kópia másolat копия копія копие cópia_de
        kopija koopia bilgi κοιν κοινοποίηση עותק نسخة نسخه رونوشت 抄送 副本 抄送人 参考 参考: 참조
        สำเนา đồng_gửi tembusan dw udw cci cco másolatot_kap kopie_(cc) copie_à kopia_do
    """,
    "subject": """
        subject betreff objet asunto assunto oggetto onderwerp ämne emne aihe efni temat předmět
        predmet zadeva naslov tema tēma teema tárgy subiect subiectul subjekti тема тема_письма
        заголовок предмет тэма относно konu mövzu тақырып θέμα נושא הנדון الموضوع موضوع 主题 主題 主旨
        标题 標題 件名 題名 제목 เรื่อง หัวเรื่อง chủ_đề tiêu_đề subjek perihal judul onderwerp: sujet
    """,
    "other": """
        reply-to reply_to replyto antwort_an répondre_à responder_a rispondi_a antwoord_aan svar_till
        svar_til vastaus odpowiedz_do ответить_кому кому_ответить відповісти importance wichtigkeit
        priority priorität priorité prioridad importancia importância importanza urgentie prioriteit
        prioritet важность важливість приоритет attachments anlagen anhänge pièces_jointes adjuntos
        datos_adjuntos anexos allegati bijlagen bilagor vedlegg vedhæftede_filer liitteet załączniki
        přílohy mellékletek вложения вкладення ekler 附件 添付ファイル 첨부 message-id organization
        organisation cc_to sensitivity 返信先 odgovori_na odpověď_na válaszcím odpowiedź-do
        responder_para răspuns_către ответ-кому odpovedať-pre svara_till yanıt_adresi кому_відповісти
        organización организация
    """,
}

WROTE = """
    wrote writes said schrieb schrieb_am escribió escribio ha_escrit va_escriure a_écrit a_ecrit
    écrivait ha_scritto scrive scriveva escreveu escribiu schreef heeft_geschreven skrev kirjoitti
    skrifaði napisał napisała napisał(a) pisze pisał pisała napisal(a) napisal napisala napsal napsala
    napsal(a) napísal napísala napísal(a) je_napisal je_napisala je_napisao je_napisao/la napisao
    napisala pisao je rašė parašė rakstīja kirjutas írta a_scris shkruajti написал написала написал(а)
    написа пишет писал писала писал(а) написано сообщил сообщает написав написала написав(ла) пише
    писав напісаў напісаў(ла) написао написао/ла је_написао пишува şunu_yazdı yazdı yazmış yazdı:
    yazıb жазды έγραψε γράφει כתב כתבה כתב/ה كتب كتبت كتب/ت نوشت نوشته 写道 寫道 写到 写信 書きました
    書いた のメール さんは書きました 작성 작성: 님이_작성 님의_말 님이_쓴_글 เขียน เขียนว่า đã_viết
    viết menulis telah_menulis skrev_følgende nadesłał napísal ezt_írta följande のメッセージ
    작성하였습니다 님이_작성하였습니다
"""

ORIGINAL = """
    original original-nachricht original_nachricht original_message original_mail original_email
    original_appointment ursprüngliche_nachricht originalnachricht ursprüngliche_e-mail
    mensaje_original missatge_original message_d'origine message_d’origine message_original
    message_initial messaggio_originale messaggio_di_origine mensagem_original mensagem_de_origem
    oorspronkelijk_bericht originele_bericht origineel_bericht ursprungligt_meddelande
    originalmeddelande oprindelig_meddelelse original_besked opprinnelig_melding original_melding
    alkuperäinen_viesti upprunaleg_skilaboð wiadomość_oryginalna oryginalna_wiadomość původní_zpráva
    původní_e-mail pôvodná_správa izvirno_sporočilo izvorna_poruka originalna_poruka originali_žinutė
    pradinis_laiškas sākotnējais_ziņojums algne_kiri algsõnum eredeti_üzenet eredeti_e-mail
    mesaj_original mesajul_original исходное_сообщение исходное_письмо первоначальное_сообщение
    оригинальное_сообщение оригинал вихідне_повідомлення оригінальне_повідомлення
    початкове_повідомлення оригинално_съобщение оригинална_порука изворна_порука özgün_ileti
    orijinal_mesaj orijinal_ileti orijinal_e-posta αρχικό_μήνυμα הודעה_מקורית רسالة_أصلية
    الرسالة_الأصلية رسالة_أصلية پیام_اصلی 原始邮件 原始郵件 原邮件 邮件原件 原始信件 原信
    元のメッセージ オリジナルメッセージ 원본_메시지 원본_메일 ข้อความต้นฉบับ thư_gốc tin_nhắn_gốc
    pesan_asli mesej_asal reply_message antwortnachricht ответное_сообщение
"""

FORWARDED = """
    forwarded_message forwarded_mail forwarded_email forwarded_by forwarded_from forwarded
    begin_forwarded_message start_of_forwarded_message weitergeleitete_nachricht
    weitergeleitete_e-mail weitergeleitet weitergeleitet_von anfang_der_weitergeleiteten_nachricht
    anfang_der_weitergeleiteten_e-mail beginn_der_weitergeleiteten_nachricht mensaje_reenviado
    mensaje_original_reenviado inicio_del_mensaje_reenviado reenviado_por missatge_reenviat
    message_transféré message_transmis message_réexpédié début_du_message_transféré
    début_du_message_réexpédié début_du_message_transmis transféré_par messaggio_inoltrato
    inizio_messaggio_inoltrato inoltrato_da mensagem_encaminhada mensagem_reencaminhada
    início_da_mensagem_encaminhada início_da_mensagem_reencaminhada encaminhado_por
    doorgestuurd_bericht doorgestuurde_bericht begin_doorgestuurd_bericht doorgestuurd
    vidarebefordrat_meddelande vidarebefordrat_brev vidarebefordrat vidarebefordrat_mejl
    vidaresänt_meddelande start_på_vidarebefordrat videresendt_besked videresendt_meddelelse
    videresendt_melding videresendt start_på_videresendt_besked begynnelse_på_videresendt_melding
    videresendt_e-mail välitetty_viesti edelleenlähetetty_viesti välitetyn_viestin_alku framsent_bréf
    przekazana_wiadomość wiadomość_przekazana przesłana_dalej_wiadomość
    początek_przekazywanej_wiadomości początek_przekazanej_wiadomości przekazane_przez
    przeposlaná_zpráva přeposlaná_zpráva předaná_zpráva začátek_přeposílané_zprávy
    začátek_přeposlané_zprávy preposlaná_správa začiatok_preposlanej_správy posredovano_sporočilo
    proslijeđena_poruka prosleđena_poruka persiųstas_laiškas persiųsta_žinutė pārsūtīts_ziņojums
    pārsūtītais_ziņojums edastatud_kiri edasi_saadetud_kiri továbbított_üzenet továbbított_levél
    kezdődik_a_továbbított_üzenet mesaj_redirecționat mesaj_redirectionat începe_mesajul_redirecționat
    пересылаемое_сообщение пересланное_сообщение перенаправленное_сообщение переадресованное_сообщение
    пересланное_письмо пересылаемое_письмо начало_переадресованного_сообщения
    начало_пересылаемого_сообщения начало_пересланного_сообщения пересылаемое пересланное
    пересильне_повідомлення переслане_повідомлення пересилається_повідомлення
    перенаправлене_повідомлення початок_переспрямованого_повідомлення початок_листа,_що_пересилається
    пераасланае_паведамленне пренасочено_съобщение препратено_съобщение прослеђена_порука
    проследена_порака iletilen_ileti iletilmiş_ileti iletilen_mesaj yönlendirilmiş_ileti
    yönlendirilen_ileti yönlendirilmiş_mesaj iletilen_ileti_başlangıcı προωθημένο_μήνυμα
    προωθούμενο_μήνυμα έναρξη_προωθημένου_μηνύματος הודעה_שהועברה הודעה_מועברת תחילת_ההודעה_שהועברה
    رسالة_معاد_توجيهها رسالة_محولة رسالة_مُعاد_توجيهها بدء_الرسالة_المعاد_توجيهها پیام_هدایت‌شده
    پیام_ارسال‌شده_مجدد 转发的邮件 转发邮件信息 转发邮件 已转发邮件 轉寄的郵件 轉寄郵件 轉寄的訊息
    被转发邮件 下面是被转发的邮件 以下是轉寄的郵件 轉寄訊息 開始轉寄郵件 转发的消息
    転送されたメッセージ 転送メッセージ 転送メール 전달된_메시지 전달된_메일 전달된_메시지_시작
    ข้อความที่ส่งต่อ เริ่มข้อความที่ส่งต่อ tin_nhắn_đã_chuyển_tiếp thư_đã_chuyển_tiếp thư_được_chuyển_tiếp
    pesan_terusan pesan_yang_diteruskan email_terusan mesej_yang_dimajukan mesazh_i_përcjellë
    välitetty_viesti_alkaa započni_proslijeđenu_poruku továbbított_levél_kezdete
    začiatok_preposlanej_správy vidarebefordrat_mejl ileti_başlangıcı i̇leti_başlangıcı iletilmiş_mesaj
    i̇letilmiş_mesaj i̇letilen_ileti i̇letilen_i̇leti i̇letilen_mesaj iletilen_i̇leti
    treść_przekazanej_wiadomości пересланий_лист välitetty_viesti_/_fwd.msg
"""

END_OF_FORWARD = re.compile(
    r"^\s*[-=_*]{2,}\s*(?:end|конец|завершение|кінець|ende|fin|fine|fim|einde|slut|koniec|konec|sonu)\b.*[-=_*]{2,}\s*$",
    re.IGNORECASE,
)

DEVICE = (
    r"(?:iphone\w{0,5}|iphon\w{1,4}|ipad\w{0,4}|ipod|ios|android|samsung|galaxy|huawei|honor|xiaomi|redmi|nokia|lumia|htc|sony|xperia|pixel|oneplus|"
    r"oppo|lenovo|motorola|realme|vivo|blackberry|windows|outlook|yahoo|gmail|mobile|mobil\w*|handy|smartphone|smart|phone|"
    r"telefon\w*|telefoon|téléphone|teléfono|telefone|cellulare|celular|móvil|komórk\w*|почты\s(?:mail|яндекс|рамблер|для|на|\.)|"
    r"mail\.ru|mail|яндекс\W?\s?почт\w*|яндекс|yandex|рамблер\S*|смартфон\w*|телефон\w*|мобильн\w*|мобільн\w*|устройств\w*|"
    r"пристро\w*|proton\s?mail|protonmail|tutanota|tuta|spark|thunderbird|zoho|aol|gmx|web\.de|t-online|libero|orange|free|"
    r"tablet\w*|планшет\w*|手机|手機|スマートフォン|휴대폰|스마트폰|qq|邮箱大师|信箱|网易邮箱|bluemail|airmail|mailbird|aquamail|"
    r"k-9\smail|fairemail|postbox|edison|superhuman|mymail|myoffice|nine|canary|newton|typeapp|wp\spoczt\w*|onet\s?poczt\w*|"
    r"poczt\w*|posta|courriel|app|rogers|verizon|at&t|t-mobile|bell|telstra|vodafone)"
)
MOBILE_SIGNATURE = re.compile(
    rf"""
    ^[^\w<\[(]{{0,4}}[<\[(]?(?:sent\s(?:from|via|with|using)\s(?:my\s|the\s|a\s|an\s
    |all[\s-]new\s)?[\w\s®™'’.()-]{{0,30}}{DEVICE}\b.{{0,50}}|sent\sfrom\smail\sfor\swindows.*
    |get\soutlook\sfor\s.{{2,20}}.{{0,60}}|sent\sfrom\smy\s[\w\s-]{{2,25}}|(?:von\smeine[mr]
    |mit\smeine[mr]|von|von\sunterwegs
    |diese\snachricht\swurde\svon\smeinem)\s.{{0,30}}{DEVICE}.{{0,30}}\s(?:gesendet|versendet|verschickt
    |geschickt)|gesendet\s(?:mit|von|über|aus)\s.{{0,30}}{DEVICE}\b.{{0,40}}|outlook\sfür\s(?:ios
    |android)\s(?:beziehen|herunterladen).*|(?:enviad[oa]|escrito)\s(?:desde|do|da|de|pelo|pela|con|via
    |através\sdo)\s.{{0,30}}{DEVICE}\b.{{0,40}}|obt(?:ener|ém|enha|er)\s(?:o\s)?outlook\s.{{2,40}}
    |envoyé\s(?:de(?:puis)?|à\spartir|avec|par)\s.{{0,30}}{DEVICE}\b.{{0,40}}|(?:télécharge[rz]|obtenir
    |obtenez)\soutlook\s.{{2,40}}|inviato\s(?:da|dal|con|tramite)\s.{{0,30}}{DEVICE}\b.{{0,40}}
    |(?:ottieni|scarica)\soutlook\s.{{2,40}}|(?:verzonden|verstuurd)\s(?:vanaf|vanuit|met|via
    |van)\s.{{0,30}}{DEVICE}\b.{{0,40}}|outlook\svoor\s(?:ios|android)\s.{{2,20}}|(?:skickat
    |skickades)\s(?:från|med|via)\s.{{0,30}}{DEVICE}\b.{{0,40}}|(?:hämta|hent|skaffa)\soutlook\s(?:för
    |til|for)\s.{{2,30}}|sendt\s(?:fra|med|via)\s.{{0,30}}{DEVICE}\b.{{0,40}}
    |lähetetty\s.{{0,30}}{DEVICE}.{{0,40}}|hanki\soutlook.{{0,30}}|wysłan[eoay]\s(?:z|ze|przy
    |za)\s.{{0,30}}{DEVICE}.{{0,40}}|(?:pobierz|uzyskaj)\s(?:program\s)?outlook.{{0,40}}|(?:odesláno
    |odoslané|poslano|poslané|odeslané)\s(?:z|ze|zo|iz|s)\s.{{0,30}}{DEVICE}.{{0,40}}|(?:stáhnout
    |získat)\soutlook.{{0,40}}|(?:отправлено|послано|написано)\s(?:с|со|из|через|с\sпомощью
    |моим)\s(?:моего\s|своего\s|приложения\s|мобильной\s)?.{{0,20}}{DEVICE}.{{0,40}}|(?:скачать|получить
    |загрузить)\soutlook\s.{{2,40}}|отправлено\sиз\s(?:мобильной\s)?(?:яндекс.?\s?)?почты\b.{{0,40}}
    |(?:надіслано|відправлено|відіслано)\s(?:з|із|зі|через|за)\s.{{0,30}}{DEVICE}.{{0,40}}
    |(?:завантажити|отримати)\soutlook\s.{{2,40}}|(?:изпратено|адпраўлена|послато|испратено)\s(?:от|з|са
    |од)\s.{{0,30}}{DEVICE}.{{0,40}}|(?:ios|android)\siçin\soutlook.{{0,30}}|(?:trimis|expediat)\s(?:de\spe|din|cu
    |de\sla)\s.{{0,30}}{DEVICE}.{{0,40}}|(?:küldve|elküldve)\s.{{0,30}}{DEVICE}.{{0,40}}|(?:στάλθηκε
    |εστάλη|απεστάλη)\sαπό\s.{{0,30}}{DEVICE}.{{0,40}}|(?:nosūtīts\sno|išsiųsta\siš
    |saadetud)\s.{{0,30}}{DEVICE}.{{0,40}}|(?:发自|發自|来自|從我的|从我的|傳送自
    |发送自).{{0,12}}{DEVICE}.{{0,20}}|(?:ส่งจาก
    |ส่งด้วย).{{0,20}}{DEVICE}.{{0,30}}|(?:đã\s)?(?:gửi|được\sgửi)\stừ\s.{{0,20}}{DEVICE}.{{0,30}}
    |(?:dikirim|dihantar)\sdari\s.{{0,20}}{DEVICE}.{{0,30}}|(?:נשלח|נכתב)\s(?:מ
    |באמצעות).{{0,20}}{DEVICE}.{{0,30}}|(?:أُ?رسلت?|مرسل|تم\sالإرسال)\sمن\s.{{0,30}}{DEVICE}.{{0,20}}
    |(?:ارسال|فرستاده)\s?(?:شده)?\sاز\s.{{0,30}}{DEVICE}.{{0,20}})\W*$
    """,
    re.IGNORECASE | re.VERBOSE,
)
SENT_AT_THE_END = re.compile(
    r"(?:gönderildi|iletildi|küldve|ist\ssaadetud|送信|送信されました|에서\s(?:보냄|보낸\s메일|전송))\W*$"
)
ENDING_SIGNATURE = re.compile(
    rf"^.{{0,20}}{DEVICE}.{{0,12}}(?:gönderildi|iletildi|küldve|ist\ssaadetud|送信|送信されました|보냄|보낸\s메일|전송)\W*$",
    re.IGNORECASE,
)

SEE_BELOW = re.compile(
    r"""
    \b(?:in[\s-]?line|see\s(?:my\s)?(?:comments?|answers?|responses?|replies|notes?)?\s?(?:below|inside
    |in\s(?:red|blue|green|bold|text))|(?:answers?|comments?|responses?|replies
    |reply)\s(?:are\s)?(?:below|in\s(?:the\s)?(?:text|red|blue|green|bold|your\s))|(?:answered|commented
    |responded|replied)\s(?:below|in)|(?:ответы?|ответил\w?|комментарии|отвечаю|пишу|см\.?
    |смотрите)\s(?:\w+\s)?(?:ниже|внутри|в\sтексте|по\sтексту|в\sписьме|красным|синим|зел[её]ным)
    |ниже\sпо\sтексту|по\sтексту\s(?:ниже|письма)|(?:відповіді|відповів|відповіла|коментарі
    |див\.?)\s(?:\w+\s)?(?:нижче|в\sтексті|у\sтексті|по\sтексту)|(?:siehe|antwort(?:en)?|kommentare?
    |anmerkungen)\s(?:\w+\s)?(?:unten|im\stext|in\s(?:rot|blau|grün)|inline|weiter\sunten)
    |(?:respuestas?|comentarios?|respondo|contesto)\s(?:\w+\s)?(?:abajo|debajo|m[aá]s\sabajo|en\s(?:rojo
    |azul|el\stexto)|a\scontinuaci[oó]n)|entre\sl[ií]neas|(?:réponses?|commentaires?|voir
    |je\sréponds)\s(?:\w+\s)?(?:ci-dessous|plus\sbas|en\s(?:rouge|bleu|vert)|dans\sle\stexte)
    |(?:risposte?|commenti|vedi|rispondo)\s(?:\w+\s)?(?:sotto|di\sseguito|in\s(?:rosso|blu|calce)
    |nel\stesto)|(?:respostas?|coment[aá]rios?|respondo)\s(?:\w+\s)?(?:abaixo|em\s(?:vermelho|azul)
    |no\stexto)|(?:antwoord(?:en)?|zie|reactie|opmerkingen)\s(?:\w+\s)?(?:hieronder|onder|beneden
    |in\s(?:rood|blauw|de\stekst))|(?:odpowiedzi?|komentarze|odpowiadam)\s(?:\w+\s)?(?:poniżej|niżej
    |w\stekście|na\s(?:czerwono|niebiesko))|(?:svar(?:en)?|kommentarer|se)\s(?:\w+\s)?(?:nedan|nedenfor
    |nedenunder|i\stexten|inline|med\s(?:rött|rødt))|(?:odpovědi?|odpovede|komentáře
    |viz)\s(?:\w+\s)?(?:níže|nižšie|v\stextu|červeně)|(?:cevap\w*|yanıt\w*
    |yorum\w*)\s(?:\w+\s)?(?:aşağıda|kırmızı|metin\siçinde)|(?:vastaukset|kommentit)\s(?:\w+\s)?(?:alla
    |tekstissä))\b|以下[にで].{0,6}(?:回答|返信|記載)|(?:见|見|在)下[方文面]|红字|紅字|赤字で
    |아래.{0,6}(?:답변|참고)
    """,
    re.IGNORECASE | re.VERBOSE,
)

CLOSING = re.compile(
    r"""
    ^\W*(?:(?:best|kind|warm)?\s?(?:regards|wishes)|sincerely|cheers|many\sthanks|thanks|thank\syou
    |yours|mit\s(?:freundlichen|besten|herzlichen|lieben)?\s?gr[uü]|(?:viele|beste|liebe|schöne
    |freundliche)\sgr[uü]|gru(?:ß|ss)|lg\b|mfg\b|vg\b|с\s(?:наилучшими\s)?(?:уважением|пожеланиями)
    |всего\s(?:доброго|хорошего)|спасибо|з\s(?:найкращими\s)?(?:повагою|побажаннями)|дякую
    |(?:bien\s)?cordialement|(?:meilleures\s)?salutations|bonne\s(?:journée|soirée|réception)|merci
    |(?:un\s)?(?:cordial\s)?saludos?|atentamente|gracias|cordiali\ssaluti|distinti\ssaluti|saluti|grazie
    |atenciosamente|cumprimentos|obrigad[oa]|abraços?|met\svriendelijke\sgroet|(?:hartelijke\s)?groet
    |mvg\b|mvh\b|(?:med\s)?(?:vänliga?|venlig|vennlig)\sh[äi]ls|hälsningar|hilsen|z\spoważaniem
    |pozdrawiam|s\s(?:pozdravem|pozdravom|úctou)|lep\spozdrav|saygılar|iyi\sçalışmalar|teşekkür
    |ystävällisin|terveisin|üdvözlettel|tisztelettel|cu\s(?:stimă|respect)|με\sεκτίμηση|ευχαριστώ|敬具
    |よろしく|谢谢|此致|祝好|감사합니다|בברכה|تحياتي|مع\sالتحية)
    """,
    re.IGNORECASE | re.VERBOSE,
)

LIST_FOOTER = re.compile(
    r"""
    ^(?:_{5,}\s(?:information\sfrom|информация)\b.*|you\s(?:are\sreceiving|received)\sthis\s.{2,200}|to\s(?:unsubscribe|post\sto\sthis
    |view\sthis\sdiscussion)\b.*(?:https?://|@|group|list).*|unsubscribe\s*[:<(]?\s*https?://\S+
    |for\smore\soptions,\svisit\b.*|visit\sthis\sgroup\sat\b.*
    |[\w.+-]{2,60}\smailing\slist(?:\s--\s\S+@\S+)?|https?://\S*/(?:mailman|listinfo|options)\S*
    |virus[\s-]free\.?\s?(?:www\.\S+)?|(?:без\sвирусов|virenfrei|libre\sde\svirus|sans\svirus
    |senza\svirus)\.?\s(?:www\.\S+|avast).*|(?:this\s(?:e-?mail|message)\s(?:has\sbeen|was)\s(?:checked
    |scanned)\sfor\sviruses|diese\se-mail\swurde\svon\savast|cet\se-mail\sa\sété\svérifié
    |el\ssoftware\sde\santivirus\savast|questa\se-?mail\sè\sstata\scontrollata
    |это\sсообщение\sпроверено\sна\sвирусы|письмо\sпроверено\sантивирус).{0,120}
    |(?:https?://)?www\.av(?:ast|g)\.\S+)$
    """,
    re.IGNORECASE | re.VERBOSE,
)

DISCLAIMER = re.compile(
    r"""
    ^[\s*_>-]{0,6}(?:(?:this|the\sinformation\sin\sthis|the\scontents?\sof\sthis)\s(?:e-?mail|message
    |communication|transmission|electronic)\b.{0,200}(?:confidential|privileged|intended|proprietary)
    |(?:confidentiality|legal)\snotice\b|disclaimer\b|privacy\snotice\b|aviso\s(?:legal
    |de\sconfidencialidad)\b|важная\sинформация\b|(?:diese|der\sinhalt\sdieser)\s(?:e-?mail
    |nachricht)\b.{0,200}(?:vertraulich|bestimmt)|(?:настоящее|данное
    |это)\s(?:электронное\s)?(?:сообщение|письмо)\b.{0,200}(?:конфиденциал|предназнач)|(?:це
    |дане)\s(?:електронне\s)?(?:повідомлення|лист)\b.{0,200}(?:конфіденц|призначен)|(?:ce
    |le\sprésent)\s(?:message|courriel|e-?mail)\b.{0,200}(?:confidentiel|destin)|(?:este
    |el\spresente)\s(?:mensaje|correo)\b.{0,200}(?:confidencial|dirigid)|(?:questo
    |il\spresente)\s(?:messaggio|e-?mail)\b.{0,200}(?:riservat|confidenzial|destinat)|(?:esta\smensagem
    |este\se-?mail)\b.{0,200}(?:confidencia|destinad)|(?:dit|deze)\s(?:bericht
    |e-?mail)\b.{0,200}(?:vertrouwelijk|bestemd)|(?:ta|niniejsza)\s(?:wiadomość
    |korespondencja)\b.{0,200}(?:poufn|przeznaczon))
    """,
    re.IGNORECASE | re.VERBOSE,
)

REPLY_ABOVE = re.compile(
    r"""
    ^[\s>*]{0,9}(?:\#{2}-\s.{3,200}\s-\#{2}|[-=_*~#<(\[]{0,40}\s?.{0,60}(?:above\sthis\s(?:line|email|message)
    |oberhalb\sdieser\s(?:zeile|linie)|über\sdieser\s(?:zeile|linie)|выше\sэтой\s(?:линии|строки|черты)|вище\sцієї\s(?:лінії|риски)
    |encima\sde\sesta\sl[ií]nea|au-dessus\sde\scette\sligne|sopra\squesta\s(?:riga|linea)|acima\sdesta\slinha
    |boven\sdeze\s(?:regel|lijn)|powyżej\stej\slinii|ovanför\sden\shär\sraden|over\sdenne\slin?jen?|nad\stímto\sřádkem
    |bu\ssatırın\süzerin\w*|この行より上|在此行上方|在此线上方)[^.?!]{0,30}[-=_*~#>)\]]{0,40})[\s*]*$
    """,
    re.IGNORECASE | re.VERBOSE,
)


def plain_key(text: str) -> str:
    """A label as it is compared: composed, no marks around, one space within, lower case."""
    return (
        re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text))
        .strip(" *_:\t>|\u200e\u200f")
        .lower()
        .rstrip(" .")
    )


def _table(words: str) -> list[str]:
    return [plain_key(word.replace("_", " ")) for word in words.split()]


def _labels() -> dict[str, Field]:
    found: dict[str, Field] = {}
    for name, words in LABELS.items():
        for key in _table(words):
            found.setdefault(key, name)
    return found


def _phrase(words: str) -> str:
    return "|".join(
        re.escape(key).replace(r"\ ", r"\s+") for key in sorted(set(_table(words)), key=len, reverse=True)
    )


def _any_of(shortest: int) -> str:
    """The labels of at least so many letters, written with a capital, the longest first."""
    names = sorted((key for key in FIELD_OF if len(key) >= shortest), key=len, reverse=True)
    return "|".join(re.escape(name[0].upper() + name[1:]) for name in names)


FIELD_OF = _labels()
FLAT_LABEL = re.compile(
    rf"(?:(?:^|(?<=[\s>)\]]))\*?(?={_any_of(1)})|(?<=\S)(?={_any_of(4)}))({_any_of(1)})\s?\*?[::]"
)
WROTE_WORDS = re.compile(
    rf"(?:(?<![^\W_])|(?<=[\u3000-\ud7ff]))(?:{_phrase(WROTE)})(?![^\W_])", re.IGNORECASE
)
ORIGINAL_LINE = re.compile(
    rf"^[\s>|]{{0,20}}[-_=*]{{2,90}}\s*(?:{_phrase(ORIGINAL)})\b[^-_=*]{{0,80}}[-_=*]{{2,90}}\W{{0,20}}$",
    re.IGNORECASE,
)
FORWARDED_LINE = re.compile(
    rf"^\s*(?:[-_=*]{{2,}}\s*(?:{_phrase(FORWARDED)})(?![^\W_]).{{0,120}}|(?:{_phrase(FORWARDED)})\s*[::])\s*$",
    re.IGNORECASE,
)


def field_of(label: str) -> Field | None:
    """What a label above a quoted letter means, in any language known here."""
    return FIELD_OF.get(plain_key(label))
