/** What a message holds that is neither words nor a file: places, contacts, items, calls. */

import { playTime } from "./chat.ts";
import { _ } from "./i18n.ts";
import type { Card } from "./types.ts";

/** A card as it is drawn: what it is, what it says, and where it leads. */
export interface Drawn {
  title: string;
  lines: string[];
  /** An address that a browser may follow, or null. */
  href: string | null;
}

export function drawn(card: Card): Drawn {
  const { facts, title, text } = card;
  const link = followable(card.url);
  const lines = (...given: string[]) => given.filter((line) => line !== "");
  switch (card.kind) {
    case "location": return { title: title || (facts["live"] ? _("Where they are now") : _("A place on the map")), lines: lines(text), href: link ?? onMap(facts) };
    case "venue": return { title: title || _("A place on the map"), lines: lines(words(facts["address"]), text), href: link ?? onMap(facts) };
    case "contact": return { title: title || words(facts["name"]) || _("A contact"), lines: lines(words(facts["phone"]), at(facts["username"]), text), href: link ?? dialled(facts["phone"]) };
    case "poll": return { title: title || _("A poll"), lines: lines(text, ...options(facts["options"])), href: link };
    case "product": return { title: title || _("A product from the shop"), lines: lines(words(facts["price"]), text), href: link };
    case "post": return { title: title || _("A post"), lines: lines(text), href: link };
    case "story": return { title: title || _("A story"), lines: lines(text), href: link };
    case "video": return { title: title || _("Video"), lines: lines(text), href: link };
    case "call": return { title: title || _("A call"), lines: lines(seconds(facts["seconds"]), text), href: link };
    case "gift": return { title: title || _("A gift"), lines: lines(text), href: link };
    case "dice": return { title: `${title || "🎲"} ${words(facts["value"])}`.trim(), lines: lines(text), href: link };
    case "button": return { title: _("Pressed: {label}", { label: title || words(facts["data"]) }), lines: lines(text), href: link };
    case "link": return { title: title || card.url, lines: lines(text), href: link };
    default: return { title: title || _("Something that cannot be shown here"), lines: lines(text, words(facts["type"])), href: link };
  }
}

/** An address that leads to the web and nowhere else. */
function followable(url: string): string | null {
  return /^https?:\/\/[^\s]+$/i.test(url) ? url : null;
}

function onMap({ latitude, longitude }: Record<string, unknown>): string | null {
  if (typeof latitude !== "number" || typeof longitude !== "number") return null;
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
}

function dialled(phone: unknown): string | null {
  const number = words(phone).replace(/[^\d+]/g, "");
  return /^\+?\d{5,15}$/.test(number) ? `tel:${number}` : null;
}

function at(username: unknown): string {
  const name = words(username);
  return name && `@${name.replace(/^@/, "")}`;
}

function options(given: unknown): string[] {
  return Array.isArray(given) ? given.map((one) => `• ${words(typeof one === "object" && one !== null ? (one as { text?: unknown }).text : one)}`).filter((line) => line !== "• ") : [];
}

function seconds(given: unknown): string {
  return typeof given === "number" && given > 0 ? playTime(given) : _("nobody answered");
}

function words(given: unknown): string {
  return typeof given === "string" ? given : typeof given === "number" ? String(given) : "";
}
