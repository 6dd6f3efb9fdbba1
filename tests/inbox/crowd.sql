-- 30,000 dialogs: a thousand open, a thousand snoozed, the rest completed; two messages in each.
SELECT setseed(0.5);
INSERT INTO agents (id, email, name, role, language, zone, availability, active, settings, created_at)
    SELECT n, 'agent' || n || '@helpdesk.test', 'Agent ' || n, 'agent', 'ru', 'UTC', 'online', true, '{}',
        now()
    FROM generate_series(1, 10) n;
INSERT INTO channels (id, kind, name, address, enabled, audience, settings, undo_seconds,
        outbound_confirmed, health, health_code, health_detail, errors_in_row, cursor, created_at, demo)
    SELECT n, 'fake', 'Channel ' || n, '', true, 'everyone', '{}', 10,
        true, 'ok', '', '', 0, '{}', now(), false
    FROM generate_series(1, 5) n;
INSERT INTO tags (id, name, weight, colour, created_at)
    SELECT n, 'tag ' || n, n, '', now() FROM generate_series(1, 20) n;
INSERT INTO customers (id, name, kind, notes, created_at, demo)
    SELECT n, 'Customer ' || n, 'client', '', now(), false FROM generate_series(1, 30000) n;
CREATE TEMPORARY TABLE crowd AS
    SELECT n, CASE WHEN n % 30 = 0 THEN 'open' WHEN n % 30 = 1 THEN 'snoozed' ELSE 'completed' END AS state,
        1 + floor(random() * 5)::bigint AS channel, 1 + floor(random() * 15)::bigint AS agent,
        1 + floor(random() * 40)::bigint AS tag, random() < 0.5 AS waits,
        now() - random() * interval '300 days' AS at
    FROM generate_series(1, 30000) n;
INSERT INTO dialogs (id, channel_id, customer_id, audience, is_group, subject, state, snooze_until,
        snooze_mode, completed_at, assignee_id, waiting_since, last_message_at, last_message_id,
        last_received_id, last_direction, last_author, preview, tag_ids, tag_weight, failed_count, spam,
        reopen_count, created_at, demo)
    SELECT n, channel, n, 'everyone', false, 'Subject ' || n, state,
        CASE WHEN state = 'snoozed' THEN now() + n * interval '1 minute' END,
        CASE WHEN state = 'snoozed' THEN 'either' END,
        CASE WHEN state = 'completed' THEN at END,
        CASE WHEN agent <= 10 THEN agent END,
        CASE WHEN state = 'open' AND waits THEN at END, at, 2 * n,
        2 * n, 'in', 'Max', 'Where is my parcel?',
        CASE WHEN tag <= 20 THEN ARRAY[tag] ELSE '{}' END,
        CASE WHEN tag <= 20 THEN tag ELSE 0 END, 0, false,
        0, at, false
    FROM crowd;
INSERT INTO episodes (dialog_id, number, opened_at, completed_at, completed_by)
    SELECT n, 1, at - interval '1 hour', CASE WHEN state = 'completed' THEN at END,
        CASE WHEN state = 'completed' THEN 1 + agent % 10 END
    FROM crowd;
INSERT INTO messages (id, dialog_id, origin_dialog_id, channel_id, direction, klass, subject, text,
        has_remote, envelope, warnings, defects, said_at, created_at, attempts, demo)
    SELECT 2 * n - part, n, n, channel, 'in', 'human', '', 'Where is my parcel?',
        false, '{}', '{}', '{}', at, at, 0, false
    FROM crowd, generate_series(0, 1) AS part;
INSERT INTO comments (dialog_id, origin_dialog_id, agent_id, text, mentions, created_at)
    SELECT n, n, 1, 'Who knows him?', '{}', at FROM crowd;
INSERT INTO events (kind, topic, audience, details, created_at)
    SELECT 'dialog.opened', 'dialog:' || n, 'everyone', '{}', now() FROM crowd;
INSERT INTO read_marks (dialog_id, agent_id, message_id) SELECT n, 1, 2 * n - n % 2 FROM crowd;
