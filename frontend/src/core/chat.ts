/** Files of messages, in words and in order: those without names, those that are not here, albums. */

import { fileSize } from "./format.ts";
import { _ } from "./i18n.ts";
import type { FileRecord, MessageEntry } from "./types.ts";

/** Files as they are laid out: pictures of an album side by side, everything else one by one. */
export interface Laid {
  album: FileRecord[];
  others: FileRecord[];
}

const SIDE_BY_SIDE = new Set<FileRecord["kind"]>(["image", "video", "animation"]);

export function laidOut(files: FileRecord[]): Laid {
  const seen = files.filter((file) => file.state === "here" && SIDE_BY_SIDE.has(file.kind) && (file.kind !== "image" || file.preview !== null));
  if (seen.length < 2) return { album: [], others: files };
  const album = new Set(seen);
  return { album: seen, others: files.filter((file) => !album.has(file)) };
}

/** A sticker and nothing else: it needs no bubble around it. */
export function isBare(text: string, files: FileRecord[]): boolean {
  return text === "" && files.length === 1 && files[0]?.kind === "sticker";
}

export function kindName(kind: FileRecord["kind"]): string {
  switch (kind) {
    case "image": return _("Picture");
    case "video": return _("Video");
    case "video_note": return _("Video message");
    case "animation": return _("Moving picture");
    case "audio": return _("Sound");
    case "voice": return _("Voice message");
    case "sticker": return _("Sticker");
    default: return _("File");
  }
}

/** Why a file is not here. */
export function awayReason(file: FileRecord): string {
  switch (file.state) {
    case "waiting": return _("still on its way");
    case "too_large": return file.size > 0 ? _("too large to be fetched ({size})", { size: fileSize(file.size) }) : _("too large to be fetched");
    case "gone": return _("no longer there");
    case "failed": return _("could not be fetched");
    default: return "";
  }
}

/** Whether a message of ours lies outside and its time for being changed there is not over. */
export function stillOpen(message: MessageEntry, window: number | null, now: number): boolean {
  const left = message.state === "sent" || message.state === "delivered" || message.state === "read";
  if (window === null || !left || message.id < 0 || message.deleted_at !== null) return false;
  return window === 0 || now < Date.parse(message.at) + window * 1000;
}

/** "0:07", "12:40", "1:02:03". */
export function playTime(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), Math.floor(seconds % 60)];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
