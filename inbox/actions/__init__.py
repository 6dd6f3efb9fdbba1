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
from inbox.actions.handing import assign, take
from inbox.actions.health import note_failure, note_success
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
    "finish_sending",
    "forget_draft",
    "hear_news",
    "mark_read",
    "mark_spam",
    "note_failing",
    "note_failure",
    "note_gone",
    "note_handed_on",
    "note_other_door",
    "note_success",
    "receive",
    "reopen",
    "reply",
    "restrict_channel",
    "retry",
    "save_draft",
    "send_now",
    "settle",
    "snooze",
    "start_dialog",
    "take",
    "undo",
    "unsnooze",
    "wake",
    "wake_due",
    "watch_for_flood",
    "withdraw_if_moot",
]
