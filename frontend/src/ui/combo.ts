import type { IconName } from "./icons.ts";

/** A line of a combobox. */
export interface ComboItem {
  id: string;
  label: string;
  note?: string;
  hint?: string;
  caps?: string[];
  icon?: IconName;
  avatar?: string;
  colour?: string;
  checked?: boolean;
  disabled?: boolean;
  /** A line above it, or a heading. */
  line?: boolean;
  group?: string;
}

/** Does a text fit what was typed? Every word must begin some word of it. */
export function fits(text: string, query: string): boolean {
  const words = fold(text).split(/[\s,.@()«»"-]+/);
  return fold(query).split(/\s+/).filter(Boolean).every((part) => words.some((word) => word.startsWith(part)));
}

function fold(text: string): string {
  return text.toLocaleLowerCase().replaceAll("ё", "е").normalize("NFD").replace(/(?<=[a-z])\p{M}/gu, "");
}
