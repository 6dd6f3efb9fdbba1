-- 30,000 dialogs: a thousand open, a thousand snoozed, the rest completed; two messages in each.
SELECT setseed(0.5);
INSERT INTO agents (id, email, name)
    SELECT n, 'agent' || n || '@helpdesk.test', 'Agent ' || n FROM generate_series(1, 10) n;
INSERT INTO channels (id, kind, name)
    SELECT n, 'fake', 'Channel ' || n FROM generate_series(1, 5) n;
INSERT INTO tags (id, name, weight)
    SELECT n, 'tag ' || n, n FROM generate_series(1, 20) n;
INSERT INTO customers (id, name, kind)
    SELECT n, 'Customer ' || n, CASE WHEN n % 480 < 16 THEN 'partner' ELSE 'client' END
    FROM generate_series(1, 30000) n;
CREATE TEMPORARY TABLE crowd AS
    SELECT n, CASE WHEN n % 30 = 0 THEN 'open' WHEN n % 30 = 1 THEN 'snoozed' ELSE 'completed' END AS state,
        1 + floor(random() * 5)::bigint AS channel, 1 + floor(random() * 15)::bigint AS agent,
        1 + floor(random() * 40)::bigint AS tag, random() < 0.5 AS waits,
        now() - random() * interval '300 days' AS at
    FROM generate_series(1, 30000) n;
INSERT INTO dialogs (id, channel_id, customer_id, subject, state, snooze_until,
        snooze_mode, completed_at, assignee_id, waiting_since, last_message_at, last_message_id,
        last_received_id, last_direction, last_author, preview, tag_ids, tag_weight, created_at)
    SELECT n, channel, n, 'Subject ' || n, state,
        CASE WHEN state = 'snoozed' THEN now() + n * interval '1 minute' END,
        CASE WHEN state = 'snoozed' THEN 'either' END,
        CASE WHEN state = 'completed' THEN at END,
        CASE WHEN agent <= 10 THEN agent END,
        CASE WHEN state = 'open' AND waits THEN at END, at, 2 * n,
        2 * n, 'in', 'Max', 'Where is my parcel?',
        CASE WHEN tag <= 20 THEN ARRAY[tag] ELSE '{}' END,
        CASE WHEN tag <= 20 THEN tag ELSE 0 END, at
    FROM crowd;
INSERT INTO episodes (dialog_id, number, opened_at, completed_at, completed_by)
    SELECT n, 1, at - interval '1 hour', CASE WHEN state = 'completed' THEN at END,
        CASE WHEN state = 'completed' THEN 1 + agent % 10 END
    FROM crowd;
INSERT INTO messages (id, dialog_id, origin_dialog_id, channel_id, direction, text, said_at, created_at)
    SELECT 2 * n - part, n, n, channel, 'in', 'Where is my parcel?', at, at
    FROM crowd, generate_series(0, 1) AS part;
INSERT INTO comments (dialog_id, origin_dialog_id, agent_id, text, created_at)
    SELECT n, n, 1, 'Who knows him?', at FROM crowd;
INSERT INTO events (kind, topic, audience, details, created_at)
    SELECT 'dialog.opened', 'dialog:' || n, 'everyone', '{}', now() FROM crowd;
INSERT INTO read_marks (dialog_id, agent_id, message_id) SELECT n, 1, 2 * n - n % 2 FROM crowd;
