-- Times in which a charger is worked on (contract section 15); one row a charger.
CREATE TABLE maintenance_windows (
    id         BIGINT PRIMARY KEY,
    charger_id BIGINT NOT NULL,
    from_at    BIGINT NOT NULL,
    to_at      BIGINT NOT NULL,
    comment    TEXT NOT NULL,
    user_email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX maintenance_windows_by_start ON maintenance_windows (from_at, id);
CREATE INDEX maintenance_windows_by_end ON maintenance_windows (to_at);

-- Times in which outages do not count against the uptime, for reasons outside the
-- operator's control (23 CFR 680.116(b)). One of the three ids is not 0.
CREATE TABLE exclusions (
    id           BIGINT PRIMARY KEY,
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

-- When no charger could reach the server: it was off, or could not store
-- anything. The one without an end lasts.
CREATE TABLE server_outages (
    from_at BIGINT PRIMARY KEY,
    to_at   BIGINT
);
