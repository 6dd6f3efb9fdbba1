/** What may be written: a strict schema, so that nothing pasted can bring more than its words. */

import { type MarkSpec, type NodeSpec, Schema } from "prosemirror-model";

/** How much form a channel carries: e-mail all of it, Telegram some, others none. */
export type Form = "none" | "telegram" | "full";

const NODES: Record<string, NodeSpec> = {
  doc: { content: "block+" },
  paragraph: { content: "inline*", group: "block", parseDOM: [{ tag: "p" }, { tag: "div" }], toDOM: () => ["p", 0] },
  blockquote: { content: "block+", group: "block", defining: true, parseDOM: [{ tag: "blockquote" }], toDOM: () => ["blockquote", 0] },
  code_block: {
    content: "text*", marks: "", group: "block", code: true, defining: true,
    parseDOM: [{ tag: "pre", preserveWhitespace: "full" }], toDOM: () => ["pre", ["code", 0]],
  },
  bullet_list: { content: "list_item+", group: "block", parseDOM: [{ tag: "ul" }], toDOM: () => ["ul", 0] },
  ordered_list: {
    content: "list_item+", group: "block", attrs: { order: { default: 1 } },
    parseDOM: [{ tag: "ol", getAttrs: (node) => ({ order: Number((node as Element).getAttribute("start")) || 1 }) }],
    toDOM: (node) => (node.attrs["order"] === 1 ? ["ol", 0] : ["ol", { start: node.attrs["order"] as number }, 0]),
  },
  list_item: { content: "paragraph block*", defining: true, parseDOM: [{ tag: "li" }], toDOM: () => ["li", 0] },
  text: { group: "inline" },
  hard_break: { inline: true, group: "inline", selectable: false, parseDOM: [{ tag: "br" }], toDOM: () => ["br"], leafText: () => "\n" },
  mention: {
    inline: true, group: "inline", atom: true, attrs: { id: {}, name: {} },
    parseDOM: [{
      tag: "span[data-mention]",
      getAttrs: (node) => ({ id: Number((node as Element).getAttribute("data-mention")), name: (node as Element).textContent?.replace(/^@/, "") ?? "" }),
    }],
    toDOM: (node) => ["span", { class: "mention", "data-mention": String(node.attrs["id"]) }, `@${node.attrs["name"]}`],
    leafText: (node) => `@${node.attrs["name"]}`,
  },
};

const MARKS: Record<string, MarkSpec> = {
  link: {
    attrs: { href: {} }, inclusive: false,
    parseDOM: [{ tag: "a[href]", getAttrs: (node) => linkOf((node as Element).getAttribute("href") ?? "") }],
    toDOM: (mark) => ["a", { href: mark.attrs["href"] as string }, 0],
  },
  strong: {
    parseDOM: [{ tag: "strong" }, { tag: "b", getAttrs: (node) => (node as HTMLElement).style.fontWeight !== "normal" && null }, { style: "font-weight=bold" }],
    toDOM: () => ["strong", 0],
  },
  em: { parseDOM: [{ tag: "em" }, { tag: "i" }, { style: "font-style=italic" }], toDOM: () => ["em", 0] },
  code: { parseDOM: [{ tag: "code" }], toDOM: () => ["code", 0] },
};

const TELEGRAM = ["doc", "paragraph", "blockquote", "code_block", "text", "hard_break", "mention"];
const NONE = ["doc", "paragraph", "text", "hard_break", "mention"];

/** The schema for a form; made once each. */
export function schemaFor(form: Form): Schema {
  let made = schemas.get(form);
  if (!made) {
    const allowed = form === "full" ? Object.keys(NODES) : form === "telegram" ? TELEGRAM : NONE;
    made = new Schema({ nodes: pick(NODES, allowed), marks: form === "none" ? {} : MARKS });
    schemas.set(form, made);
  }
  return made;
}

/** The address of a link as it may be kept; false for anything but the web, mail and telephone. */
export function linkOf(typed: string): { href: string } | false {
  const address = typed.trim();
  if (/^(https?:\/\/|mailto:|tel:)\S+$/i.test(address)) return { href: address };
  if (/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/u.test(address)) return { href: `mailto:${address}` };
  return /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+(\/\S*)?$/u.test(address) ? { href: `https://${address}` } : false;
}

const schemas = new Map<Form, Schema>();

function pick<Thing>(things: Record<string, Thing>, names: string[]): Record<string, Thing> {
  return Object.fromEntries(Object.entries(things).filter(([name]) => names.includes(name)));
}
