/** The shapes of the JSON API, named as the server names them. Times are ISO 8601 strings in UTC. */

export type DialogState = "open" | "snoozed" | "completed";
export type SnoozeMode = "time" | "until_reply" | "either" | "stay";
export type Whose = "all" | "mine" | "unassigned" | `agent:${number}`;
export type Mode = "reply" | "comment";

export interface Agent {
  id: number;
  name: string;
  email: string;
  role: "owner" | "admin" | "supervisor" | "agent" | "collaborator";
  availability: "online" | "break" | "away";
  active: boolean;
  avatar: string | null;
}

export interface Team {
  id: number;
  name: string;
}

export interface Capabilities {
  html: "none" | "telegram" | "full";
  subject: boolean;
  recipients: boolean;
  /** Answers can leave at all; by a form without a mailbox nothing does. */
  answers: boolean;
  max_text: number | null;
  max_attachments: number;
  attachment_bytes: number;
  /** Bytes of a whole letter; files that make it larger go as links. 0: they never do. */
  links_above: number;
  send_key: "enter" | "ctrl_enter";
  can_initiate: boolean;
  /** The writer's signature stands below. */
  signatures: boolean;
  /** An answer may point at one message. */
  replies: boolean;
  /** For how many seconds ours can be changed or taken back outside; 0 is for ever, null never. */
  edit_window: number | null;
  delete_window: number | null;
}

export interface Channel {
  id: number;
  kind: string;
  name: string;
  address: string;
  enabled: boolean;
  health: "ok" | "degraded" | "broken";
  health_text: string;
  undo_seconds: number;
  /** The team that new dialogs here are for. */
  team_id: number | null;
  /** Answers carry the letter they answer below, unless their writer says otherwise. */
  quotes: boolean;
  /** Why answers wait; null where they leave. */
  held_because: "demo" | "switched_off" | "all_stopped" | "not_confirmed" | null;
  capabilities: Capabilities;
}

export interface Tag {
  id: number;
  name: string;
  weight: number;
  colour: string;
}

/** A dialog as the feed shows it. */
export interface Row {
  id: number;
  state: DialogState;
  channel_id: number;
  channel_kind: string;
  customer: { id: number; name: string; kind: CustomerKind };
  subject: string;
  preview: string;
  last_direction: "in" | "out" | "comment";
  last_author: string | null;
  waiting_since: string | null;
  last_message_at: string;
  assignee_id: number | null;
  team_id: number | null;
  tags: number[];
  unread?: boolean;
  /** How far the reader has read; only in the dialog's own page. */
  read_upto?: number;
  snooze_until: string | null;
  snooze_mode: SnoozeMode | null;
  snoozed_by: number | null;
  completed_at: string | null;
  reopen_count: number;
  sla_due_at: string | null;
  failed: boolean;
  open_tasks: number;
  urgency: number;
  feed_at: string;
  is_group: boolean;
  spam: boolean;
  demo?: boolean;
  last_message_id?: number | null;
}

export interface FeedPage {
  rows: Row[];
  next: string | null;
  upto: number;
  hits?: Record<string, string>;
}

export interface Counts {
  open: { all: number; mine: number; unassigned: number };
  snoozed: { all: number; mine: number };
  channels: Record<string, number>;
  tags: Record<string, number>;
  today: { completed: number; first_answer_minutes: number | null };
  returning: { all: Returning; mine: Returning };
}

/** Snoozed dialogs, counted up to 100, and between which times those come back. */
export interface Returning {
  count: number;
  next_at: string | null;
  last_at: string | null;
}

export interface View {
  state: DialogState;
  whose: Whose;
  channel: number | null;
  tag: number | null;
  kind: CustomerKind | null;
}

export interface Settings {
  single_keys: boolean;
  density: "comfortable" | "compact";
  theme: "system" | "light" | "dark";
  after_complete: "next" | "stay";
  keys?: Record<string, string>;
  signature?: string;
}

/** What stands below this agent's letters: by the dialog's team, or as usual. */
export interface Signatures {
  usual: string;
  teams: Record<string, string>;
}

/** What the page is delivered with. */
export interface Start {
  me: Agent;
  agents: Agent[];
  teams: Team[];
  channels: Channel[];
  tags: Tag[];
  workspace: { name: string; languages: string[]; zone: string };
  csrf: string;
  upto: number;
  server_time: string;
  language: string;
  zone: string;
  catalogue_url: string;
  view: View;
  feed: FeedPage;
  counts: Counts;
  settings: Settings;
  signatures: Signatures;
  /** Where the reader has begun to write, as "dialog:mode". */
  drafts?: string[];
  roles: { can_reply: boolean; can_manage_channels: boolean; can_manage_team: boolean };
  demo_offer: boolean;
}

export interface Address {
  address: string;
  name: string;
}

export interface Recipient extends Address {
  role: "to" | "cc" | "bcc";
  state: MessageState | null;
  error: string | null;
}

export interface FileRecord {
  id: number;
  name: string;
  mime: string;
  size: number;
  kind: "image" | "video" | "video_note" | "animation" | "audio" | "voice" | "sticker" | "file";
  /** Where it is; one that is not here has a negative id and no address. */
  state: "here" | "waiting" | "too_large" | "gone" | "failed";
  inline: boolean;
  url: string;
  preview: string | null;
  /** Where a file that is a letter is opened as one. */
  letter?: string | null;
  width: number | null;
  height: number | null;
  seconds: number | null;
  emoji: string | null;
  transcript: string | null;
}

/** Something in a message that is neither words nor a file; what its facts are depends on the kind. */
export interface Card {
  kind: string;
  title: string;
  text: string;
  url: string;
  facts: Record<string, unknown>;
}

/** Somebody else's words inside a message. */
export interface Forwarded {
  author: string;
  text: string;
  sent_at: string | null;
  depth: number;
}

export interface Reaction {
  sign: string;
  names: string[];
}

/** What a message answers; without an id it is one we do not have. */
export interface Answered {
  id: number | null;
  author: string;
  text: string;
}

export interface Version {
  text: string;
  said_at: string;
}

export type MessageState = "held" | "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "uncertain";

export interface Author {
  kind: "customer" | "agent" | "system";
  id: number | null;
  name: string;
}

/** What a calendar part asks, tells or answers; the same uid again is about the same event. */
export interface Invitation {
  method: string;
  uid: string;
  summary: string;
  start: string | null;
  end: string | null;
  organizer: string | null;
  location: string;
  sequence: number;
}

/** From where to where words look different; `href` is where a link leads. */
export interface Mark {
  kind: "bold" | "italic" | "underline" | "strike" | "code" | "pre" | "link" | "spoiler" | "quote";
  begin: number;
  end: number;
  href: string | null;
}

export interface Marked {
  text: string;
  marks: Mark[];
}

export interface MessageEntry {
  type: "message";
  id: number;
  at: string;
  direction: "in" | "out";
  author: Author;
  subject: string;
  text: string;
  visible_text: string | null;
  html: boolean;
  /** The text with the form a chat gave it. */
  marked?: Marked | null;
  has_remote: boolean;
  klass: "human" | "auto_reply" | "auto_generated" | "list" | "bounce" | "report" | "chat_letter" | "chat_copy";
  state: MessageState | null;
  send_after: string | null;
  error: string | null;
  error_code: string | null;
  recipients: Recipient[];
  from: Address | null;
  /** Where its writer wants to be answered. */
  reply_to?: Address[];
  attachments: FileRecord[];
  invitations?: Invitation[];
  /** Of a letter that was too large to be fetched whole. */
  whole_size?: number | null;
  /** The page of the shop's that it was written on. */
  page?: { url: string; title: string } | null;
  defects: string[];
  client_uuid: string | null;
  warnings: string[];
  quoted: boolean;
  /** What stands below it in the letter, not in its text. */
  signature: string | null;
  edited_at: string | null;
  /** Taken back where it came from; here it stays. */
  deleted_at: string | null;
  answers: Answered | null;
  forwards: Forwarded[];
  cards: Card[];
  reactions: Reaction[];
}

export interface CommentEntry {
  type: "comment";
  id: number;
  at: string;
  author: Author;
  text: string;
  html_text: string | null;
  mentions: number[];
  attachments: FileRecord[];
  client_uuid: string | null;
}

export interface EventEntry {
  type: "event";
  id: string;
  at: string;
  kind: string;
  actor: { id: number | null; name: string } | null;
  cause: string | null;
  details: Record<string, unknown>;
}

export type Entry = MessageEntry | CommentEntry | EventEntry;

export interface Identity {
  id: number;
  kind: string;
  address: string;
  verified: boolean;
  /** False when a server said that there is no such address. */
  reachable: boolean;
  /** Whether what comes from it is kept apart. */
  blocked: boolean;
  /** Where the face behind it is fetched from. */
  picture: string | null;
}

export type CustomerKind = "client" | "partner" | "visitor";

/** A field the team added to its customers' cards. */
export interface OwnField {
  id: number;
  name: string;
  type: "text" | "number" | "date" | "choice" | "yes_no";
}

export interface Customer {
  id: number;
  name: string;
  kind: CustomerKind;
  identities: Identity[];
  phones: string[];
  local_time_zone: string | null;
  first_seen_at: string | null;
  first_channel: string;
  first_contact_at: string | null;
  phone: string;
  email: string;
  company: string;
  search_query: string;
  /** Values of the team's own fields, by the field's id. */
  fields: Record<string, string | number | boolean>;
  dialogs: { id: number; subject: string; state: DialogState; last_message_at: string }[];
  notes: string;
  /** How they came to a site of ours, as their browser told it. */
  sources: Sources | null;
}

export interface Sources {
  first: Record<string, string>;
  first_at: string;
  last: Record<string, string>;
  last_at: string;
}

export interface DraftExtra {
  to?: Address[];
  cc?: Address[];
  bcc?: Address[];
  subject?: string | null;
  reply_to_message_id?: number | null;
  attachments?: Upload[];
  mentions?: number[];
  quote?: boolean;
  /** False: this letter goes without. */
  signature?: boolean;
}

export interface Draft {
  text: string;
  html: string | null;
  revision: number;
  extra: DraftExtra;
}

export interface Upload {
  id: number;
  name: string;
  mime: string;
  size: number;
  kind: FileRecord["kind"];
  preview: string | null;
}

export interface DialogPage {
  dialog: Row;
  customer: Customer;
  timeline: Entry[];
  before: string | null;
  drafts: { reply: Draft | null; comment: Draft | null };
  /** Those an answer goes to that names nobody. */
  participants: Address[];
  /** The addresses in the entries that are our own, in lower case. */
  ours?: string[];
  /** After it the outside takes no answer. */
  reply_until?: string | null;
  /** Since then nothing of ours gets there. */
  unreachable_since?: string | null;
  viewers: number[];
  upto: number;
  /** When this page asked for it (not the server's). */
  as_of?: number;
}

/** Something the agent was told. */
export interface Told {
  id: number;
  kind: string;
  topic: string;
  at: string;
  read: boolean;
  /** The customer of the dialog it is about. */
  about: string | null;
  /** That dialog, if the agent may see it; a task's is the one it came from. */
  dialog_id: number | null;
  details: Record<string, unknown>;
}

export interface ToldPage {
  notifications: Told[];
  unread: number;
  next: number | null;
}

/** What every verb answers. */
export interface Done {
  row: Row;
  entry?: Entry | null;
  inverse?: Record<string, unknown> | null;
  draft?: Draft | null;
  upto: number;
}

export interface EventItem {
  seq: number;
  kind: string;
  topic: string;
  at: string;
  actor_id: number | null;
  details: Record<string, unknown>;
  row: Row | null;
}

export interface Frame {
  audience: string;
  after: number;
  upto: number;
  items: EventItem[];
}

export type EventsAnswer =
  | { reset?: false; after: number; upto: number; items: EventItem[]; server_time: string }
  | { reset: true; upto: number };
