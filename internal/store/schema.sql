-- The schema after all migrations, as SQLite has it. Made by
--     go test ./internal/store -run SchemaFile -update

CREATE TABLE access_ids (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    tag             TEXT NOT NULL,
    tag_folded      TEXT NOT NULL,
    type            TEXT NOT NULL,
    name            TEXT NOT NULL,
    revoked         BIGINT NOT NULL,
    authorized_at   BIGINT,
    revoked_at      BIGINT,
    expires_at      BIGINT,
    group_tag       TEXT NOT NULL,
    vehicle_id      BIGINT REFERENCES vehicles (id) DEFERRABLE INITIALLY DEFERRED,
    customer_id     BIGINT REFERENCES customers (id) DEFERRABLE INITIALLY DEFERRED,
    created_at      BIGINT,
    updated_at      BIGINT
);

CREATE UNIQUE INDEX access_ids_by_tag ON access_ids (organization_id, tag_folded) WHERE tag_folded <> '';

CREATE TABLE api_key_scopes (
    key_id    BIGINT NOT NULL REFERENCES api_keys (id) DEFERRABLE INITIALLY DEFERRED,
    position  BIGINT NOT NULL,
    kind      TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    PRIMARY KEY (key_id, position)
);

CREATE TABLE api_keys (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    name            TEXT NOT NULL,
    prefix          TEXT NOT NULL,
    hash            BLOB NOT NULL,
    permissions     BIGINT NOT NULL,
    per_minute      BIGINT NOT NULL,
    created_at      BIGINT,
    revoked_at      BIGINT,
    expires_at      BIGINT
);

CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (hash);

CREATE TABLE chargers (
    id             INTEGER PRIMARY KEY,
    site_id        BIGINT NOT NULL REFERENCES sites (id) DEFERRABLE INITIALLY DEFERRED,
    name           TEXT NOT NULL,
    ocpp_id        TEXT NOT NULL,
    external_id    TEXT NOT NULL,
    manufacturer   TEXT NOT NULL,
    model          TEXT NOT NULL,
    serial_number  TEXT NOT NULL,
    firmware       TEXT NOT NULL,
    latitude       TEXT NOT NULL,
    longitude      TEXT NOT NULL,
    type           TEXT NOT NULL,
    unknown_tags   TEXT NOT NULL,
    password_hash  TEXT NOT NULL,
    assume_ocpp16  BIGINT NOT NULL
);

CREATE UNIQUE INDEX chargers_by_ocpp_id ON chargers (ocpp_id) WHERE ocpp_id <> '';

CREATE TABLE config_history (
    version   BIGINT NOT NULL,
    kind      TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    at        BIGINT,
    actor     TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (kind, object_id, version)
);

CREATE TABLE curves (
    charger_id  BIGINT NOT NULL,
    port_number BIGINT NOT NULL,
    session_id  BIGINT NOT NULL,
    quarter     BIGINT NOT NULL,
    energy      BIGINT,
    soc         BIGINT,
    max_power   BIGINT,
    power_sum   BIGINT NOT NULL,
    power_count BIGINT NOT NULL,
    PRIMARY KEY (charger_id, port_number, session_id, quarter)
);

CREATE INDEX curves_by_session ON curves (session_id, quarter);

CREATE TABLE customers (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    name            TEXT NOT NULL
);

CREATE TABLE history (
    id          INTEGER PRIMARY KEY,
    charger_id  BIGINT NOT NULL,
    port_number BIGINT NOT NULL,
    kind        BIGINT NOT NULL,
    received    BIGINT NOT NULL,
    happened    BIGINT,
    written     TEXT NOT NULL,
    message_id  TEXT NOT NULL,
    oddities    TEXT NOT NULL,
    detail      TEXT NOT NULL,
    readings    BLOB,
    state       BLOB NOT NULL
);

CREATE INDEX history_by_port ON history (charger_id, port_number, id);

CREATE TABLE id_blocks (
    kind TEXT NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
);

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL,
		applied_at BIGINT NOT NULL, applied_by TEXT NOT NULL);

CREATE TABLE organizations (
    id        INTEGER PRIMARY KEY,
    parent_id BIGINT REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    name      TEXT NOT NULL
);

CREATE TABLE ports (
    id             INTEGER PRIMARY KEY,
    charger_id     BIGINT NOT NULL REFERENCES chargers (id) DEFERRABLE INITIALLY DEFERRED,
    number         BIGINT NOT NULL,
    name           TEXT NOT NULL,
    max_power      BIGINT NOT NULL,
    connector_type TEXT NOT NULL
);

CREATE UNIQUE INDEX ports_by_number ON ports (charger_id, number);

CREATE TABLE refused_handshakes (
    id       INTEGER PRIMARY KEY,
    remote   TEXT NOT NULL,
    identity TEXT NOT NULL,
    status   BIGINT NOT NULL,
    reason   TEXT NOT NULL,
    address  TEXT NOT NULL,
    request  TEXT NOT NULL,
    fix      TEXT NOT NULL,
    count    BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL
);

CREATE UNIQUE INDEX refused_handshakes_alike ON refused_handshakes (remote, identity, status, reason);

CREATE INDEX refused_handshakes_by_time ON refused_handshakes (last_at, id);

CREATE TABLE sessions (
    id             INTEGER PRIMARY KEY,
    charger_id     BIGINT NOT NULL,
    port_number    BIGINT NOT NULL,
    state          BIGINT NOT NULL,
    transaction_id BIGINT NOT NULL,
    assigned_id    BIGINT NOT NULL,
    started_at     BIGINT,
    start_written  TEXT NOT NULL,
    tag            TEXT NOT NULL,
    access_id      BIGINT NOT NULL,
    vehicle_id     BIGINT NOT NULL,
    customer_id    BIGINT NOT NULL,
    meter_start    BIGINT NOT NULL,
    energy         BIGINT NOT NULL,
    ended_at       BIGINT,
    end_reason     TEXT NOT NULL,
    packed         BLOB NOT NULL
);

CREATE UNIQUE INDEX sessions_by_assigned ON sessions (assigned_id) WHERE assigned_id <> 0;

CREATE INDEX sessions_by_charger ON sessions (charger_id, id);

CREATE INDEX sessions_by_start ON sessions (charger_id, port_number, start_written, meter_start);

CREATE INDEX sessions_by_transaction ON sessions (charger_id, transaction_id, id);

CREATE TABLE sites (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    name            TEXT NOT NULL,
    address         TEXT NOT NULL,
    timezone        TEXT NOT NULL,
    location_id     TEXT NOT NULL,
    unknown_tags    TEXT NOT NULL
);

CREATE TABLE vehicles (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    name            TEXT NOT NULL,
    make            TEXT NOT NULL,
    model           TEXT NOT NULL,
    vin             TEXT NOT NULL,
    license_plate   TEXT NOT NULL,
    customer_id     BIGINT REFERENCES customers (id) DEFERRABLE INITIALLY DEFERRED
);
