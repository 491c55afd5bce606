-- The schema after all migrations, as SQLite has it. Made by
--     go test ./internal/store -run SchemaFile -update

CREATE TABLE access_groups (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    name            TEXT NOT NULL,
    access_ids      TEXT NOT NULL, -- ids as a JSON list, as the next two
    sites           TEXT NOT NULL,
    chargers        TEXT NOT NULL
);

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

CREATE TABLE alert_contacts (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    name            TEXT NOT NULL,
    email           TEXT NOT NULL,
    webhook_id      BIGINT NOT NULL, -- 0 for none
    muted_until     BIGINT,
    created_at      BIGINT,
    updated_at      BIGINT
);

CREATE TABLE alert_rules (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    name            TEXT NOT NULL,
    kinds           TEXT NOT NULL, -- with commas; empty for all
    thresholds      TEXT NOT NULL, -- a JSON object
    sites           TEXT NOT NULL, -- ids with commas, as the next one
    chargers        TEXT NOT NULL,
    everyone        BIGINT NOT NULL,
    contacts        TEXT NOT NULL,
    muted_until     BIGINT,
    created_at      BIGINT,
    updated_at      BIGINT
);

CREATE TABLE alerts (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    kind            TEXT NOT NULL,
    at              BIGINT NOT NULL,
    muted           BIGINT NOT NULL,
    charger_id      BIGINT NOT NULL,
    port_number     BIGINT NOT NULL,
    session_id      BIGINT NOT NULL,
    vehicle_id      BIGINT NOT NULL,
    detail          TEXT NOT NULL,
    record          BIGINT NOT NULL,
    incident        TEXT NOT NULL,
    contacts        TEXT NOT NULL
);

CREATE UNIQUE INDEX alerts_by_incident ON alerts (incident);

CREATE INDEX alerts_by_time ON alerts (at, id);

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

CREATE TABLE charger_limits (
    charger_id  INTEGER PRIMARY KEY,
    profile_id  BIGINT NOT NULL,
    unit        TEXT NOT NULL,
    told        BIGINT NOT NULL,
    bound       BIGINT, -- NULL while nothing is sure
    sent_unit   TEXT NOT NULL,
    sent        BIGINT NOT NULL,
    confirmed   BIGINT NOT NULL,
    answer      TEXT NOT NULL,
    reason      TEXT NOT NULL,
    command_id  BIGINT,
    told_at     BIGINT,
    answered_at BIGINT
);

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
, next_password_hash TEXT NOT NULL DEFAULT '', fingerprint TEXT NOT NULL DEFAULT '', call_timeout BIGINT NOT NULL DEFAULT 0, hands_off BIGINT NOT NULL DEFAULT 0, retired_at BIGINT);

CREATE UNIQUE INDEX chargers_by_ocpp_id ON chargers (ocpp_id) WHERE ocpp_id <> '' AND retired_at IS NULL;

CREATE TABLE commands (
    id                INTEGER PRIMARY KEY,
    charger_id        BIGINT NOT NULL,
    actor             TEXT NOT NULL,
    key_id            BIGINT NOT NULL,
    given_order       TEXT NOT NULL,
    action            TEXT NOT NULL,
    payload           BLOB,
    protocol          TEXT NOT NULL,
    message_id        TEXT NOT NULL,
    status            TEXT NOT NULL,
    response          BLOB,
    failed            BIGINT NOT NULL,
    error_code        TEXT NOT NULL,
    error_description TEXT NOT NULL,
    error_details     BLOB,
    created_at        BIGINT,
    deadline          BIGINT,
    sent_at           BIGINT,
    answered_at       BIGINT,
    idempotency_key   TEXT NOT NULL,
    fingerprint       BLOB,
    session_id        BIGINT NOT NULL,
    confirmed_at      BIGINT
);

CREATE INDEX commands_by_charger ON commands (charger_id, id);

CREATE INDEX commands_by_idempotency ON commands (key_id, idempotency_key, id) WHERE idempotency_key <> '';

CREATE INDEX commands_by_time ON commands (created_at, id);

CREATE INDEX commands_open ON commands (id) WHERE status IN ('queued', 'sent');

CREATE INDEX commands_unconfirmed ON commands (created_at) WHERE status = 'answered' AND session_id = 0
    AND action IN ('RemoteStartTransaction', 'RemoteStopTransaction', 'RequestStartTransaction', 'RequestStopTransaction');

CREATE TABLE config_history (
    version   BIGINT NOT NULL,
    kind      TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    at        BIGINT,
    actor     TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (kind, object_id, version)
);

CREATE INDEX config_history_by_time ON config_history (at, kind, object_id, version);

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

CREATE TABLE deliveries (
    id           INTEGER PRIMARY KEY,
    webhook_id   BIGINT NOT NULL,
    contact_id   BIGINT NOT NULL,
    alert_id     BIGINT NOT NULL,
    event        TEXT NOT NULL,
    body         BLOB,
    created_at   BIGINT NOT NULL,
    next_at      BIGINT,
    attempts     BIGINT NOT NULL,
    delivered_at BIGINT,
    last_status  BIGINT NOT NULL,
    last_error   TEXT NOT NULL
);

CREATE INDEX deliveries_by_alert ON deliveries (alert_id) WHERE alert_id <> 0;

CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);

CREATE INDEX deliveries_due ON deliveries (webhook_id, contact_id, next_at, id) WHERE next_at IS NOT NULL;

CREATE TABLE delivery_attempts (
    delivery_id BIGINT NOT NULL,
    attempt     BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    took        BIGINT NOT NULL, -- microseconds
    status      BIGINT NOT NULL,
    error       TEXT NOT NULL,
    PRIMARY KEY (delivery_id, attempt)
) WITHOUT ROWID;

CREATE TABLE departures (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    vehicle_id      BIGINT NOT NULL, -- 0 while no vehicle has the VIN
    vin             TEXT NOT NULL,
    vin_folded      TEXT NOT NULL,
    at              BIGINT NOT NULL,
    shift_name      TEXT NOT NULL,
    route_name      TEXT NOT NULL,
    target_soc      BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
);

CREATE INDEX departures_by_time ON departures (at, id) WHERE vehicle_id <> 0;

CREATE INDEX departures_by_vehicle ON departures (vehicle_id, at, id) WHERE vehicle_id <> 0;

CREATE INDEX departures_by_vin ON departures (vin_folded, at) WHERE vehicle_id = 0;

CREATE TABLE erasures (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    access_id       BIGINT NOT NULL, -- 0 for a tag that was of none
    tag             TEXT NOT NULL, -- empty once it is done
    pseudonym       TEXT NOT NULL,
    actor           TEXT NOT NULL,
    asked_at        BIGINT NOT NULL,
    finished_at     BIGINT,
    stage           TEXT NOT NULL,
    position        BIGINT NOT NULL,
    counts          TEXT NOT NULL -- a JSON object
);

CREATE TABLE exclusions (
    id           INTEGER PRIMARY KEY,
    site_id      BIGINT NOT NULL,
    charger_id   BIGINT NOT NULL,
    port_id      BIGINT NOT NULL,
    from_at      BIGINT NOT NULL,
    to_at        BIGINT NOT NULL,
    reason       TEXT NOT NULL,
    comment      TEXT NOT NULL,
    proposed_by  TEXT NOT NULL,
    confirmed    BIGINT NOT NULL,
    confirmed_by TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);

CREATE INDEX exclusions_by_end ON exclusions (to_at);

CREATE TABLE faults (
    id                INTEGER PRIMARY KEY,
    charger_id        BIGINT NOT NULL,
    port_number       BIGINT NOT NULL,
    at                BIGINT NOT NULL,
    received          BIGINT NOT NULL,
    status            TEXT NOT NULL,
    error_code        TEXT NOT NULL,
    vendor_error_code TEXT NOT NULL,
    vendor_id         TEXT NOT NULL,
    info              TEXT NOT NULL,
    category          TEXT NOT NULL,
    session_id        BIGINT NOT NULL
);

CREATE INDEX faults_by_charger ON faults (charger_id, at, id);

CREATE INDEX faults_by_time ON faults (at, id);

CREATE TABLE firmware (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    size        BIGINT NOT NULL,
    sha256      TEXT NOT NULL,
    signature   TEXT NOT NULL,
    certificate TEXT NOT NULL,
    created_at  BIGINT,
    removed_at  BIGINT,
    actor       TEXT NOT NULL
, organization_id BIGINT NOT NULL DEFAULT 0);

CREATE UNIQUE INDEX firmware_by_name ON firmware (name) WHERE removed_at IS NULL;

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
, message BIGINT NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '');

CREATE INDEX history_by_kind ON history (charger_id, kind, id)
    WHERE kind <> 4 AND kind <> 7 AND kind <> 12 AND kind <> 13;

CREATE INDEX history_by_note ON history (charger_id, note, id) WHERE note <> '';

CREATE TABLE history_ports (
    charger_id  BIGINT NOT NULL,
    port_number BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    PRIMARY KEY (charger_id, port_number, id)
) WITHOUT ROWID;

CREATE TABLE id_blocks (
    kind TEXT NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
);

CREATE TABLE key_uses (
    key_id  INTEGER PRIMARY KEY,
    used_at BIGINT NOT NULL
);

CREATE TABLE local_lists (
    charger_id INTEGER PRIMARY KEY,
    version    BIGINT NOT NULL,
    entries    BLOB,
    entitled   BLOB,
    updated_at BIGINT,
    problem    TEXT NOT NULL
);

CREATE TABLE maintenance_windows (
    id         INTEGER PRIMARY KEY,
    charger_id BIGINT NOT NULL,
    from_at    BIGINT NOT NULL,
    to_at      BIGINT NOT NULL,
    comment    TEXT NOT NULL,
    user_email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX maintenance_windows_by_end ON maintenance_windows (to_at);

CREATE INDEX maintenance_windows_by_start ON maintenance_windows (from_at, id);

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL,
		applied_at BIGINT NOT NULL, applied_by TEXT NOT NULL);

CREATE TABLE muted_errors (
    organization_id INTEGER PRIMARY KEY,
    codes           TEXT NOT NULL, -- a JSON list
    updated_at      BIGINT
);

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

CREATE TABLE reservations (
    id          INTEGER PRIMARY KEY,
    charger_id  BIGINT NOT NULL,
    port_id     BIGINT NOT NULL,
    port_number BIGINT NOT NULL,
    number      BIGINT NOT NULL, -- the reservationId of OCPP
    tag         TEXT NOT NULL,
    tag_type    TEXT NOT NULL,
    group_tag   TEXT NOT NULL,
    expires_at  BIGINT NOT NULL,
    state       TEXT NOT NULL,
    answer      TEXT NOT NULL,
    actor       TEXT NOT NULL,
    command_id  BIGINT,
    session_id  BIGINT,
    created_at  BIGINT NOT NULL,
    ended_at    BIGINT
);

CREATE INDEX reservations_by_number ON reservations (charger_id, number);

CREATE TABLE server_outages (
    from_at INTEGER PRIMARY KEY,
    to_at   BIGINT
);

CREATE TABLE service_intervals (
    charger_id  BIGINT NOT NULL,
    port_number BIGINT NOT NULL,
    from_at     BIGINT NOT NULL,
    to_at       BIGINT,
    state       BIGINT NOT NULL,
    from_record BIGINT NOT NULL,
    to_record   BIGINT NOT NULL,
    PRIMARY KEY (charger_id, port_number, from_at)
) WITHOUT ROWID;

CREATE INDEX service_intervals_open ON service_intervals (charger_id, port_number) WHERE to_at IS NULL;

CREATE TABLE session_due (
    seq        INTEGER PRIMARY KEY,
    session_id BIGINT NOT NULL
);

CREATE TABLE session_finds (
    charger_id BIGINT NOT NULL,
    kind       BIGINT NOT NULL,
    hash       BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    PRIMARY KEY (charger_id, kind, hash, session_id)
) WITHOUT ROWID;

CREATE TABLE session_listed (
    id          INTEGER PRIMARY KEY,
    charger_id  BIGINT NOT NULL,
    port_number BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE TABLE session_lists (
    list        BIGINT NOT NULL,
    of_customer BIGINT NOT NULL,
    of_charger  BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    charger_id  BIGINT NOT NULL,
    port_number BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (list, of_customer, of_charger, at, id)
) WITHOUT ROWID;

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
, transaction_text TEXT NOT NULL DEFAULT '');

CREATE UNIQUE INDEX sessions_by_assigned ON sessions (assigned_id) WHERE assigned_id <> 0;

CREATE TABLE sign_ins (
    id         INTEGER PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    token_hash BLOB NOT NULL,
    address    TEXT NOT NULL,
    browser    TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE site_limits (
    id         INTEGER PRIMARY KEY,
    uuid       TEXT NOT NULL UNIQUE,
    site_id    BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    amount     BIGINT NOT NULL,
    unit       TEXT NOT NULL,
    source     TEXT NOT NULL,
    actor      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);

CREATE INDEX site_limits_by_site ON site_limits (site_id);

CREATE TABLE site_plans (
    site_id      INTEGER PRIMARY KEY,
    picture      BLOB,
    content_type TEXT NOT NULL,
    width        BIGINT NOT NULL,
    height       BIGINT NOT NULL,
    mark         TEXT NOT NULL,
    spots        TEXT NOT NULL
);

CREATE TABLE site_tariffs (
    site_id INTEGER PRIMARY KEY,
    periods TEXT NOT NULL
);

CREATE TABLE sites (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    name            TEXT NOT NULL,
    address         TEXT NOT NULL,
    timezone        TEXT NOT NULL,
    location_id     TEXT NOT NULL,
    unknown_tags    TEXT NOT NULL
, measurands TEXT NOT NULL DEFAULT '', sample_interval BIGINT NOT NULL DEFAULT 0, heartbeat BIGINT NOT NULL DEFAULT 0, offline TEXT NOT NULL DEFAULT '');

CREATE TABLE uploads (
    id          INTEGER PRIMARY KEY,
    charger_id  BIGINT NOT NULL,
    command_id  BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    token_hash  BLOB NOT NULL,
    name        TEXT NOT NULL,
    size        BIGINT NOT NULL,
    file        TEXT NOT NULL,
    created_at  BIGINT,
    expires_at  BIGINT,
    received_at BIGINT
);

CREATE INDEX uploads_by_charger ON uploads (charger_id, id);

CREATE UNIQUE INDEX uploads_by_token ON uploads (token_hash);

CREATE TABLE users (
    id              INTEGER PRIMARY KEY,
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
, openid_issuer TEXT NOT NULL DEFAULT '', openid_subject TEXT NOT NULL DEFAULT '');

CREATE UNIQUE INDEX users_by_email ON users (email_folded);

CREATE UNIQUE INDEX users_by_openid ON users (openid_issuer, openid_subject) WHERE openid_subject <> '';

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

CREATE TABLE webhooks (
    id              INTEGER PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    name            TEXT NOT NULL,
    url             TEXT NOT NULL,
    events          TEXT NOT NULL, -- with commas; empty for all
    disabled        BIGINT NOT NULL,
    secret          BLOB NOT NULL,
    old_secret      BLOB,
    old_until       BIGINT,
    created_at      BIGINT,
    updated_at      BIGINT
);
