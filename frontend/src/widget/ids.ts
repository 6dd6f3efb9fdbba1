/** A UUID whose order is that of time (RFC 9562, 5.7): what was written first sorts first. */
export function uuid7(now = Date.now(), random: Uint8Array = crypto.getRandomValues(new Uint8Array(10))): string {
  random[0] = (random[0]! & 15) | 0x70;
  random[2] = (random[2]! & 63) | 0x80;
  const hex = now.toString(16).padStart(12, "0") + Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
