"""What each fault of a mailbox means, and what an administrator or an agent can do about it."""

from core.words import N_

TITLE = N_("Mailbox")

STEPS = {
    "imap.name": N_("Incoming mail: the server's name"),
    "imap.connection": N_("Incoming mail: the connection"),
    "imap.encryption": N_("Incoming mail: the encryption"),
    "imap.login": N_("Incoming mail: signing in"),
    "imap.folders": N_("The folders"),
    "imap.subaddress": N_("Addresses with tokens"),
    "smtp.name": N_("Outgoing mail: the server's name"),
    "smtp.connection": N_("Outgoing mail: the connection"),
    "smtp.encryption": N_("Outgoing mail: the encryption"),
    "smtp.login": N_("Outgoing mail: signing in"),
    "smtp.letter": N_("An e-mail to itself"),
}

OPTIONS = {
    "tls": "TLS",
    "starttls": "STARTTLS",
    "none": N_("None"),
    "from_now": N_("Leave them"),
    "days": N_("Fetch those of the last days"),
    "all": N_("Fetch all of them"),
    "password": N_("By a password"),
    "google": N_("Somebody signs in at Google"),
    "microsoft": N_("Somebody signs in at Microsoft"),
    "own": N_("Somebody signs in at a provider of your own"),
}

FAULTS: dict[str, str] = {
    # on the way to a server
    "name_unknown": N_("There is no server with this name. Check its spelling."),
    "unreachable": N_(
        "Nobody answers at this address and port. Check both, and whether a firewall lets us out."
    ),
    "outside_too_slow": N_("The server did not answer in time. Check the port; we keep trying."),
    "address_not_allowed": N_(
        "This address is inside your own network. If that is intended, add it to OUTSIDE_ALLOW."
    ),
    "certificate_not_trusted": N_(
        "The server's certificate does not fit its name or was not issued by anybody we trust."
        " Use the name on the certificate, or add your own certificate authority."
    ),
    "tls_failed": N_("No encryption could be agreed on. Check whether the port fits the kind of encryption."),
    "no_starttls": N_("The server offers no encryption on this port. Use TLS, usually on port 993 or 465."),
    "plain_refused": N_(
        "Without encryption only servers in your own network are used. Choose TLS or STARTTLS."
    ),
    # at its door
    "login_refused": N_(
        "The server refuses the name or the password. Many providers want an app password made for mail"
        " programs, and IMAP switched on in their settings. Enter it again to go on."
    ),
    "login_unavailable": N_(
        "The server cannot check the password right now. We will try again automatically."
    ),
    "no_login": N_("The server takes no password on this port. Check the port and the encryption."),
    "server_busy": N_("The server is busy or turns us away for now. We will try again automatically."),
    "server_silent": N_("The server stopped answering. We reconnect automatically."),
    "connection_lost": N_("The connection broke. We reconnect automatically."),
    "bad_answer": N_("The server answers in a way we cannot read. Check the host and the port."),
    # at the door of whoever lets people consent
    "not_signed_in": N_("Nobody has signed in for this mailbox yet. Sign in above, then it is tested."),
    "consent_needed": N_(
        "The provider no longer accepts the sign-in: it was revoked, or the password was changed. Sign "
        "in again; waiting answers are sent then."
    ),
    "client_refused": N_(
        "The provider refuses this installation. Compare the client ID and the secret with what it "
        "shows; secrets expire there after some months."
    ),
    "sign_in_refused": N_(
        "The provider confirms the sign-in, but the mail server does not let it in. Check whether IMAP "
        "and SMTP are allowed for this mailbox, and whether the right person signed in."
    ),
    "sign_in_unavailable": N_(
        "The provider cannot confirm the sign-in right now. We will ask again automatically."
    ),
    "sign_in_unreadable": N_(
        "The provider's answer makes no sense. Check the addresses, then sign in again."
    ),
    "no_consent_login": N_(
        "This server lets nobody sign in this way. Check the host and the port, or use a password."
    ),
    "code_refused": N_("The provider does not accept this sign-in any more. Sign in again."),
    "consent_denied": N_("Whoever was to sign in did not allow it. Sign in again when they do."),
    "consent_failed": N_("The sign-in did not happen at the provider; the details say why."),
    "scope_missing": N_("The mailbox itself was not allowed. Sign in again and leave mail ticked."),
    "no_lasting_consent": N_(
        "The provider allows it for this one hour only. Among the scopes something is missing, mostly"
        " offline_access."
    ),
    # in the mailbox
    "folder_missing": N_("A folder cannot be opened. Check its name in the channel's settings."),
    "no_uidvalidity": N_("This server gives e-mails no lasting numbers, so they cannot be fetched safely."),
    "unfetchable": N_(
        "The server does not hand this e-mail over. It is still in the mailbox; open it there."
    ),
    "unreadable": N_(
        "This e-mail could not be read within the time and memory an e-mail gets. It is kept as it came; "
        "look at it as a file, or have it read again."
    ),
    # letters on their way out
    "no_recipient": N_("Nobody is named to send this to."),
    "sender_refused": N_("The server does not let this channel write from its address."),
    "policy": N_(
        "The server rejects the e-mail by its rules, as spam or for missing rights. Check SPF, DKIM and "
        "DMARC of the domain before sending more."
    ),
    "too_big": N_("The e-mail is too big for the server. Send the files another way."),
    "bad_letter": N_("The server does not accept the form of this e-mail."),
    "bad_address": N_("This address cannot be written to."),
    "unknown_recipient": N_("There is no mailbox with this address."),
    "mailbox_full": N_("The recipient's mailbox is full."),
    "address_not_ascii": N_("The server cannot write to addresses with such characters."),
    "greylisted": N_("The recipient's server asks us to try later. We will do so automatically."),
    "try_later": N_("The server asks us to try later. We will do so automatically."),
    "unconfirmed": N_(
        "The connection broke before the server confirmed the e-mail, so it may or may not have gone "
        "out. Check for a reply before sending it again."
    ),
}
