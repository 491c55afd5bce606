-- Access groups, departures and erasures.

CREATE TABLE access_groups (
    id              BIGINT PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    name            TEXT NOT NULL,
    access_ids      TEXT NOT NULL, -- ids as a JSON list, as the next two
    sites           TEXT NOT NULL,
    chargers        TEXT NOT NULL
);

CREATE TABLE departures (
    id              BIGINT PRIMARY KEY,
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

CREATE INDEX departures_by_vehicle ON departures (vehicle_id, at, id) WHERE vehicle_id <> 0;

CREATE INDEX departures_by_vin ON departures (vin_folded, at) WHERE vehicle_id = 0;

CREATE INDEX departures_by_time ON departures (at, id) WHERE vehicle_id <> 0;

CREATE TABLE erasures (
    id              BIGINT PRIMARY KEY,
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
