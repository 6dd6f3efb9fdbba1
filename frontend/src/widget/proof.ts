/** A challenge as the product hands it out (channels/challenges.py). */
export interface Challenge {
  parameters: {
    algorithm: string;
    cost: number;
    keyLength: number;
    keyPrefix: string;
    nonce: string;
    salt: string;
    [more: string]: unknown;
  };
  signature: string;
}

const AT_ONCE = 8;

/** Compute until the key begins as asked; what to send. It lets the page breathe, because WebCrypto works elsewhere. */
export async function solve(challenge: Challenge, giveUp?: AbortSignal): Promise<string> {
  const { parameters } = challenge;
  if (parameters.algorithm !== "PBKDF2/SHA-256") throw new Error(`no way to solve ${parameters.algorithm}`);
  const [nonce, salt] = [bytes(parameters.nonce), bytes(parameters.salt)];
  const wanted = parameters.keyPrefix.toLowerCase();
  for (let start = 0; start < 2 ** 32; start += AT_ONCE) {
    giveUp?.throwIfAborted();
    const keys = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, step) => derived(nonce, salt, start + step, parameters)),
    );
    const found = keys.findIndex((key) => key.startsWith(wanted));
    if (found >= 0) return btoa(JSON.stringify({ challenge, solution: { counter: start + found, derivedKey: keys[found] } }));
  }
  throw new Error("no solution");
}

/** The password is the nonce and behind it the number of the try, four bytes, the highest first. */
async function derived(nonce: Uint8Array, salt: BufferSource, counter: number, told: Challenge["parameters"]) {
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: told.cost };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(how, key, told.keyLength * 8));
  return Array.from(bits, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
