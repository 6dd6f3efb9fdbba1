/** A group chat with everything that messengers know. */

import type { Answered, Card, FileRecord, MessageEntry } from "../src/core/types.ts";

type Say = (who: string | null, text: string, minutes: number, change?: Partial<MessageEntry>) => MessageEntry;

let nextFile = 500;

function file(kind: FileRecord["kind"], change: Partial<FileRecord> = {}): FileRecord {
  const id = (nextFile += 1);
  const shown = kind === "image" || kind === "sticker";
  return {
    id, name: shown ? `фото-${id}.jpg` : "", mime: shown ? "image/jpeg" : kind === "voice" || kind === "audio" ? "audio/wav" : "video/mp4", size: 240_000, kind, state: "here",
    inline: false, url: shown ? `/play/picture?n=${id}` : kind === "voice" || kind === "audio" ? "/play/sound" : "/play/film", preview: shown ? `/play/picture?n=${id}` : null,
    letter: null, width: null, height: null, seconds: null, emoji: null, transcript: null, ...change,
  };
}

function card(kind: string, title: string, text = "", facts: Card["facts"] = {}, url = ""): Card {
  return { kind, title, text, url, facts };
}

const answers = (to: MessageEntry, text = to.text): Answered => ({ id: to.id, author: to.author.name, text });

export function groupTalk(say: Say): MessageEntry[] {
  const asked = say("Ольга Крылова", "Добрый день! Ворота привезли погнутые. Кто отвечает за замену?", 64, { reactions: [{ sign: "👍", names: ["Пётр Ильин", "Нина"] }, { sign: "😡", names: ["Пётр Ильин"] }] });
  const ours = say(null, "Здравствуйте, Ольга. Пришлите, пожалуйста, фотографии — заменим.", 60, { answers: answers(asked), reactions: [{ sign: "❤️", names: ["Ольга Крылова"] }] });
  return [
    asked, ours,
    say("Ольга Крылова", "Вот, с трёх сторон", 58, { attachments: [file("image"), file("image"), file("image")] }),
    say("Пётр Ильин", "", 55, { attachments: [file("voice", { seconds: 7, transcript: "У меня тоже погнуты, посмотрите обе стороны." })] }),
    say("Пётр Ильин", "Адрес: Лесная, 14", 54, { edited_at: new Date(Date.now() - 53 * 60_000).toISOString() }),
    say("Нина", "", 52, { cards: [card("location", "", "", { latitude: 55.751, longitude: 37.618 }), card("contact", "", "", { name: "Сторож Иван", phone: "+7 900 123-45-67" })] }),
    say("Нина", "Номер карты 4111 1111…", 50, { deleted_at: new Date(Date.now() - 49 * 60_000).toISOString() }),
    say("Ольга Крылова", "", 48, { attachments: [file("sticker", { emoji: "🙏" })] }),
    say("Ольга Крылова", "Так ответил перевозчик:", 46, { forwards: [{ author: "ТК «Путь»", text: "Груз сдан без замечаний.", sent_at: new Date(Date.now() - 4e8).toISOString(), depth: 0 }, { author: "", text: "Подписи получателя нет.", sent_at: null, depth: 1 }] }),
    say("Пётр Ильин", "А это что за модель?", 40, { cards: [card("product", "Ворота «Рассвет-2»", "", { price: "18 900 ₽" }, "https://shop.example/gate"), card("post", "Новые ворота уже на складе", "Стена сообщества", {}, "https://vk.com/wall-1_2")] }),
    say("Нина", "", 38, { attachments: [file("video", { id: -1, state: "too_large", size: 94_000_000, url: "", name: "ворота.mp4" }), file("file", { id: -2, state: "waiting", url: "", name: "акт.pdf" })] }),
    say("Нина", "", 36, { cards: [card("unsupported", "", "", { type: "paid_media" })] }),
    say("Пётр Ильин", "Согласен", 34, { answers: answers(ours, "Пришлите, пожалуйста, фотографии") }),
  ];
}

/** A picture of a colour, and a short tone. */
export function picture(n: number): Response {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="hsl(${(n * 47) % 360} 45% 65%)"/><path d="M0 360 L180 220 L320 330 L470 180 L640 320 V480 H0Z" fill="hsl(${(n * 47 + 40) % 360} 40% 45%)"/></svg>`;
  return new Response(svg, { headers: { "Content-Type": "image/svg+xml" } });
}

export function sound(): Response {
  const rate = 8000;
  const length = rate * 2;
  const data = new DataView(new ArrayBuffer(44 + length));
  const ascii = (at: number, text: string) => [...text].forEach((sign, index) => data.setUint8(at + index, sign.charCodeAt(0)));
  ascii(0, "RIFF"), data.setUint32(4, 36 + length, true), ascii(8, "WAVEfmt ");
  data.setUint32(16, 16, true), data.setUint16(20, 1, true), data.setUint16(22, 1, true), data.setUint32(24, rate, true);
  data.setUint32(28, rate, true), data.setUint16(32, 1, true), data.setUint16(34, 8, true), ascii(36, "data"), data.setUint32(40, length, true);
  for (let index = 0; index < length; index += 1) data.setUint8(44 + index, 128 + Math.round(40 * Math.sin((index / rate) * 440 * 2 * Math.PI)));
  return new Response(data.buffer, { headers: { "Content-Type": "audio/wav" } });
}
