-- The floor plans of sites: a picture, and where chargers stand on it.

CREATE TABLE site_plans (
    site_id      BIGINT PRIMARY KEY,
    picture      BYTEA,
    content_type TEXT NOT NULL,
    width        BIGINT NOT NULL,
    height       BIGINT NOT NULL,
    mark         TEXT NOT NULL,
    spots        TEXT NOT NULL
);
