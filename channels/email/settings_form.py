"""What an administrator is asked for to connect a mailbox."""

from channels.adapter import SettingField
from channels.sign_ins.providers import COMMON, GOOGLE, KEYS, MICROSOFT, OWN, PASSWORD
from core.words import N_

HOST = r"[^\s/:@]{1,253}"
_WEB = r"https?://[^\s@#]{3,1000}"
_SIGN_IN = ("sign_in", KEYS)
_OWN = ("sign_in", (OWN,))
_PASSWORD = ("sign_in", (PASSWORD,))

SIGN_IN_FIELDS = (
    SettingField(
        "sign_in",
        N_("How we get in"),
        "choice",
        required=False,
        default=PASSWORD,
        options=(PASSWORD, GOOGLE.key, MICROSOFT.key, OWN),
        help=N_(
            "By a password, or by somebody who signs in at the provider and allows it. What else is needed"
            " for that is asked next."
        ),
    ),
    SettingField(
        "oauth_client_id",
        N_("Client ID"),
        pattern=r"[!-~]{1,500}",
        help=N_("The provider shows it when you register this installation there."),
        when=_SIGN_IN,
    ),
    SettingField(
        "oauth_client_secret",
        N_("Client secret"),
        "secret",
        required=False,
        help=N_("Its value, not its name. Empty only if the provider gave none."),
        when=_SIGN_IN,
    ),
    SettingField(
        "oauth_tenant",
        N_("Directory (tenant) ID"),
        pattern=r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}",
        default=COMMON,
        help=N_("If only accounts of one organisation may use the registration; otherwise leave it."),
        when=("sign_in", (MICROSOFT.key,)),
    ),
    SettingField(
        "oauth_consent_url", N_("Address of the page where people sign in"), "url", pattern=_WEB, when=_OWN
    ),
    SettingField("oauth_exchange_url", N_("Address that gives tokens"), "url", pattern=_WEB, when=_OWN),
    SettingField(
        "oauth_scopes",
        N_("What is asked for (scopes)"),
        default="openid email offline_access",
        pattern=r"[!-~]+( [!-~]+)*",
        help=N_("Separated by spaces."),
        when=_OWN,
    ),
    SettingField(
        "oauth_revoke_url",
        N_("Address where tokens are revoked"),
        "url",
        required=False,
        pattern=_WEB,
        help=N_("Empty: there is none."),
        when=_OWN,
    ),
)

FIELDS = (
    SettingField(
        "address",
        N_("Its address"),
        pattern=r"[^\s@]{1,64}@[^\s@]{1,255}",
        help=N_("The one your customers write to."),
    ),
    SettingField("imap_host", N_("Server for incoming mail (IMAP)"), pattern=HOST),
    SettingField("imap_port", N_("Its port"), "integer", default=993),
    SettingField(
        "imap_security", N_("Its encryption"), "choice", default="tls", options=("tls", "starttls", "none")
    ),
    SettingField("imap_user", N_("User name"), required=False, help=N_("Empty: the whole address.")),
    SettingField(
        "imap_password",
        N_("Password"),
        "secret",
        help=N_("Often an app password made for mail programs."),
        when=_PASSWORD,
    ),
    *SIGN_IN_FIELDS,
    SettingField("smtp_host", N_("Server for outgoing mail (SMTP)"), pattern=HOST),
    SettingField("smtp_port", N_("Its port"), "integer", default=465),
    SettingField(
        "smtp_security", N_("Its encryption"), "choice", default="tls", options=("tls", "starttls", "none")
    ),
    SettingField("smtp_user", N_("User name for outgoing mail"), required=False, help=N_("Empty: the same.")),
    SettingField(
        "smtp_password",
        N_("Password for outgoing mail"),
        "secret",
        required=False,
        help=N_("Empty: the same."),
        when=_PASSWORD,
    ),
    SettingField(
        "from_name",
        N_("Name customers see"),
        required=False,
        default="{agent} ({brand})",
        help=N_("{agent} is who answers, {brand} the channel's name."),
    ),
    SettingField(
        "quotes",
        N_("Quote below an answer the e-mail it answers"),
        "boolean",
        required=False,
        default=True,
        help=N_("Who answers can leave it out of one answer, or put it in."),
    ),
    SettingField(
        "aliases", N_("Other addresses of this mailbox"), required=False, help=N_("Separated by commas.")
    ),
    SettingField(
        "folders",
        N_("Folders to fetch from"),
        required=False,
        default="INBOX",
        help=N_("Separated by commas."),
    ),
    SettingField(
        "import",
        N_("E-mails that are there already"),
        "choice",
        required=False,
        default="from_now",
        options=("from_now", "days", "all"),
        help=N_("Leave them, fetch the last days, or fetch all."),
    ),
    SettingField("import_days", N_("How many days"), "integer", required=False, default=30),
    SettingField(
        "poll_seconds", N_("Check at least every so many seconds"), "integer", required=False, default=120
    ),
    SettingField(
        "subaddressing",
        N_("E-mails to name+anything@ arrive here"),
        "boolean",
        required=False,
        default=False,
        help=N_("Answers then find their dialog even without references."),
    ),
    SettingField(
        "subject_numbers",
        N_("Put the dialog number in the subject"),
        "boolean",
        required=False,
        default=False,
        help=N_("For customers whose programs lose references; it counts only from those who take part."),
    ),
    SettingField(
        "own_envelopes",
        N_("The server lets us choose the return address"),
        "boolean",
        required=False,
        default=False,
        help=N_("Bounces then say by themselves which e-mail came back."),
    ),
    SettingField(
        "largest_letter",
        N_("Largest e-mail in megabytes"),
        "integer",
        required=False,
        default=25,
        help=N_("Customers get links to download the files that would make it larger."),
    ),
    SettingField("link_days", N_("Days such links stay valid"), "integer", required=False, default=30),
    SettingField(
        "sent_copies",
        N_("Save a copy of what we send in the mailbox's folder for sent e-mail"),
        "boolean",
        required=False,
        default=True,
        help=N_("Unless the outgoing server does so itself, as those of Google and Microsoft do."),
    ),
    SettingField(
        "mark_seen",
        N_("Mark e-mails as read in the mailbox once we have them"),
        "boolean",
        required=False,
        default=False,
        help=N_("Otherwise nothing there is touched. What came before it was connected stays as it is."),
    ),
    SettingField(
        "move_to",
        N_("Move e-mails that we have to this folder"),
        required=False,
        help=N_("Empty: they stay where they are. The folder has to exist; nothing is fetched from it."),
    ),
    SettingField(
        "believes_reply_to",
        N_("E-mails come from a web form"),
        "boolean",
        required=False,
        default=False,
        help=N_("The customer is then the one in Reply-To."),
    ),
    SettingField(
        "takes_forwards",
        N_("E-mails that colleagues forward here open the dialog of the original sender"),
        "boolean",
        required=False,
        default=True,
        help=N_(
            "Only where the colleague's own address is proven. A line #keep in the e-mail leaves it as it is."
        ),
    ),
    SettingField(
        "authserv_ids",
        N_("Servers whose check of senders is believed"),
        required=False,
        help=N_("Their names in Authentication-Results, separated by commas."),
    ),
    SettingField("authority", N_("Certificate authority of your own (PEM)"), "lines", required=False),
)


def words_of(value: object) -> tuple[str, ...]:
    """A list as it is stored or as it was typed, with commas."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple):
        return ()
    return tuple(word for each in value if (word := str(each).strip()))
