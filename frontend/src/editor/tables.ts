/** Tables, for letters that have none: each row a line, its cells told apart. */

import { inert } from "../ui/trusted.ts";

export function withoutTables(html: string): string {
  if (!/<t[dh][\s>]/i.test(html)) return html;
  const body = inert(html);
  for (const row of body.querySelectorAll("tr")) {
    if (row.querySelector("table") || row.cells.length < 2) continue; // tables that only arrange a page
    const line = row.ownerDocument.createElement("p");
    [...row.cells].forEach((cell, place) => {
      if (place > 0) line.append(" | ");
      if (cell.querySelector("p, div, ul, ol, br")) line.append((cell.textContent ?? "").trim().replace(/\s+/g, " "));
      else line.append(...cell.childNodes);
    });
    row.replaceWith(line);
  }
  return body.innerHTML;
}
