/** From a document to what leaves: plain text for every channel, HTML where the channel carries it. */

import type { Fragment, Mark, Node } from "prosemirror-model";

/** Plain text, one line per paragraph; lists and quotes keep their signs. */
export function toText(doc: Node): string {
  return blocks(doc.content).join("\n").replace(/[ \t]+$/gm, "").replace(/\n+$/, "").replace(/^\n+/, "");
}

/** HTML of our own making: nothing in it but the schema's elements, everything else escaped. */
export function toHtml(doc: Node): string {
  return htmlOf(doc.content);
}

/** Is there any form in it that plain text would lose? */
export function isFormed(doc: Node): boolean {
  let formed = false;
  doc.descendants((node) => {
    if (node.marks.length > 0 || !["paragraph", "text", "hard_break", "mention"].includes(node.type.name)) formed = true;
    return !formed;
  });
  return formed;
}

/** The colleagues named in it, each once. */
export function mentionsIn(doc: Node): number[] {
  const found = new Set<number>();
  doc.descendants((node) => {
    if (node.type.name === "mention") found.add(Number(node.attrs["id"]));
  });
  return [...found];
}

function blocks(content: Fragment): string[] {
  const lines: string[] = [];
  content.forEach((node) => {
    if (node.type.name === "blockquote") lines.push(...blocks(node.content).map((line) => `> ${line}`));
    else if (node.type.name === "bullet_list") lines.push(...items(node, () => "• "));
    else if (node.type.name === "ordered_list") lines.push(...items(node, (index) => `${Number(node.attrs["order"]) + index}. `));
    else lines.push(...inline(node).split("\n"));
  });
  return lines;
}

function items(list: Node, sign: (index: number) => string): string[] {
  const lines: string[] = [];
  list.forEach((item, _offset, index) => {
    const head = sign(index);
    lines.push(...blocks(item.content).map((line, number) => (number === 0 ? head : " ".repeat(head.length)) + line));
  });
  return lines;
}

function inline(block: Node): string {
  let said = "";
  block.forEach((node) => {
    const text = node.isText ? (node.text ?? "") : node.type.spec.leafText?.(node) ?? "";
    const link = node.marks.find((mark) => mark.type.name === "link");
    said += link && !sameAddress(text, String(link.attrs["href"])) ? `${text} (${link.attrs["href"]})` : text;
  });
  return said;
}

function sameAddress(text: string, href: string): boolean {
  const bare = (address: string) => address.replace(/^(https?:\/\/|mailto:|tel:)/i, "").replace(/\/$/, "");
  return bare(text.trim()) === bare(href);
}

function htmlOf(content: Fragment): string {
  let html = "";
  content.forEach((node) => {
    html += node.isText ? marked(escape(node.text ?? ""), node.marks) : element(node);
  });
  return html;
}

function element(node: Node): string {
  const inner = htmlOf(node.content);
  switch (node.type.name) {
    case "paragraph": return `<div>${inner || "<br>"}</div>`;
    case "blockquote": return `<blockquote>${inner}</blockquote>`;
    case "code_block": return `<pre><code>${inner}</code></pre>`;
    case "bullet_list": return `<ul>${inner}</ul>`;
    case "ordered_list": return node.attrs["order"] === 1 ? `<ol>${inner}</ol>` : `<ol start="${Number(node.attrs["order"])}">${inner}</ol>`;
    case "list_item": return `<li>${inner}</li>`;
    case "hard_break": return "<br>";
    case "mention": return `<span data-mention="${Number(node.attrs["id"])}">@${escape(String(node.attrs["name"]))}</span>`;
    default: return inner;
  }
}

function marked(html: string, marks: readonly Mark[]): string {
  return marks.reduceRight((inner, mark) => {
    if (mark.type.name === "link") return `<a href="${escape(String(mark.attrs["href"]))}">${inner}</a>`;
    return `<${mark.type.name}>${inner}</${mark.type.name}>`;
  }, html);
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);
}
