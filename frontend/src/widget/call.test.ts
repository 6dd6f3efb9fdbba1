import assert from "node:assert/strict";
import { test } from "node:test";
import { call, Refusal } from "./call.ts";

async function asked(answer: () => Response | Promise<Response>, ...given: Parameters<typeof call>): Promise<[unknown, Request]> {
  const own = globalThis.fetch;
  let request: Request | undefined;
  globalThis.fetch = async (path, options) => {
    request = new Request(new URL(String(path), "https://desk.test/w/key/frame"), options);
    return await answer();
  };
  try {
    return [await call(...given).catch((error: unknown) => error), request!];
  } finally {
    globalThis.fetch = own;
  }
}

test("a question carries the token, and the answer is read", async () => {
  const [answer, request] = await asked(() => Response.json({ seq: 4 }, { headers: { ETag: '"4"' } }), "secret", "POST", "read", { body: { seq: 4 } });
  assert.deepEqual(answer, { body: { seq: 4 }, status: 200, etag: '"4"' });
  assert.equal(request.url, "https://desk.test/w/key/api/read");
  assert.equal(request.headers.get("Authorization"), "Visitor secret");
  assert.equal(await request.text(), '{"seq":4}');
});

test("nothing new and nothing to say are answers, too", async () => {
  const [answer, request] = await asked(() => new Response(null, { status: 304 }), null, "GET", "unread", { headers: { "If-None-Match": '"4"' } });
  assert.deepEqual(answer, { body: {}, status: 304, etag: null });
  assert.equal(request.headers.get("If-None-Match"), '"4"');
  assert.equal(request.headers.get("Authorization"), null);
});

test("a refusal says why, for how long, and whether for good", async () => {
  const no = (status: number, code: string, headers = {}) => () => Response.json({ error: { code, message: "No.", details: { challenge: 1 } } }, { status, headers });
  const [often] = await asked(no(429, "too_many", { "Retry-After": "30" }), "t", "POST", "messages", { body: {} });
  assert.ok(often instanceof Refusal && often.wait === 30 && !often.isLasting);
  const [proof] = await asked(no(403, "proof_needed"), "t", "POST", "messages", { body: {} });
  assert.ok(proof instanceof Refusal && !proof.isLasting && proof.details["challenge"] === 1);
  const [long] = await asked(no(422, "too_long"), "t", "POST", "messages", { body: {} });
  assert.ok(long instanceof Refusal && long.isLasting && long.message === "No.");
});

test("a server that is away, or a page that stands in its place, is no refusal for good", async () => {
  const [away] = await asked(() => Promise.reject(new TypeError("network")), "t", "GET", "unread");
  assert.ok(away instanceof Refusal && away.status === 0 && !away.isLasting);
  const [broken] = await asked(() => new Response("<h1>Bad gateway</h1>", { status: 502 }), "t", "GET", "unread");
  assert.ok(broken instanceof Refusal && broken.status === 502 && !broken.isLasting);
});
