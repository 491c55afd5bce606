-- How sessions are found and listed. As with records, an index would put each
-- session of a busy system on pages of its own in the log, so what is found by
-- stands in tables beside, which are written in sorted slices, a little later.
-- That of transaction ids stays: they rise, so those of a commit share a page,
-- and it is what keeps one from being given out twice.
DROP INDEX sessions_by_charger;
DROP INDEX sessions_by_transaction;
DROP INDEX sessions_by_start;
DROP INDEX sessions_by_text;

-- The sessions whose newest version is not in those tables yet.
CREATE TABLE session_due (
    seq        BIGINT PRIMARY KEY,
    session_id BIGINT NOT NULL
);

-- By what the sessions of a charger are found: see sessionfiling.go for the
-- kinds. The hash finds a few; which of them is meant is seen in the session.
CREATE TABLE session_finds (
    charger_id BIGINT NOT NULL,
    kind       BIGINT NOT NULL,
    hash       BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    PRIMARY KEY (charger_id, kind, hash, session_id)
) /*CLUSTERED*/;

-- The sessions that ended, in lists that are in the order of a time: by start
-- and by change, each of all, of a customer, of a charger, of a customer at a
-- charger. Of whom a list is stands first, 0 for all.
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
) /*CLUSTERED*/;

-- As what each session stands in the lists, to take it out of them again.
CREATE TABLE session_listed (
    id          BIGINT PRIMARY KEY,
    charger_id  BIGINT NOT NULL,
    port_number BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

INSERT INTO session_due (seq, session_id) SELECT id, id FROM sessions;
