"""Everything that can happen to people; reading these names is reading the product."""

from people.actions.blocking import block_identity, unblock_identity
from people.actions.customers import change_customer, tell_of_customer
from people.actions.fields import change_field, make_field, set_fields
from people.actions.joining import (
    accept_invitation,
    first_owner_link,
    invite,
    register_first_owner,
    withdraw_invitation,
)
from people.actions.links import open_link
from people.actions.matching import refuse_match
from people.actions.profile import (
    change_password,
    change_preferences,
    change_profile,
    read_one_notification,
    renew_hash,
)
from people.actions.resetting import ask_reset, make_reset_link, reset_password
from people.actions.sessions import end_all_sessions, end_session, note_seen, start_session
from people.actions.team import (
    change_role,
    change_team,
    deactivate,
    hand_over,
    make_team,
    reactivate,
    set_audience_members,
)
from people.actions.tokens import issue_token, note_token_used, revoke_token
from people.actions.workspace import change_workspace, name_workspace, stop_outbound

__all__ = [
    "accept_invitation",
    "ask_reset",
    "block_identity",
    "change_customer",
    "change_field",
    "change_password",
    "change_preferences",
    "change_profile",
    "change_role",
    "change_team",
    "change_workspace",
    "deactivate",
    "end_all_sessions",
    "end_session",
    "first_owner_link",
    "hand_over",
    "invite",
    "issue_token",
    "make_field",
    "make_reset_link",
    "make_team",
    "name_workspace",
    "note_seen",
    "note_token_used",
    "open_link",
    "reactivate",
    "read_one_notification",
    "refuse_match",
    "register_first_owner",
    "renew_hash",
    "reset_password",
    "revoke_token",
    "set_audience_members",
    "set_fields",
    "start_session",
    "stop_outbound",
    "tell_of_customer",
    "unblock_identity",
    "withdraw_invitation",
]
