import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, ApiError, sentence } from "./api.ts";

function setUp(answer: () => Response | Promise<Response>) {
  const calls: { address: string; init: RequestInit }[] = [];
  let endings = 0;
  const api = new Api({
    fetch: async (address, init) => {
      calls.push({ address, init });
      return await answer();
    },
    csrf: () => "token",
    signedOut: () => (endings += 1),
  });
  return { api, calls, endings: () => endings };
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

async function failure(task: Promise<unknown>): Promise<ApiError> {
  const error = await task.then(() => null, (reason: unknown) => reason);
  assert.ok(error instanceof ApiError);
  return error;
}

test("a write carries the token, a read does not", async () => {
  const { api, calls } = setUp(() => json(200, { ok: true }));
  await api.post("/api/dialogs/1/complete");
  await api.get("/api/counts");
  assert.equal((calls[0]?.init.headers as Record<string, string>)["X-CSRF-Token"], "token");
  assert.equal((calls[1]?.init.headers as Record<string, string>)["X-CSRF-Token"], undefined);
});

test("the server's own sentence is what the agent reads", async () => {
  const { api } = setUp(() => json(422, { error: { code: "snooze_in_past", message: "Это время уже прошло.", field: "until" } }));
  const error = await failure(api.post("/x"));
  assert.equal(sentence(error), "Это время уже прошло.");
  assert.equal(error.code, "snooze_in_past");
  assert.ok(!error.passing);
});

test("an answer that is no JSON still becomes a sentence", async () => {
  const { api } = setUp(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  const error = await failure(api.get("/x"));
  assert.ok(error.passing);
  assert.match(sentence(error), /\.$/);
});

test("a success that is no JSON is a failure", async () => {
  const { api } = setUp(() => new Response("<html>login</html>", { status: 200 }));
  await failure(api.get("/x"));
});

test("no answer at all is told apart", async () => {
  const { api } = setUp(() => Promise.reject(new TypeError("fetch failed")));
  const error = await failure(api.get("/x"));
  assert.equal(error.status, 0);
  assert.ok(error.passing);
});

test("the end of the session is noticed once per answer", async () => {
  const { api, endings } = setUp(() => json(401, { error: { code: "signed_out", message: "" } }));
  const error = await failure(api.get("/x"));
  assert.ok(error.signedOut);
  assert.equal(endings(), 1);
});

test("a busy server says when to come back", async () => {
  const { api } = setUp(() => json(429, { error: { code: "slow_down", message: "Wait" } }, { "Retry-After": "7" }));
  assert.equal((await failure(api.get("/x"))).retryAfter, 7);
});

test("an empty answer is fine where none is meant", async () => {
  const { api } = setUp(() => new Response(null, { status: 204 }));
  assert.equal(await api.ask("DELETE", "/x"), undefined);
});
