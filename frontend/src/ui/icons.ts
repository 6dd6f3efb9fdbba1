/** Every icon in use, by its Lucide name. An icon that is not listed does not exist. */
export const ICONS = [
  "alarm-clock", "archive", "arrow-left", "arrow-up-down", "at-sign", "bell", "bold", "calendar", "calendar-days", "check",
  "check-check", "chevron-down", "chevron-left", "chevron-right", "chevron-up", "circle-alert", "circle-help", "circle-user", "clock",
  "code", "command", "copy", "download", "ellipsis", "external-link", "eye", "file", "file-text", "forward", "gift", "globe", "hash", "image",
  "inbox", "info", "italic", "key-round", "keyboard", "link", "list", "list-checks", "list-ordered", "lock", "log-out", "mail", "map-pin", "menu",
  "message-circle", "message-square-text", "mic", "moon", "paperclip", "pen-line", "phone", "plus", "quote", "refresh-cw", "reply",
  "reply-all", "rotate-ccw", "search", "send", "send-horizontal", "settings", "shield-alert", "shield-check", "sliders-horizontal", "smile", "star", "sun", "sunrise",
  "tag", "trash-2", "triangle-alert", "type", "undo-2", "unlock", "user", "user-check", "user-plus", "users", "video", "wifi-off", "x", "zap",
] as const;

export type IconName = (typeof ICONS)[number];
