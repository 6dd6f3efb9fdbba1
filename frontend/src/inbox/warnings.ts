import { fileSize } from "../core/format.ts";
import { _ } from "../core/i18n.ts";
import type { MessageEntry } from "../core/types.ts";

/** What is worth knowing and no reason to doubt the letter. */
export function notesOf(message: MessageEntry): string[] {
  const signed = message.warnings.some((code) => code === "pgp_signed" || code === "smime_signed");
  return signed ? [_("The e-mail is signed; the signature was not checked here.")] : [];
}

/** Flaws of a letter that have no sentence of their own: it was read all the same. */
export function flawsOf(message: MessageEntry): string[] {
  const said = sentencesOf(message);
  return message.defects.filter((code) => !(code in said));
}

/** What an agent should know about a letter before believing it. */
export function warningsOf(message: MessageEntry): string[] {
  const sentences = sentencesOf(message);
  return [...new Set([...message.warnings, ...message.defects].map((code) => sentences[code]).filter((text) => text !== undefined))];
}

function sentencesOf({ whole_size: size }: MessageEntry): Record<string, string> {
  return {
    no_sender: _("The e-mail names no sender."),
    not_verified: _("The sender's address is forged, or was changed on the way."),
    unverified_sender: _("The sender's address could not be confirmed."),
    blind_copy: _("We got this e-mail as a hidden copy; an answer would show that."),
    marked_spam: _("A filter on the way took this e-mail for spam."),
    too_large: size
      ? _("The e-mail is too large to be fetched whole ({size}). It was left in the mailbox, complete.", { size: fileSize(size) })
      : _("The e-mail was too large to be fetched whole. It is complete in the mailbox."),
    reply_to_differs: _("Answers would go to another address than the e-mail came from."),
    display_name_address: _("The sender's name looks like another address."),
    looks_like_us: _("The sender's name looks like one of ours."),
    dangerous_file: _("An attached file could run a program on your device."),
    handed_on: _("A colleague forwarded this e-mail; only its text is shown here."),
    set_customer: _("It could not be made out who wrote the forwarded e-mail. Say who the customer is."),
    new_participant: _("The writer was not in this dialog before."),
    chat_unproven: _("The chat does not show this e-mail: its visitor has not proven this address. Your answer goes by e-mail, to the sender alone."),
    pgp_encrypted: _("The e-mail is encrypted and cannot be read here."),
    smime_encrypted: _("The e-mail is encrypted and cannot be read here."),
    partial: _("The e-mail is only a part of a longer one."),
    encrypted: _("The e-mail is encrypted and cannot be read here."),
    text_cut: _("The e-mail is very large; only its beginning is shown. The original can be downloaded."),
    html_cut: _("The e-mail is very large; only its beginning is shown. The original can be downloaded."),
    too_many_files: _("The e-mail has more files than are shown here. The original can be downloaded."),
    body_shown_raw: _("The e-mail could not be read fully and is shown as it came."),
    broken_encoding: _("Some characters may look wrong: the e-mail declares one encoding and uses another."),
  };
}
