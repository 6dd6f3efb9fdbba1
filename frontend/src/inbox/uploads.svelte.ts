/** Files on their way to the server. Each belongs to what it was picked for, also while something else is written. */

import { sentence } from "../core/api.ts";
import { fileSize } from "../core/format.ts";
import { _ } from "../core/i18n.ts";
import type { Capabilities, Mode, Upload } from "../core/types.ts";
import type { Desk } from "./desk.svelte.ts";

export interface FileInHand {
  key: string;
  name: string;
  size: number;
  progress: number;
  upload: Upload | null;
  error: string | null;
  /** What to send again when it failed on the way; none where it cannot be sent at all. */
  again?: File | undefined;
}

/** What files are picked for: a reply or a comment of a dialog, or a new letter. */
export type Shelf = `${number}:${Mode}` | "new";

export class Uploads {
  private shelves = $state.raw<ReadonlyMap<Shelf, FileInHand[]>>(new Map());
  private aborts = new Map<string, AbortController>();

  constructor(private readonly desk: Desk, private readonly finished: (shelf: Shelf) => void) {
    addEventListener("beforeunload", (event) => this.aborts.size > 0 && event.preventDefault());
  }

  of(shelf: Shelf): FileInHand[] {
    return this.shelves.get(shelf) ?? [];
  }

  /** Those that are on the server. */
  there(shelf: Shelf): Upload[] {
    return this.of(shelf).flatMap((file) => file.upload ?? []);
  }

  /** The files of a draft; what is still on its way for it stays beside them. */
  lay(shelf: Shelf, attachments: Upload[]): void {
    const known = new Map(this.of(shelf).map((file) => [file.upload?.id, file]));
    this.put(shelf, [...attachments.map((file) => known.get(file.id) ?? inHand(file)), ...this.of(shelf).filter((file) => !file.upload)]);
  }

  /** Files dropped, pasted or picked: each goes to the server at once. */
  add(shelf: Shelf, files: Iterable<File>, able: Capabilities | undefined): void {
    const { max_attachments: most = 20, attachment_bytes: largest = 25 * 1024 * 1024 } = able ?? {};
    for (const file of files) {
      const tooMany = this.of(shelf).length >= most;
      const error = tooMany ? _("No more files fit.") : file.size > largest ? _("Larger than {size}.", { size: fileSize(largest) }) : null;
      const key = crypto.randomUUID();
      this.put(shelf, [...this.of(shelf), { key, name: file.name || _("picture"), size: file.size, progress: 0, upload: null, error }]);
      if (!error) void this.send(shelf, key, file);
    }
  }

  retry(shelf: Shelf, key: string): void {
    const file = this.of(shelf).find((one) => one.key === key)?.again;
    if (!file) return;
    this.patch(shelf, key, { error: null, progress: 0, again: undefined });
    void this.send(shelf, key, file);
  }

  drop(shelf: Shelf, key: string): void {
    const file = this.of(shelf).find((one) => one.key === key);
    this.aborts.get(key)?.abort();
    this.put(shelf, this.of(shelf).filter((one) => one.key !== key));
    if (file?.upload) void this.desk.api.ask("DELETE", `/api/uploads/${file.upload.id}`).catch(() => undefined);
  }

  /** Nothing is picked any more; what is under way is given up. */
  clear(shelf: Shelf): void {
    for (const { key } of this.of(shelf)) this.aborts.get(key)?.abort();
    this.put(shelf, []);
  }

  private async send(shelf: Shelf, key: string, file: File): Promise<void> {
    const abort = new AbortController();
    this.aborts.set(key, abort);
    try {
      const { upload } = await import("./upload.ts");
      if (abort.signal.aborted) return;
      const done = await upload(this.desk.api, this.desk.token, file, (progress) => this.patch(shelf, key, { progress }), abort.signal);
      this.patch(shelf, key, { upload: done, progress: 1 });
      this.finished(shelf);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.patch(shelf, key, { error: sentence(error), again: file });
      this.desk.notices.alarm(_("{name} could not be uploaded.", { name: file.name }));
    } finally {
      this.aborts.delete(key);
    }
  }

  private patch(shelf: Shelf, key: string, change: Partial<FileInHand>): void {
    this.put(shelf, this.of(shelf).map((file) => (file.key === key ? { ...file, ...change } : file)));
  }

  private put(shelf: Shelf, files: FileInHand[]): void {
    this.shelves = new Map([...this.shelves, [shelf, files]]);
  }
}

function inHand(file: Upload): FileInHand {
  return { key: `u${file.id}`, name: file.name, size: file.size, progress: 1, upload: file, error: null };
}
