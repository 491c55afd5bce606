package store

import "github.com/chargeyard/chargeyard/internal/charging"

var chargers = noun[charging.ChargerSettings]{
	kind: charging.IDCharger,
	columns: []string{"id", "site_id", "name", "ocpp_id", "external_id", "manufacturer", "model", "serial_number",
		"firmware", "latitude", "longitude", "type", "unknown_tags", "password_hash", "assume_ocpp16", "next_password_hash",
		"fingerprint", "call_timeout", "hands_off", "retired_at"},
	secret: map[string]bool{"password_hash": true, "next_password_hash": true},
	id:     func(c *charging.ChargerSettings) charging.ID { return c.ID },
	values: func(c *charging.ChargerSettings) []any {
		return []any{c.SiteID, c.Name, c.OCPPID, c.ExternalID, c.Manufacturer, c.Model, c.SerialNumber, c.Firmware,
			c.Latitude, c.Longitude, c.Type, c.UnknownTags.String(), c.PasswordHash, bit(c.AssumeOCPP16),
			c.NextPasswordHash, c.Fingerprint, c.CallTimeout.Microseconds(), bit(c.HandsOff), timeOrNull(c.RetiredAt)}
	},
	scan: func(c *charging.ChargerSettings) []any {
		return []any{&c.ID, &c.SiteID, &c.Name, &c.OCPPID, &c.ExternalID, &c.Manufacturer, &c.Model, &c.SerialNumber,
			&c.Firmware, &c.Latitude, &c.Longitude, &c.Type, policyIn{&c.UnknownTags}, &c.PasswordHash, flagIn{&c.AssumeOCPP16},
			&c.NextPasswordHash, &c.Fingerprint, durationIn{&c.CallTimeout}, flagIn{&c.HandsOff}, timeIn{&c.RetiredAt}}
	},
}
