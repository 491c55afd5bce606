-- The records of each port, in order. An index of history would put each
-- record of a busy system on a page of its own in the log; this table is written
-- in sorted slices, a little later. Records above meta "filed" are not in it yet.
DROP INDEX history_by_port;

CREATE TABLE history_ports (
    charger_id  BIGINT NOT NULL,
    port_number BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    PRIMARY KEY (charger_id, port_number, id)
) /*CLUSTERED*/;

INSERT INTO history_ports (charger_id, port_number, id)
    SELECT charger_id, port_number, id FROM history ORDER BY charger_id, port_number, id;

INSERT INTO meta (name, value) SELECT 'filed', coalesce(max(id), 0) FROM history;
