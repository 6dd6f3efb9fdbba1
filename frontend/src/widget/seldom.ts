/** What most conversations do without: files on their way up, what was said long ago, a copy by e-mail. */

import { type Answer, type Options, read, Refusal, refusal } from "./call.ts";
import { type Log, take } from "./lines.ts";
import type { Attachment } from "./outbox.ts";
import type { Challenge } from "./proof.ts";
import { _ } from "./say.ts";
import type { FileOfLine, Synced } from "./types.ts";

export type Ask = <T>(method: string, path: string, options?: Options) => Promise<Answer<T>>;

const PATIENCE = 300_000;

/** As `call` does it, but telling how far it is, which fetch cannot; a stranger shows first that this is no robot. */
export async function upload(token: string | null, file: Attachment, progress: (part: number) => void, request = () => new XMLHttpRequest(), solve = solved): Promise<FileOfLine["id"]> {
  try {
    return await sent(token, file, progress, request());
  } catch (error) {
    const { code, details } = error as Refusal;
    if (code !== "proof_needed") throw error;
    return await sent(token, file, progress, request(), await solve(details["challenge"]));
  }
}

function sent(token: string | null, { client_id: id, file, name }: Attachment, progress: (part: number) => void, request: XMLHttpRequest, proof = ""): Promise<FileOfLine["id"]> {
  return new Promise((resolve, reject) => {
    const body = new FormData();
    body.append("client_id", id);
    body.append("file", file, name);
    request.open("POST", "api/files");
    request.timeout = PATIENCE;
    request.setRequestHeader("Authorization", `Visitor ${token}`);
    if (proof) request.setRequestHeader("X-Proof", proof);
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    request.onerror = request.ontimeout = request.onabort = () => reject(new Refusal(0, "offline"));
    request.onload = () => {
      const said = read(request.responseText);
      if (request.status < 400) resolve((said as FileOfLine).id);
      else reject(refusal(request.status, said, request.getResponseHeader("Retry-After")));
    };
    request.send(body);
  });
}

/** The log with up to so many lines more before its first. */
export async function earlier(since: (seq: number) => Promise<Synced>, log: Log, count: number): Promise<Log> {
  let grown = log;
  for (let at = Math.max(0, log.from - count); at < log.from; ) {
    const { lines } = await since(at);
    grown = take(grown, lines);
    at = lines.at(-1)?.seq ?? log.from;
  }
  return grown;
}

/** Asks for a copy of the conversation, as a file where no address is certain; what to tell the visitor. */
export async function letter(ask: Ask, save = saved): Promise<string> {
  try {
    await ask("POST", "transcript", { body: {} });
    return _("The conversation is on its way to your e-mail.");
  } catch (error) {
    if ((error as Refusal).code === "not_proven") {
      const found = await ask<{ text: string }>("GET", "transcript").catch(() => null);
      if (found) return save(found.body.text);
    }
    return (error as Refusal).message || _("No connection. Try again.");
  }
}

async function solved(challenge: unknown): Promise<string> {
  return (await import("./proof.ts")).solve(challenge as Challenge);
}

function saved(text: string): string {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = "chat.txt";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return _("The conversation is saved as a file.");
}
