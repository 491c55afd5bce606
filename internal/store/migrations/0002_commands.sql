-- OCPP 2.x and what the server does of its own accord: commands, the variables
-- of chargers, local lists, files. Durations are microseconds, 0 for none.

-- The raw message that a record was made of; 0 for none. Note is the kind of a
-- note, and empty for all other records.
ALTER TABLE history ADD COLUMN message BIGINT NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN note TEXT NOT NULL DEFAULT '';

UPDATE history SET note = CASE
    WHEN detail LIKE '{"kind":"diagnostics"%' THEN 'diagnostics'
    WHEN detail LIKE '{"kind":"firmware"%' THEN 'firmware'
    WHEN detail LIKE '{"kind":"signedFirmware"%' THEN 'signedFirmware'
    WHEN detail LIKE '{"kind":"log"%' THEN 'log'
    WHEN detail LIKE '{"kind":"securityEvent"%' THEN 'securityEvent'
    WHEN detail LIKE '{"kind":"signCertificate"%' THEN 'signCertificate'
    WHEN detail LIKE '{"kind":"dataTransfer"%' THEN 'dataTransfer'
    ELSE '' END WHERE kind = 9;

-- Most records are of statuses, meter values, reported sessions and conditions.
-- The others are found without going through those.
CREATE INDEX history_by_kind ON history (charger_id, kind, id)
    WHERE kind <> 4 AND kind <> 7 AND kind <> 12 AND kind <> 13;
CREATE INDEX history_by_note ON history (charger_id, note, id) WHERE note <> '';

-- The charger's own id of a session in 2.x, where it is a text.
ALTER TABLE sessions ADD COLUMN transaction_text TEXT NOT NULL DEFAULT '';

CREATE INDEX sessions_by_text ON sessions (charger_id, transaction_text, id) WHERE transaction_text <> '';

ALTER TABLE chargers ADD COLUMN next_password_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE chargers ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
ALTER TABLE chargers ADD COLUMN call_timeout BIGINT NOT NULL DEFAULT 0;
ALTER TABLE chargers ADD COLUMN hands_off BIGINT NOT NULL DEFAULT 0;

ALTER TABLE sites ADD COLUMN measurands TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN sample_interval BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN heartbeat BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN offline TEXT NOT NULL DEFAULT '';

-- Calls from us to chargers. Kept for ever: they are the audit.
CREATE TABLE commands (
    id                BIGINT PRIMARY KEY,
    charger_id        BIGINT NOT NULL,
    actor             TEXT NOT NULL,
    key_id            BIGINT NOT NULL,
    given_order       TEXT NOT NULL,
    action            TEXT NOT NULL,
    payload           BYTEA,
    protocol          TEXT NOT NULL,
    message_id        TEXT NOT NULL,
    status            TEXT NOT NULL,
    response          BYTEA,
    failed            BIGINT NOT NULL,
    error_code        TEXT NOT NULL,
    error_description TEXT NOT NULL,
    error_details     BYTEA,
    created_at        BIGINT,
    deadline          BIGINT,
    sent_at           BIGINT,
    answered_at       BIGINT,
    idempotency_key   TEXT NOT NULL,
    fingerprint       BYTEA,
    session_id        BIGINT NOT NULL,
    confirmed_at      BIGINT
);

CREATE INDEX commands_by_charger ON commands (charger_id, id);
CREATE INDEX commands_by_idempotency ON commands (key_id, idempotency_key, id) WHERE idempotency_key <> '';
CREATE INDEX commands_open ON commands (id) WHERE status IN ('queued', 'sent');
CREATE INDEX commands_unconfirmed ON commands (created_at) WHERE status = 'answered' AND session_id = 0
    AND action IN ('RemoteStartTransaction', 'RemoteStopTransaction', 'RequestStartTransaction', 'RequestStopTransaction');

-- What chargers told of their configuration. Names are compared in lower case
-- and kept beside that as they were told.
CREATE TABLE variables (
    charger_id               BIGINT NOT NULL,
    component_lower          TEXT NOT NULL,
    component_instance_lower TEXT NOT NULL,
    evse                     BIGINT NOT NULL,
    connector                BIGINT NOT NULL,
    name_lower               TEXT NOT NULL,
    instance_lower           TEXT NOT NULL,
    attribute                TEXT NOT NULL,
    component                TEXT NOT NULL,
    component_instance       TEXT NOT NULL,
    name                     TEXT NOT NULL,
    instance                 TEXT NOT NULL,
    value                    TEXT NOT NULL,
    has_value                BIGINT NOT NULL,
    mutability               TEXT NOT NULL,
    characteristics          TEXT NOT NULL,
    reported_at              BIGINT,
    PRIMARY KEY (charger_id, component_lower, component_instance_lower, evse, connector, name_lower, instance_lower, attribute)
);

CREATE TABLE local_lists (
    charger_id BIGINT PRIMARY KEY,
    version    BIGINT NOT NULL,
    entries    BYTEA,
    entitled   BYTEA,
    updated_at BIGINT,
    problem    TEXT NOT NULL
);

CREATE TABLE uploads (
    id          BIGINT PRIMARY KEY,
    charger_id  BIGINT NOT NULL,
    command_id  BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    token_hash  BYTEA NOT NULL,
    name        TEXT NOT NULL,
    size        BIGINT NOT NULL,
    file        TEXT NOT NULL,
    created_at  BIGINT,
    expires_at  BIGINT,
    received_at BIGINT
);

CREATE INDEX uploads_by_charger ON uploads (charger_id, id);
CREATE UNIQUE INDEX uploads_by_token ON uploads (token_hash);

CREATE TABLE firmware (
    id          BIGINT PRIMARY KEY,
    name        TEXT NOT NULL,
    size        BIGINT NOT NULL,
    sha256      TEXT NOT NULL,
    signature   TEXT NOT NULL,
    certificate TEXT NOT NULL,
    created_at  BIGINT,
    removed_at  BIGINT,
    actor       TEXT NOT NULL
);

CREATE UNIQUE INDEX firmware_by_name ON firmware (name) WHERE removed_at IS NULL;
