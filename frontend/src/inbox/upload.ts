/** One file on its way to the server, with its progress. */

import { type Api, ApiError, plain } from "../core/api.ts";
import type { Upload } from "../core/types.ts";

/** Sends the file; `progress` is told a share between 0 and 1. */
export function upload(api: Api, token: string, file: File, progress: (share: number) => void, signal: AbortSignal): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/uploads");
    request.setRequestHeader("X-CSRF-Token", token);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300 && request.response) resolve(request.response as Upload);
      else reject(api.error(request.status, request.response));
    };
    request.onerror = () => reject(new ApiError(0, { code: "no_answer", message: plain(0) }));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}
