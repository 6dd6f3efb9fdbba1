"""The contract at the door: calls of the outside, secrets, capabilities that fit to what is there."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from channels.access import open_access
from channels.adapter import (
    AnswersButtons,
    Backfills,
    Deletes,
    Edits,
    FetchesFiles,
    LinksCustomers,
    MarksRead,
    ShowsTyping,
    Subscribes,
)
from channels.checks import ask_check, make_checks
from channels.hooks import prepare, want_hooks
from channels.intake import read_arrivals
from channels.models import Arrival, ChannelCheck, Errand
from channels.verifying import UNKNOWN
from inbox.actions import change_channel
from inbox.models import Channel
from tests.channels.desk import Desk, fault_of
from tests.channels.needing import needs
from tests.channels.peer import Call
from tests.ground.valkey import Valkey


class HookContract:
    """Rows 22, 26, 29 and 30, and that an adapter is what its capabilities say."""

    def test_abilities_and_capabilities_say_the_same(self, desk: Desk) -> None:
        adapter = desk.adapter()
        able, outside = adapter.capabilities, desk.peer.outside
        assert isinstance(adapter, Edits) or able.edit_window is None
        assert isinstance(adapter, Deletes) or able.delete_window is None
        assert isinstance(adapter, ShowsTyping) or not able.typing
        assert isinstance(adapter, MarksRead) or not able.marks_read
        assert isinstance(adapter, LinksCustomers) is able.deep_links
        assert isinstance(adapter, Subscribes) is ("webhook" in able.receive)
        assert isinstance(adapter, FetchesFiles) is ("files" in outside)
        assert isinstance(adapter, AnswersButtons) or not able.buttons or "buttons" not in outside
        assert isinstance(adapter, Backfills) or "gap" not in outside
        assert able.groups is ("groups" in outside)
        assert able.typing_in is ("typing" in outside)
        assert ("read" in able.receipts) is ("reads" in outside)
        assert ("webhook" in able.receive) is ("hooks" in outside)
        assert able.rates or "limits" not in outside

    @needs("hooks")
    @pytest.mark.requirement("CHN-03")
    @pytest.mark.requirement("CHN-04")
    def test_a_call_is_stored_and_answered_before_anybody_reads_it(
        self, desk: Desk, app: Flask, valkey: Valkey
    ) -> None:
        call = desk.peer.call("Hello")
        began = monotonic()
        first, second = self.ring(app, desk, call), self.ring(app, desk, call)
        assert monotonic() - began < 2
        assert (first.status_code, second.status_code) == (200, 200)
        assert desk.count(Arrival) == 1
        read_arrivals()
        assert desk.texts() == ["Hello"]

    @needs("hooks")
    @pytest.mark.requirement("CHN-03")
    @pytest.mark.requirement("CHN-04")
    def test_a_call_with_a_wrong_secret_stores_nothing(self, desk: Desk, app: Flask) -> None:
        forged = desk.peer.forged(desk.peer.call("Hello"))
        answer = self.ring(app, desk, forged)
        assert answer.status_code in (401, 403)
        assert desk.count(Arrival) == 0

    @needs("hooks")
    def test_an_address_nobody_gave_leads_nowhere(self, desk: Desk, app: Flask) -> None:
        call = desk.peer.call("Hello")
        self.prepare(desk)
        for address in (f"/hooks/{desk.channel.kind}/{'x' * 32}", f"/hooks/{desk.channel.kind}/short"):
            assert self.post(app, address, call).status_code == 404
        key = desk.look_at_channel().settings["hook_key"]
        assert self.post(app, f"/hooks/other/{key}", call).status_code == 404
        assert desk.count(Arrival) == 0

    @needs("hooks")
    def test_what_is_too_big_or_no_json_stores_nothing(self, desk: Desk, app: Flask) -> None:
        call = desk.peer.call("Hello")
        big = Call(call.headers, b'{"a": "' + b"x" * 2 * 1024 * 1024 + b'"}')
        assert self.ring(app, desk, big).status_code == 413
        for body in (b"{no json", b"", b"[1]", b"null", b"\xff\xfe"):
            assert self.ring(app, desk, Call(call.headers, body)).status_code in (400, 401, 403)
        assert desk.count(Arrival) == 0

    @needs("hooks")
    def test_without_the_database_the_outside_is_asked_to_come_again(
        self, desk: Desk, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address = self.prepare(desk)

        @contextmanager
        def away() -> Iterator[Any]:
            raise OperationalError("SELECT", {}, Exception("the server is gone"))
            yield

        monkeypatch.setattr(sys.modules["app.views.hooks"], "transaction", away)
        answer = self.post(app, address, desk.peer.call("Hello"))
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0

    @needs("hooks")
    def test_a_channel_that_is_switched_off_asks_to_be_called_later(self, desk: Desk, app: Flask) -> None:
        call = desk.peer.call("Hello")
        self.prepare(desk)
        desk.look_at_channel().enabled = False
        desk.session.commit()
        assert self.ring(app, desk, call).status_code == 503
        assert desk.count(Arrival) == 0

    @needs("hooks")
    def test_a_channel_goes_from_asking_to_being_called_and_back_and_loses_nothing(
        self, desk: Desk, app: Flask
    ) -> None:
        desk.peer.says("while asking")
        desk.come_in()
        self.switch(desk, "webhook")
        channel = desk.look_at_channel()
        assert "receiving" in channel.settings
        secrets = open_access(channel).secrets
        assert len(secrets["hook_secret"]) >= 32
        self.switch(desk, "poll")
        assert "receiving" not in desk.look_at_channel().settings
        desk.peer.says("while asking again")
        desk.come_in()
        assert desk.texts() == ["while asking", "while asking again"]

    @needs("hooks")
    def test_an_address_that_was_taken_out_there_is_missed_and_entered_again(self, desk: Desk) -> None:
        self.switch(desk, "webhook")
        assert self.check(desk).code == ""
        desk.peer.forgets_us()
        check = self.check(desk)
        assert (check.state, check.code) == ("degraded", "receive.not_called")
        (sentence,) = [said for _, good, said in check.steps if not good]
        assert sentence != UNKNOWN
        assert "receiving" not in desk.look_at_channel().settings
        self.bring(desk)
        assert "receiving" in desk.look_at_channel().settings
        assert self.check(desk).code == ""

    def test_no_secret_stands_anywhere(
        self, desk: Desk, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.INFO)
        desk.peer.says("Hello")
        for kind in desk.peer.media[:2]:
            desk.peer.sends(kind, b"bytes", name="a.bin")
        for message in desk.come_in():
            desk.files_of(message)
        answer = desk.answer("It is on its way.")
        if "faults" in desk.peer.outside:
            desk.peer.goes_wrong("status", status=500)
        desk.send(answer)
        health = desk.adapter().verify()
        told = [repr(desk.adapter()), repr(health), repr(open_access(desk.look_at_channel()))]
        error = fault_of(lambda: desk.adapter().poll({}, 0))
        told += [repr(error), str(getattr(error, "detail", "")), caplog.text, *capsys.readouterr()]
        told += self.rows(desk)
        for name, secret in desk.peer.access.secrets.items():
            if len(secret) >= 12:
                assert not [place[:200] for place in told if secret in place], name

    def test_a_mask_that_is_sent_back_keeps_the_secret(self, desk: Desk) -> None:
        before = dict(open_access(desk.look_at_channel()).secrets)
        channel = desk.look_at_channel()
        change_channel(desk.session, channel, agent=desk.ann, secrets=dict.fromkeys(before, ""))
        desk.session.commit()
        assert dict(open_access(desk.look_at_channel()).secrets) == before

    def rows(self, desk: Desk) -> list[str]:
        """Everything that is stored in plain words."""
        found = []
        for table in ("arrivals", "messages", "remote_files", "message_parts", "events", "errands"):
            rows = desk.session.connection().exec_driver_sql(f"SELECT to_jsonb(t)::text FROM {table} t")
            found += [str(row[0]) for row in rows]
        channels = desk.session.connection().exec_driver_sql(
            "SELECT (to_jsonb(c) - 'secrets')::text FROM channels c"
        )
        return found + [str(row[0]) for row in channels]

    def prepare(self, desk: Desk) -> str:
        """Give the channel its address; the path of it."""
        channel: Channel = desk.look_at_channel()
        prepare(desk.session, channel, {})
        desk.session.commit()
        return f"/hooks/{channel.kind}/{channel.settings['hook_key']}"

    def ring(self, app: Flask, desk: Desk, call: Call) -> TestResponse:
        """Call the channel as the outside does."""
        return self.post(app, self.prepare(desk), call)

    def post(self, app: Flask, address: str, call: Call) -> TestResponse:
        """One call."""
        headers = {"Content-Type": "application/json", **dict(call.headers)}
        return app.test_client().post(
            address, data=call.body, headers=headers, base_url=app.config["SETTINGS"].base_url
        )

    def switch(self, desk: Desk, mode: str) -> None:
        """Choose how to receive, and let it be done."""
        change_channel(desk.session, desk.look_at_channel(), agent=desk.ann, settings={"mode": mode})
        desk.session.commit()
        self.bring(desk)

    def check(self, desk: Desk) -> ChannelCheck:
        """The test of the channel, as the settings show it."""
        check = ask_check(desk.session, desk.look_at_channel(), agent=desk.ann)
        desk.session.commit()
        make_checks()
        desk.session.refresh(check)
        return check

    def bring(self, desk: Desk) -> None:
        """The clock has whatever is left to do for the chosen way done."""
        for _ in range(3):
            desk.look_at_channel()
            want_hooks(desk.session)
            desk.session.commit()
            desk.run_errands()
        assert desk.count(Errand) == 0, json.dumps(self.rows(desk)[-1])
