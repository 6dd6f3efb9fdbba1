/** How the agent likes the screen: seen at once, kept by the server. */

import { sentence } from "../core/api.ts";
import type { Agent, Settings } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";

export function saveSettings(desk: Desk, change: Partial<Settings>): void {
  const before = desk.settings;
  desk.settings = { ...before, ...change };
  desk.layout.dress(desk.settings);
  const { single_keys, keys, density, theme, after_complete, signature } = desk.settings;
  void desk.api.ask("PATCH", "/api/me", { settings: { single_keys, keys: keys ?? {}, density, theme, after_complete, signature: signature ?? "" } }).catch((error: unknown) => {
    desk.settings = before;
    desk.layout.dress(before);
    desk.notices.show(sentence(error), { tone: "danger" });
  });
}

export function setAvailability(desk: Desk, availability: Agent["availability"]): void {
  const me = desk.agents.get(desk.me.id) ?? desk.me;
  desk.agents = new Map(desk.agents).set(me.id, { ...me, availability });
  void desk.api.ask("PATCH", "/api/me", { availability }).catch((error: unknown) => {
    desk.agents = new Map(desk.agents).set(me.id, me);
    desk.notices.show(sentence(error), { tone: "danger" });
  });
}
