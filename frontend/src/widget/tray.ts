/** Files that are about to be sent. */

import { CROSS, el, signButton } from "./dom.ts";
import { chip } from "./file.ts";
import { _ } from "./say.ts";
import type { Limits } from "./types.ts";
import { weight } from "./weight.ts";

/** Those that were there and those that may join them; `say` tells why one may not. */
export function joined(files: readonly File[], more: readonly File[], limits: Limits | undefined, say: (words: string) => void): File[] {
  const { max_file_bytes: bytes = Infinity, max_files: most = Infinity } = limits ?? {};
  const small = more.filter((file) => file.size <= bytes);
  const large = more.find((file) => file.size > bytes);
  const all = [...files, ...small];
  if (large) say(_("“{name}” is larger than {size}.", { name: large.name, size: weight(bytes) }));
  else if (all.length > most) say(_("No more than {count} files at once.", { count: most }));
  return all.slice(0, most);
}

export function drawTray(box: HTMLElement, files: readonly File[], changed: (files: File[]) => void): void {
  box.replaceChildren(...files.map((file) => {
    const remove = signButton(CROSS, _("Remove {name}", { name: file.name }), () => changed(files.filter((each) => each !== file)));
    return el("span", { className: "picked" }, chip(file.name, file.size), remove);
  }));
}
