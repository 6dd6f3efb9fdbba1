import { language } from "./say.ts";

/** A size as the reader writes it. */
export function weight(bytes: number): string {
  const isLarge = bytes >= 1e6;
  const format = new Intl.NumberFormat(language(), { style: "unit", unit: isLarge ? "megabyte" : "kilobyte", maximumFractionDigits: isLarge ? 1 : 0 });
  return format.format(Math.max(1, bytes / (isLarge ? 1e6 : 1e3)));
}
