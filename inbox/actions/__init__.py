"""Everything that can happen in the inbox; reading these names is reading the product."""

from inbox.actions.automation import answer_automatically, watch_for_flood, withdraw_if_moot
from inbox.actions.channels import (
    change_channel,
    change_undo_time,
    confirm_outbound,
    connect_channel,
    disable_channel,
    enable_channel,
    restrict_channel,
)
from inbox.actions.chatting import (
    finish_file,
    hear_reachable,
    hear_read,
    join_album,
    learn_original,
    move_dialog,
    note_unchanged,
    react,
    revise,
    rewrite,
    take_back_outside,
    take_note_of_group,
)
from inbox.actions.handing import assign, take
from inbox.actions.health import note_failure, note_success
from inbox.actions.linking import follow_start_link, make_start_link
from inbox.actions.noting import note_handed_on, note_other_door
from inbox.actions.reachability import note_failing, note_gone
from inbox.actions.receiving import Received, hear_news, receive
from inbox.actions.sending import Outcome, finish_sending, retry, send_now, settle, undo
from inbox.actions.states import bring_back, complete, mark_spam, reopen, snooze, unsnooze, wake, wake_due
from inbox.actions.writing import (
    NewComment,
    NewReply,
    comment,
    forget_draft,
    mark_read,
    reply,
    save_draft,
    start_dialog,
)

__all__ = [
    "NewComment",
    "NewReply",
    "Outcome",
    "Received",
    "answer_automatically",
    "assign",
    "bring_back",
    "change_channel",
    "change_undo_time",
    "comment",
    "complete",
    "confirm_outbound",
    "connect_channel",
    "disable_channel",
    "enable_channel",
    "finish_file",
    "finish_sending",
    "follow_start_link",
    "forget_draft",
    "hear_news",
    "hear_reachable",
    "hear_read",
    "join_album",
    "learn_original",
    "make_start_link",
    "mark_read",
    "mark_spam",
    "move_dialog",
    "note_failing",
    "note_failure",
    "note_gone",
    "note_handed_on",
    "note_other_door",
    "note_success",
    "note_unchanged",
    "react",
    "receive",
    "reopen",
    "reply",
    "restrict_channel",
    "retry",
    "revise",
    "rewrite",
    "save_draft",
    "send_now",
    "settle",
    "snooze",
    "start_dialog",
    "take",
    "take_back_outside",
    "take_note_of_group",
    "undo",
    "unsnooze",
    "wake",
    "wake_due",
    "watch_for_flood",
    "withdraw_if_moot",
]
