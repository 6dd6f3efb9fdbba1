import { _ } from "../core/i18n.ts";
import type { IconName } from "../ui/icons.ts";

const ICONS: Record<string, IconName> = {
  email: "mail", telegram: "send", vk: "at-sign", max: "message-circle", webchat: "message-circle", webform: "file-text", phone: "phone",
};

export function channelIcon(kind: string): IconName {
  return ICONS[kind] ?? "message-circle";
}

/** The channel's kind, as a screen reader says it. */
export function channelWord(kind: string): string {
  const words: Record<string, string> = {
    email: _("e-mail"), telegram: _("Telegram"), vk: _("VK"), max: _("MAX"), webchat: _("website chat"), webform: _("website form"), phone: _("phone"),
  };
  return words[kind] ?? kind;
}
