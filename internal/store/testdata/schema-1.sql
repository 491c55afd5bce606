-- What the program of schema 1 had written into a database, its packed states and
-- sessions included. It is never made anew: old databases stay as they are.

INSERT INTO meta VALUES ('server_id', 'dd96b69a8d11a8187a1c457f454c55c5');
INSERT INTO meta VALUES ('epoch', '91699a686371f5da0180cd9b4cff7b09');
INSERT INTO meta VALUES ('secret_id', '5da524c9088c6b0e');
INSERT INTO meta VALUES ('config_version', '1');
INSERT INTO meta VALUES ('life_mark', '1772366405123456');

INSERT INTO id_blocks VALUES ('site', 2);
INSERT INTO id_blocks VALUES ('record', 1007);
INSERT INTO id_blocks VALUES ('session', 1002);
INSERT INTO id_blocks VALUES ('vehicle', 8);
INSERT INTO id_blocks VALUES ('charger', 3);
INSERT INTO id_blocks VALUES ('port', 5);
INSERT INTO id_blocks VALUES ('key', 2);
INSERT INTO id_blocks VALUES ('transaction', 1002);
INSERT INTO id_blocks VALUES ('organization', 2);
INSERT INTO id_blocks VALUES ('customer', 4);
INSERT INTO id_blocks VALUES ('accessId', 13);

INSERT INTO organizations VALUES (1, NULL, 'Fleet');

INSERT INTO customers VALUES (3, 1, 'Buses');

INSERT INTO vehicles VALUES (7, 1, 'Bus 7', '', '', '', '', 3);

INSERT INTO access_ids VALUES (12, 1, '04A2b3C4D5', '04A2B3C4D5', 'RFID', 'Card', 0, NULL, NULL, NULL, '', 7, 3, NULL, NULL);

INSERT INTO sites VALUES (1, 1, 'Depot', '', 'Europe/Berlin', '', 'accept');

INSERT INTO chargers VALUES (1, 1, 'Charger 1', 'CP-00001', '', '', '', '', '', '', '', '', '', '$h$1', 0);
INSERT INTO chargers VALUES (2, 1, 'Charger 2', 'CP-00002', '', '', '', '', '', '', '', '', '', '', 0);

INSERT INTO ports VALUES (1, 1, 1, 'Port 1', 0, '');
INSERT INTO ports VALUES (2, 1, 2, 'Port 2', 0, '');
INSERT INTO ports VALUES (3, 2, 1, 'Port 1', 0, '');
INSERT INTO ports VALUES (4, 2, 2, 'Port 2', 0, '');

INSERT INTO api_keys VALUES (1, 1, 'Display', 'cy_ab', X'0100000000000000000000000000000000000000000000000000000000000009', 1, 0, NULL, NULL, NULL);

INSERT INTO api_key_scopes VALUES (1, 0, 'site', 1);

INSERT INTO config_history VALUES (1, 'organization', 1, 1772366400123456, 'test', '{"id":1,"name":"Fleet","parent_id":null}');
INSERT INTO config_history VALUES (1, 'customer', 3, 1772366400123456, 'test', '{"id":3,"name":"Buses","organization_id":1}');
INSERT INTO config_history VALUES (1, 'vehicle', 7, 1772366400123456, 'test', '{"customer_id":3,"id":7,"license_plate":"","make":"","model":"","name":"Bus 7","organization_id":1,"vin":""}');
INSERT INTO config_history VALUES (1, 'accessId', 12, 1772366400123456, 'test', '{"authorized_at":null,"created_at":null,"customer_id":3,"expires_at":null,"group_tag":"","id":12,"name":"Card","organization_id":1,"revoked":0,"revoked_at":null,"tag":"04A2b3C4D5","tag_folded":"04A2B3C4D5","type":"RFID","updated_at":null,"vehicle_id":7}');
INSERT INTO config_history VALUES (1, 'site', 1, 1772366400123456, 'test', '{"address":"","id":1,"location_id":"","name":"Depot","organization_id":1,"timezone":"Europe/Berlin","unknown_tags":"accept"}');
INSERT INTO config_history VALUES (1, 'charger', 1, 1772366400123456, 'test', '{"assume_ocpp16":0,"external_id":"","firmware":"","id":1,"latitude":"","longitude":"","manufacturer":"","model":"","name":"Charger 1","ocpp_id":"CP-00001","serial_number":"","site_id":1,"type":"","unknown_tags":""}');
INSERT INTO config_history VALUES (1, 'charger', 2, 1772366400123456, 'test', '{"assume_ocpp16":0,"external_id":"","firmware":"","id":2,"latitude":"","longitude":"","manufacturer":"","model":"","name":"Charger 2","ocpp_id":"CP-00002","serial_number":"","site_id":1,"type":"","unknown_tags":""}');
INSERT INTO config_history VALUES (1, 'port', 1, 1772366400123456, 'test', '{"charger_id":1,"connector_type":"","id":1,"max_power":0,"name":"Port 1","number":1}');
INSERT INTO config_history VALUES (1, 'port', 2, 1772366400123456, 'test', '{"charger_id":1,"connector_type":"","id":2,"max_power":0,"name":"Port 2","number":2}');
INSERT INTO config_history VALUES (1, 'port', 3, 1772366400123456, 'test', '{"charger_id":2,"connector_type":"","id":3,"max_power":0,"name":"Port 1","number":1}');
INSERT INTO config_history VALUES (1, 'port', 4, 1772366400123456, 'test', '{"charger_id":2,"connector_type":"","id":4,"max_power":0,"name":"Port 2","number":2}');
INSERT INTO config_history VALUES (1, 'key', 1, 1772366400123456, 'test', '{"chargers":null,"created_at":null,"expires_at":null,"id":1,"name":"Display","organization_id":1,"per_minute":0,"permissions":1,"prefix":"cy_ab","revoked_at":null,"sites":[1]}');

INSERT INTO history VALUES (1, 1, 0, 1, 1772366401123456, 1772366401000000, '2026-03-01T12:00:01Z', '5f0f6a3e-7c1e-4b1e-9d52-000000000001', '', '', NULL, X'0102021f80c987dba6fda5062d0b3139322e302e322e313a3500');
INSERT INTO history VALUES (2, 1, 0, 3, 1772366402123456, 1772366402000000, '2026-03-01T12:00:02Z', '5f0f6a3e-7c1e-4b1e-9d52-000000000002', '', '', NULL, X'010207ff0180c987dba6fda506034142420354353403532d3103322e300169016a016d016e1f002d0b3139322e302e322e313a35003f09000c0137017603776574');
INSERT INTO history VALUES (3, 1, 2, 4, 1772366403123456, 1772366403000000, '2026-03-01T12:00:03Z', '5f0f6a3e-7c1e-4b1e-9d52-000000000003', '', '', NULL, X'010101070180e4f5dda6fda50610');
INSERT INTO history VALUES (4, 1, 1, 7, 1772366404123456, 1772366404000000, '2026-03-01T12:00:04Z', '5f0f6a3e-7c1e-4b1e-9d52-000000000004', '', '', X'0104086603f0e5efdea6fda5060402c0ebe204641280c2d72f6c1e0280f4036c1e04b8f2036c1e06c8f5036c240ae0891c6c240cb0991c742a06a09005', X'010103070380edefdea6fda50610b77fdf0f0400d20f0202d20fffa3e80314323032362d30332d30315431323a30303a30305a80897a0a303441324233433444351a180e0680ade204c03e80ade204c0ebe204809bee0280f104ff80c2d72f0080f40300a0900500c8911c000000');
INSERT INTO history VALUES (5, 1, 0, 9, 1772366405123456, 1772366405000000, '2026-03-01T12:00:05Z', '5f0f6a3e-7c1e-4b1e-9d52-000000000005', '["unknown-word: x"]', '{"kind":"firmware","status":"Downloading"}', NULL, X'010207ff0180c987dba6fda506034142420354353403532d3103322e300169016a016d016e1f002d0b3139322e302e322e313a35003f09000c0137017603776574');
INSERT INTO history VALUES (6, 1, 0, 9, 1772366406123456, 1772366406000000, '2026-03-01T12:00:06Z', '5f0f6a3e-7c1e-4b1e-9d52-000000000006', '["unknown-word: x"]', '{"kind":"securityEvent","status":"ClockChanged","message":{"techInfo":"x"}}', NULL, X'010207ff0180c987dba6fda506034142420354353403532d3103322e300169016a016d016e1f002d0b3139322e302e322e313a35003f09000c0137017603776574');

INSERT INTO sessions VALUES (900, 1, 1, 2, 900, 901, 1772366400123456, '2026-03-01T12:00:00Z', '04A2B3C4D5', 12, 7, 3, 5000000, 4000000, 1772370000123456, 'EVDisconnected', X'0103df7f1fc30700880e020204880e8a0e80c987dba6fda50614323032362d30332d30315431323a30303a30305a80897a0a303441324233433444351a180e0680ade20480a4e80380ade20480f1048087a3e81a2180d1ca08ff8f9de91a');
INSERT INTO sessions VALUES (1001, 1, 1, 0, 1001, 1001, 1772366400123456, '2026-03-01T12:00:00Z', '04A2B3C4D5', 12, 7, 3, 5000000, 0, NULL, '', X'0103b77f1b030400d20f0202d20f80c987dba6fda50614323032362d30332d30315431323a30303a30305a80897a0a303441324233433444351a180e0680ade20480ade20480f104ff887a');
