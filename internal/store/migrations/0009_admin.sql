-- Users, and what operators do with the life of a charger.

ALTER TABLE chargers ADD COLUMN retired_at BIGINT;

-- The identity of a retired charger is free for another one.
DROP INDEX chargers_by_ocpp_id;

CREATE UNIQUE INDEX chargers_by_ocpp_id ON chargers (ocpp_id) WHERE ocpp_id <> '' AND retired_at IS NULL;

CREATE TABLE users (
    id              BIGINT PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    email           TEXT NOT NULL,
    email_folded    TEXT NOT NULL,
    name            TEXT NOT NULL,
    role            TEXT NOT NULL,
    sites           TEXT NOT NULL, -- ids as a JSON list
    password_hash   TEXT NOT NULL,
    disabled        BIGINT NOT NULL,
    created_at      BIGINT,
    updated_at      BIGINT
);

CREATE UNIQUE INDEX users_by_email ON users (email_folded);

-- When keys were last used, to the minute.
CREATE TABLE key_uses (
    key_id  BIGINT PRIMARY KEY,
    used_at BIGINT NOT NULL
);

-- The audit log reads both by time.
CREATE INDEX config_history_by_time ON config_history (at, kind, object_id, version);

CREATE INDEX commands_by_time ON commands (created_at, id);
