/** Whether an answer still gets to where a chat is led, and for how long. */

const SOON = 4 * 3_600_000;

/** "soon" is when the time in which one may answer is about to end; null when there is nothing to say. */
export type Reach = "unreachable" | "over" | "soon" | null;

export function reach(chat: { reply_until?: string | null; unreachable_since?: string | null }, now: number): Reach {
  if (chat.unreachable_since) return "unreachable";
  if (!chat.reply_until) return null;
  const left = Date.parse(chat.reply_until) - now;
  return left <= 0 ? "over" : left < SOON ? "soon" : null;
}
