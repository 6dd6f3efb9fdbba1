/** People, channels and dialogs to play with. */

import { groupTalk } from "./group.ts";
import type { Agent, Channel, Customer, Entry, MessageEntry, Row, Tag, Told } from "../src/core/types.ts";

const MINUTE = 60_000;
export const now = Date.now();
export const ago = (minutes: number) => new Date(now - minutes * MINUTE).toISOString();

export const agents: Agent[] = [
  agent(1, "Мария Ветрова", "owner", "online"), agent(2, "Олег Ким", "agent", "online"),
  agent(3, "Ann Brown", "agent", "break"), agent(4, "Sofía Herrera", "supervisor", "away"), agent(5, "Бухгалтерия", "collaborator", "online"),
];
export const teams = [{ id: 1, name: "Доставка" }, { id: 2, name: "Возвраты" }];
export const tags: Tag[] = [
  { id: 1, name: "доставка", weight: 0, colour: "#3a7fb5" }, { id: 2, name: "возврат", weight: 0, colour: "#b5833a" },
  { id: 3, name: "VIP", weight: 10, colour: "#8a4fb0" }, { id: 4, name: "повторное", weight: 0, colour: "#4f9a6b" },
];
export const channels: Channel[] = [
  channel(1, "email", "Почта", "help@lenta.example", { html: "full", subject: true, recipients: true, send_key: "ctrl_enter" }),
  channel(2, "telegram", "Телеграм", "@lenta_bot", { html: "telegram", send_key: "enter" }),
  channel(3, "webchat", "Чат на сайте", "lenta.example", { html: "none", send_key: "enter" }),
];

interface Story {
  name: string;
  channel: number;
  subject: string;
  says: (string | [who: "we" | "note" | "they", text: string])[];
  minutes: number;
  unread?: boolean;
  mine?: boolean;
  zone?: string;
  due?: number;
  tags?: number[];
}

const STORIES: Story[] = [
  {
    name: "Анна Петрова", channel: 2, subject: "Где мой заказ №48213?", minutes: 3, unread: true, mine: true, zone: "Asia/Yekaterinburg", due: 12, tags: [1, 4, 3],
    says: ["Здравствуйте! Заказ №48213 обещали привезти вчера с 18 до 22. Курьер не приехал и не позвонил, это уже второй раз.", ["we", "Анна, добрый день. Простите за ожидание — уже спрашиваю у склада, где посылка. Вернусь с ответом через 15 минут."], ["note", "@Мария Ветрова склад подтвердил: коробка в пункте на Лесной. Можно отправить курьером сегодня до 20:00."], "Хорошо, жду. Сегодня дома после семи."],
  },
  { name: "Luis García", channel: 1, subject: "¿Puedo cambiar la talla?", minutes: 7, unread: true, mine: true, zone: "Europe/Madrid", says: ["Hola, buenos días:\n\nCompré la M, pero me queda pequeña. ¿Cómo puedo cambiarla por una L? El pedido es el 48190.\n\nGracias,\nLuis"] },
  { name: "Mary Smith", channel: 3, subject: "Refund for order #1042", minutes: 30, mine: true, says: [["they", "Hi! I sent the jacket back on Monday, when do I get the money?"], ["we", "Hello Mary, the parcel arrived this morning. The refund is on its way, up to two days."], "Thanks, I can see it on my card now!"] },
  { name: "Иван Кузнецов", channel: 1, subject: "Оплата не проходит", minutes: 44, unread: true, mine: true, due: -4, says: ["Карта отклоняется на последнем шаге. Пробовал две разные, банк говорит, что у них всё в порядке. Что делать?"] },
  { name: "Олег Сидоров", channel: 2, subject: "Вопрос по гарантии", minutes: 55, says: ["Чек сохранился, отправил фото. Сколько действует гарантия?"] },
  { name: "Sofía Ruiz", channel: 1, subject: "Factura duplicada", minutes: 73, mine: true, says: ["Adjunto las dos facturas del mes de octubre. La segunda está repetida, ¿pueden anularla?"] },
  { name: "Елена Соколова", channel: 3, subject: "Доставка в Казань", minutes: 97, mine: true, says: [["they", "Доставляете ли вы в Казань до пункта выдачи?"], ["we", "Да, два-три дня. Стоимость покажет корзина."], "Спасибо, жду!"] },
  { name: "John Doe", channel: 1, subject: "Change delivery address", minutes: 124, mine: true, says: ["Could you send it to the office instead? 14 King Street, 2nd floor.\n\nBest,\nJohn"] },
  { name: "Марина Ветлицкая", channel: 2, subject: "Промокод не работает", minutes: 145, says: ["SEPT10 пишет «срок истёк», хотя в письме он до конца месяца"] },
  { name: "ООО «Ромашка и партнёры по доставке цветов в удалённые районы Крайнего Севера»", channel: 1, subject: "Договор на следующий год и список адресов, по которым нужно изменить время доставки с учётом праздников", minutes: 300, tags: [3], says: ["Добрый день! Просим выслать проект договора."] },
  { name: "محمد علي", channel: 1, subject: "استفسار عن الطلب", minutes: 420, says: ["مرحبا، أين طلبي رقم 48100؟ شكرا لكم"] },
  { name: "Кооператив «Рассвет»", channel: 2, subject: "Кооператив «Рассвет»", minutes: 34, mine: true, unread: true, says: ["Согласен"] },
  { name: "Дмитрий", channel: 2, subject: "", minutes: 1500, says: ["а когда будет в наличии синий?"] },
];

export const rows: Row[] = [];
export const timelines = new Map<number, Entry[]>();
export const customers = new Map<number, Customer>();

let nextId = 1000;
export const newId = () => (nextId += 1);

for (const [index, story] of STORIES.entries()) tell(index + 1, story);

export const told: Told[] = [
  { id: 5, kind: "task.overdue", topic: "task:1", at: ago(1), read: false, about: "Анна Петрова", dialog_id: 1, details: { title: "Спросить склад о второй коробке" } },
  { id: 4, kind: "comment.mentioned", topic: "dialog:1", at: ago(2), read: false, about: "Анна Петрова", dialog_id: 1, details: { by: 2, preview: "Мария, посмотри, пожалуйста: склад нашёл коробку." } },
  { id: 3, kind: "message.failed", topic: "dialog:4", at: ago(40), read: false, about: "Иван Кузнецов", dialog_id: 4, details: {} },
  { id: 2, kind: "dialog.assigned", topic: "dialog:7", at: ago(95), read: true, about: "Елена Соколова", dialog_id: 7, details: { by: 4, comment: null } },
  { id: 1, kind: "channel.broken", topic: "channel:2", at: ago(1700), read: true, about: null, dialog_id: null, details: { code: "refused" } },
];
for (let index = STORIES.length + 1; index <= Number(Deno.env.get("PLAY_DIALOGS") ?? 24); index += 1) {
  const like = STORIES[index % STORIES.length] as Story;
  tell(index, { ...like, minutes: 1500 + index * 37, unread: false, due: undefined, mine: index % 3 === 0 });
}
for (const id of [21, 22, 23]) snooze(id);
for (const id of [17, 18, 19]) Object.assign(rows.find((row) => row.id === id) as Row, { state: "completed", completed_at: ago(id * 30) });
rows.sort((a, b) => a.id - b.id);

function snooze(id: number): void {
  const row = rows.find((one) => one.id === id);
  if (row) Object.assign(row, { state: "snoozed", snooze_until: new Date(now + id * 40 * MINUTE).toISOString(), snooze_mode: "time", snoozed_by: 1, assignee_id: 1 });
}

function tell(id: number, story: Story): void {
  const entries: Entry[] = [];
  for (const [index, line] of story.says.entries()) {
    const [who, text] = typeof line === "string" ? ["they", line] : line;
    const at = ago(story.minutes + (story.says.length - 1 - index) * 8);
    if (who === "note") entries.push({ type: "comment", id: newId(), at, author: { kind: "agent", id: 2, name: "Олег Ким" }, text, html_text: null, mentions: [1], attachments: [], client_uuid: null });
    else entries.push(message(who === "we" ? "out" : "in", text, at, story));
    if (who === "note") entries.push({ type: "event", id: `e${newId()}`, at: ago(story.minutes + 5), kind: "dialog.assigned", actor: { id: 1, name: "Мария Ветрова" }, cause: null, details: { was: null, to: 1 } });
  }
  const last = entries.findLast((entry) => entry.type === "message") as MessageEntry;
  if (story.name === "Sofía Ruiz") {
    last.attachments = ["factura-octubre.pdf", "factura-octubre (copia).pdf"].map((name, index) => ({ id: newId(), name, mime: "application/pdf", size: 184_000 + index * 52_000, kind: "file", state: "here", inline: false, url: "#", preview: null, width: null, height: null, seconds: null, emoji: null, transcript: null }));
  }
  if (story.name === "John Doe") {
    last.text += "\n\nOn Monday, Lenta wrote:\n> Your order is packed and leaves tomorrow.\n> Delivery to 3 Park Lane.";
    last.visible_text = last.text.split("\n\nOn Monday")[0] ?? null;
    entries.push({ ...message("out", "Hello John, the address is changed. It arrives on Thursday.", ago(120), story), state: "failed", error: "The server rejects the e-mail by its rules, as spam or for missing rights." });
    last.recipients.push({ address: "jane@example.com", name: "Jane Doe", role: "cc", state: null, error: null });
  }
  if (story.name.startsWith("Кооператив")) entries.splice(0, entries.length, ...groupTalk((who, text, minutes, change) => ({ ...message(who === null ? "out" : "in", text, ago(minutes), { ...story, name: who ?? "" }), ...change })));
  if (story.name.startsWith("Иван")) Object.assign(last, { html: true, has_remote: true });
  timelines.set(id, entries);
  customers.set(id, {
    id, name: story.name, kind: "client", identities: [{ id, kind: channels[story.channel - 1]?.kind ?? "email", address: address(story), verified: story.name !== "John Doe", reachable: true }],
    phones: id === 1 ? ["+7 912 000-00-00"] : [], local_time_zone: story.zone ?? null, first_seen_at: "2023-03-04T10:00:00Z",
    dialogs: id === 1 ? [{ id: 12, subject: "Размер кроссовок", state: "completed", last_message_at: ago(40_000) }] : [], notes: id === 1 ? "Звонить после семи вечера." : "", sources: null,
  });
  rows.push({
    id, state: "open", channel_id: story.channel, channel_kind: channels[story.channel - 1]?.kind ?? "email", customer: { id, name: story.name }, subject: story.subject,
    preview: last.text.replace(/\s+/g, " ").slice(0, 200), last_direction: last.direction, last_author: last.author.name, waiting_since: ago(story.minutes), last_message_at: last.at, last_message_id: last.id,
    assignee_id: story.mine ? 1 : null, team_id: null, tags: story.tags ?? [], unread: story.unread ?? false, snooze_until: null, snooze_mode: null, snoozed_by: null, completed_at: null,
    reopen_count: 0, sla_due_at: story.due === undefined ? null : new Date(now + story.due * MINUTE).toISOString(), failed: story.name === "John Doe", open_tasks: 0, urgency: story.due === undefined ? 0 : 5,
    feed_at: ago(story.minutes), is_group: story.name.startsWith("Кооператив"), spam: false,
  });
}

export function message(direction: "in" | "out", text: string, at: string, story: { name: string; subject: string; channel: number }): MessageEntry {
  return {
    type: "message", id: newId(), at, direction, author: direction === "in" ? { kind: "customer", id: 1, name: story.name } : { kind: "agent", id: 1, name: "Мария Ветрова" }, subject: story.subject, text,
    visible_text: null, html: false, has_remote: false, klass: "human", state: direction === "in" ? null : "delivered", send_after: null, error: null, error_code: null,
    recipients: direction === "in" ? [{ address: "help@lenta.example", name: "Лента", role: "to", state: null, error: null }] : [{ address: address(story), name: story.name, role: "to", state: null, error: null }],
    from: direction === "in" ? { address: address(story), name: story.name } : { address: "help@lenta.example", name: "Лента" }, attachments: [], defects: [], client_uuid: null, warnings: [], quoted: false, signature: null, edited_at: null, deleted_at: null, answers: null, forwards: [], cards: [], reactions: [],
  };
}

function address(story: { name: string; channel: number }): string {
  if (story.channel !== 1) return story.name.startsWith("Анна") ? "@anna_petrova" : "@customer";
  return `${story.name.split(" ")[0]?.toLowerCase().normalize("NFD").replace(/[^a-z]/g, "") || "client"}@example.com`;
}

function agent(id: number, name: string, role: Agent["role"], availability: Agent["availability"]): Agent {
  return { id, name, email: `${id}@lenta.example`, role, availability, active: true, avatar: null };
}

function channel(id: number, kind: string, name: string, at: string, abilities: Partial<Channel["capabilities"]>): Channel {
  return {
    id, kind, name, address: at, enabled: true, health: "ok", health_text: "", undo_seconds: 8, team_id: null, quotes: kind === "email", held_because: null,
    capabilities: { html: "none", subject: false, recipients: false, answers: true, max_text: 4096, max_attachments: 10, attachment_bytes: 20_000_000, links_above: 0, send_key: "enter", can_initiate: kind === "email", signatures: kind === "email", replies: kind !== "email", edit_window: kind === "telegram" ? 0 : null, delete_window: kind === "telegram" ? 172_800 : null, ...abilities },
  };
}
