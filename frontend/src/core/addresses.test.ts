import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress, parseAddresses } from "./addresses.ts";

test("addresses as people type them", () => {
  assert.deepEqual(parseAddress('"Петрова, Анна" <anna@example.ru>'), { address: "anna@example.ru", name: "Петрова, Анна" });
  assert.deepEqual(parseAddress("mailto:max@example.com"), { address: "max@example.com", name: "" });
  for (const wrong of ["", "max", "max@", "@example.com", "max@example", "max@example.", "a b@example.com", "max@exa,mple.com"]) assert.equal(parseAddress(wrong), null, wrong);
});

test("a pasted list is taken apart and what is no address is given back", () => {
  const found = parseAddresses('"Петрова, Анна" <anna@example.ru>; max@example.com, nobody\nMAX@example.com');
  assert.deepEqual(found.addresses.map((one) => one.address), ["anna@example.ru", "max@example.com"]);
  assert.equal(found.rest, "nobody");
  assert.equal(parseAddresses("a@example.com b@example.com").addresses.length, 2);
});
