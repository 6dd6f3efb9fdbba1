/** What the server and the two halves of the widget say to each other. */

export interface Texts {
  title: string;
  greeting?: string;
  button?: string;
  offline?: string;
}

/** What follows from the shop's colour: filled areas, what stands on them, words on the surface. */
export interface Colours {
  accent: string;
  on: string;
  text: string;
}

/** A channel's public settings, as they stand before the loader. */
export interface Settings {
  host: string;
  key: string;
  colours: Record<"light" | "dark", Colours>;
  side: "left" | "right";
  offset: number;
  z: number;
  theme: "auto" | "light" | "dark";
  languages: Record<string, Texts>;
  default_language: string;
  require_identity: boolean;
}

export interface Page {
  url: string;
  title: string;
  referrer?: string;
}

export interface Identity {
  user_id?: string;
  name?: string;
  email?: string;
  phone?: string;
  token?: string;
  user_hash?: string;
}

export interface FileOfLine {
  id: number | string;
  name: string;
  mime: string;
  size: number;
  is_image: boolean;
  url?: string;
}

export interface Line {
  seq: number;
  client_id: string | null;
  from: "visitor" | "agent";
  author: { name: string } | null;
  text: string;
  html: string | null;
  files: FileOfLine[];
  at: string;
  edited: boolean;
  deleted: boolean;
  rev: number;
}

export interface Hours {
  open: boolean;
  opens_at: string | null;
  shown?: string | null;
}

export interface Field {
  name: string;
  label: string;
  kind: string;
  required?: boolean;
  url?: string | null;
  options?: (string | { value: string; label: string })[];
}

export interface Limits {
  max_text: number;
  max_file_bytes: number;
  max_files: number;
}

export interface Session {
  token: string;
  visitor: { id: number | string; name: string | null; email: string | null; verified: boolean; needs: string[] };
  seq: number;
  read_seq: number;
  unread: number;
  hours: Hours;
  challenge: unknown;
  limits: Limits;
  fields: Field[];
}

export interface Synced {
  lines: Line[];
  changed?: Line[];
  more: boolean;
  seq: number;
  rev?: number;
  read_seq: number;
  agent_read_seq: number;
  typing: { name: string } | null;
  hours: Hours;
}

/** What rings through the socket. */
export interface Ring {
  seq?: number;
  rev?: number;
  typing?: { name: string } | null;
  read?: number;
  t?: 1;
}

/** From the page to the frame. */
export interface ToFrame {
  nonce: string;
  start?: { token: string | null; touches?: unknown; kept?: string | null | undefined };
  open?: boolean;
  focus?: boolean;
  page?: Page;
  identity?: Identity | null;
  prefill?: string;
  /** The token that is to end. */
  logout?: string;
}

/** From the frame to the page. */
export interface ToPage {
  nonce: string;
  hello?: true;
  token?: string | null;
  /** What is to be given back to the next frame of this tab. */
  kept?: string;
  unread?: number;
  message?: { text: string; name: string };
  close?: true;
  error?: string;
}
