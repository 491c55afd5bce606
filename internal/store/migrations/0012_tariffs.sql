-- Tariff periods, for energy by time of use: those of a site, as JSON.
CREATE TABLE site_tariffs (
    site_id BIGINT PRIMARY KEY,
    periods TEXT NOT NULL
);
