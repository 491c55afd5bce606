-- What follows from the history: service intervals, errors, alerts. All of it is
-- written by the digest, in one transaction with meta "digested", the id of the
-- newest record that was gone through.

-- Times in which the service state of a port, or of a charger's connection as
-- port 0, did not change. Kept for ever.
CREATE TABLE service_intervals (
    charger_id  BIGINT NOT NULL,
    port_number BIGINT NOT NULL,
    from_at     BIGINT NOT NULL,
    to_at       BIGINT,
    state       BIGINT NOT NULL,
    from_record BIGINT NOT NULL,
    to_record   BIGINT NOT NULL,
    PRIMARY KEY (charger_id, port_number, from_at)
) /*CLUSTERED*/;

CREATE INDEX service_intervals_open ON service_intervals (charger_id, port_number) WHERE to_at IS NULL;

-- Errors that chargers reported; the id is that of the record in the history.
CREATE TABLE faults (
    id                BIGINT PRIMARY KEY,
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

CREATE INDEX faults_by_time ON faults (at, id);
CREATE INDEX faults_by_charger ON faults (charger_id, at, id);

-- What somebody should know. An incident has one alert, however often it is seen.
CREATE TABLE alerts (
    id              BIGINT PRIMARY KEY,
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

-- The outbox: what is to be sent to a webhook or a contact, and what became of it.
CREATE TABLE deliveries (
    id           BIGINT PRIMARY KEY,
    webhook_id   BIGINT NOT NULL,
    contact_id   BIGINT NOT NULL,
    alert_id     BIGINT NOT NULL,
    event        TEXT NOT NULL,
    body         BYTEA,
    created_at   BIGINT NOT NULL,
    next_at      BIGINT,
    attempts     BIGINT NOT NULL,
    delivered_at BIGINT,
    last_status  BIGINT NOT NULL,
    last_error   TEXT NOT NULL
);

CREATE INDEX deliveries_due ON deliveries (webhook_id, contact_id, next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_by_alert ON deliveries (alert_id) WHERE alert_id <> 0;
