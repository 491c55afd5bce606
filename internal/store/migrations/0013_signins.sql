-- Browsers in which users are signed in.

CREATE TABLE sign_ins (
    id         BIGINT PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    token_hash BYTEA NOT NULL,
    address    TEXT NOT NULL,
    browser    TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
