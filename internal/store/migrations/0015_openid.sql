-- Who signs in by another service: its issuer, and its name of the person.

ALTER TABLE users ADD COLUMN openid_issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN openid_subject TEXT NOT NULL DEFAULT '';

CREATE UNIQUE INDEX users_by_openid ON users (openid_issuer, openid_subject) WHERE openid_subject <> '';
