-- Reservations and the power limits of sites.
CREATE TABLE reservations (
    id          BIGINT PRIMARY KEY,
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

-- The limits of sites, also those that were deleted or replaced. Amounts are mW
-- or mA.
CREATE TABLE site_limits (
    id         BIGINT PRIMARY KEY,
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

-- What each charger was told for the sake of its site's limit, and accepted.
CREATE TABLE charger_limits (
    charger_id  BIGINT PRIMARY KEY,
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
