/** The browser's translations: from translations/<language>/LC_MESSAGES/messages.po to one JSON file per language. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";

export const LANGUAGES = ["ru", "en", "es"] as const;

const FOLDER = resolve(import.meta.dirname ?? ".", "../../translations");

/** What src/core/i18n.ts reads. A message is its translation, or its plural forms in the catalogue's order. */
export interface Catalogue {
  language: string;
  forms: string[];
  messages: Record<string, string | string[]>;
}

interface PoEntry {
  context: string | null;
  id: string;
  plural: string | null;
  translations: string[];
  sources: string[];
  fuzzy: boolean;
}

/** The plural categories behind gettext's numbered forms, in their order. */
const FORMS: Record<string, string[]> = { ru: ["one", "few", "many"], en: ["one", "other"], es: ["one", "other"] };

/** Reads a .po file; obsolete entries are left out. */
export function parsePo(text: string): PoEntry[] {
  return text.split(/\n\s*\n/).map(parseBlock).filter((entry): entry is PoEntry => entry !== null);
}

/** The part of a .po file that the product's own screens use, with every translation filled in. */
export function browserCatalogue(language: string, po: string): Catalogue {
  const messages: Catalogue["messages"] = {};
  for (const entry of parsePo(po)) {
    if (!entry.id || entry.fuzzy || !entry.sources.some((source) => /frontend\/src\/(?!widget\/)/.test(source))) continue;
    if (!entry.translations.every(Boolean)) continue;
    const key = entry.context === null ? entry.id : `${entry.context}\u0004${entry.id}`;
    messages[key] = entry.plural === null ? entry.translations[0] ?? "" : entry.translations;
  }
  return { language, forms: FORMS[language] ?? ["other"], messages };
}

/** The words of the chat widget, which travels alone: a list in the order of the English ones. */
export function widgetWords(po: string): string[] {
  const words = parsePo(po).filter((entry) => entry.id && entry.sources.some((source) => source.includes("frontend/src/widget/")));
  return words.sort((a, b) => (a.id < b.id ? -1 : 1)).map((entry) => (entry.fuzzy ? "" : entry.translations[0]) || entry.id);
}

/** The place of an English word in that list; a word that is not there is said as it is written. */
export function numbered(message: string): string {
  const place = widgetWords(po("en")).indexOf(message);
  return place < 0 ? JSON.stringify(message) : String(place);
}

/** Emits i18n/<language>-<hash>.json; the manifest's keys are "i18n/ru.json", "i18n/widget-ru.json" and so on. */
export function catalogues(base: string): Plugin {
  return {
    name: "catalogues",
    configureServer(server) {
      for (const language of LANGUAGES) {
        server.middlewares.use(`${base}i18n/${language}.json`, (_request, response) => {
          response.setHeader("Content-Type", "application/json");
          response.end(JSON.stringify(read(language)));
        });
      }
    },
    generateBundle() {
      for (const language of LANGUAGES) {
        for (const [name, content] of [[language, read(language)], [`widget-${language}`, widgetWords(po(language))]] as const) {
          const source = JSON.stringify(content);
          const hash = createHash("sha256").update(source).digest("hex").slice(0, 8);
          const key = `i18n/${name}.json`;
          this.emitFile({ type: "asset", fileName: `i18n/${name}-${hash}.json`, name: key, originalFileName: key, source });
        }
      }
    },
  };
}

function read(language: string): Catalogue {
  return browserCatalogue(language, po(language));
}

function po(language: string): string {
  const path = resolve(FOLDER, language, "LC_MESSAGES/messages.po");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function parseBlock(block: string): PoEntry | null {
  const entry: PoEntry = { context: null, id: "", plural: null, translations: [], sources: [], fuzzy: false };
  let append: (text: string) => void = () => {};
  let found = false;
  for (const line of block.split("\n")) {
    if (line.startsWith("#:")) entry.sources.push(line.slice(2).trim());
    else if (line.startsWith("#,")) entry.fuzzy = line.includes("fuzzy");
    if (line.startsWith("#")) continue;
    const keyword = /^(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d+)\])?\s+/.exec(line);
    if (keyword) {
      append = appender(entry, keyword[1] ?? "", Number(keyword[2] ?? 0));
      found ||= keyword[1] === "msgid";
    }
    const quoted = /"((?:[^"\\]|\\.)*)"\s*$/.exec(line);
    if (quoted) append(unquote(quoted[1] ?? ""));
  }
  return found ? entry : null;
}

function appender(entry: PoEntry, keyword: string, index: number): (text: string) => void {
  if (keyword === "msgctxt") return (text) => (entry.context = (entry.context ?? "") + text);
  if (keyword === "msgid") return (text) => (entry.id += text);
  if (keyword === "msgid_plural") return (text) => (entry.plural = (entry.plural ?? "") + text);
  return (text) => (entry.translations[index] = (entry.translations[index] ?? "") + text);
}

function unquote(text: string): string {
  return text.replace(/\\(.)/g, (_all, letter: string) => ({ n: "\n", t: "\t", r: "\r" })[letter] ?? letter);
}
