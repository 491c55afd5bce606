-- Who is told of alerts and events, by which rules, and each try to tell them.

CREATE TABLE alert_contacts (
    id              BIGINT PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    name            TEXT NOT NULL,
    email           TEXT NOT NULL,
    webhook_id      BIGINT NOT NULL, -- 0 for none
    muted_until     BIGINT,
    created_at      BIGINT,
    updated_at      BIGINT
);

CREATE TABLE alert_rules (
    id              BIGINT PRIMARY KEY,
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

CREATE TABLE webhooks (
    id              BIGINT PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    name            TEXT NOT NULL,
    url             TEXT NOT NULL,
    events          TEXT NOT NULL, -- with commas; empty for all
    disabled        BIGINT NOT NULL,
    secret          BYTEA NOT NULL,
    old_secret      BYTEA,
    old_until       BIGINT,
    created_at      BIGINT,
    updated_at      BIGINT
);

-- The error codes that an organization does not want to hear of.
CREATE TABLE muted_errors (
    organization_id BIGINT PRIMARY KEY,
    codes           TEXT NOT NULL, -- a JSON list
    updated_at      BIGINT
);

CREATE TABLE delivery_attempts (
    delivery_id BIGINT NOT NULL,
    attempt     BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    took        BIGINT NOT NULL, -- microseconds
    status      BIGINT NOT NULL,
    error       TEXT NOT NULL,
    PRIMARY KEY (delivery_id, attempt)
) /*CLUSTERED*/;
