package sim

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// commands16 are the commands of 1.6 with the security extension.
func commands16() map[string]command {
	return map[string]command{
		"CancelReservation":          on(cancelReservation),
		"CertificateSigned":          on(certificateSigned),
		"ChangeAvailability":         on(changeAvailability16),
		"ChangeConfiguration":        on(changeConfiguration),
		"ClearCache":                 clearCache,
		"ClearChargingProfile":       on(clearProfile16),
		"DataTransfer":               on(dataTransferred),
		"DeleteCertificate":          on(deleteCertificate),
		"ExtendedTriggerMessage":     on(trigger16),
		"GetCompositeSchedule":       on(compositeSchedule16),
		"GetConfiguration":           on(getConfiguration),
		"GetDiagnostics":             on(getDiagnostics),
		"GetInstalledCertificateIds": on(installedCertificates16),
		"GetLocalListVersion":        func(c *Charger, _ []byte, _ instant) any { return object{"listVersion": c.listVersion()} },
		"GetLog":                     on(getLog),
		"InstallCertificate":         on(installCertificate),
		"RemoteStartTransaction":     on(remoteStart16),
		"RemoteStopTransaction":      on(remoteStop16),
		"ReserveNow":                 on(reserve16),
		"Reset":                      on(reset16),
		"SendLocalList":              on(sendLocalList16),
		"SetChargingProfile":         on(setProfile16),
		"SignedUpdateFirmware":       on(updateFirmware),
		"TriggerMessage":             on(trigger16),
		"UnlockConnector":            on(unlock16),
		"UpdateFirmware":             on(updateFirmware16),
	}
}

func cancelReservation(c *Charger, m *struct {
	ID int64 `json:"reservationId"`
}, _ instant) any {
	if !c.cancelReservation(m.ID) {
		return status("Rejected")
	}
	return status("Accepted")
}

func changeAvailability16(c *Charger, m *struct {
	Connector int64  `json:"connectorId"`
	Type      string `json:"type"`
}, now instant) any {
	ports := c.portsOf(m.Connector)
	if ports == nil {
		return status("Rejected")
	}
	return status(c.setAvailability(ports, m.Connector == 0, m.Type == "Inoperative", now))
}

func changeConfiguration(c *Charger, m *struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}, now instant) any {
	s := findKey(m.Key)
	if s == nil {
		return status("NotSupported")
	}
	return status(c.set(s, m.Value, now))
}

func clearCache(c *Charger, _ []byte, _ instant) any {
	c.clearCache()
	return status("Accepted")
}

func dataTransferred(_ *Charger, m *struct {
	Vendor  string `json:"vendorId"`
	Message string `json:"messageId"`
}, _ instant) any {
	switch {
	case m.Vendor != vendorID:
		return status("UnknownVendorId")
	case m.Message != "ping":
		return status("UnknownMessageId")
	}
	return object{"status": "Accepted", "data": "pong"}
}

// vendorID is the vendor whose DataTransfer the simulator understands.
const vendorID = "org.chargeyard.sim"

func trigger16(c *Charger, m *struct {
	Message   string `json:"requestedMessage"`
	Connector *int64 `json:"connectorId"`
}, now instant) any {
	number := int64(0)
	if m.Connector != nil {
		number = *m.Connector
	}
	ports := c.portsOf(number)
	if ports == nil {
		return status("Rejected")
	}
	if m.Connector != nil && number == 0 && m.Message == "StatusNotification" {
		ports = nil // only the charger's own
	}
	if !c.trigger(m.Message, ports, number == 0, now) {
		return status("NotImplemented")
	}
	return status("Accepted")
}

// keyValue is one setting in the answer to GetConfiguration.
type keyValue struct {
	Key      string `json:"key"`
	Readonly bool   `json:"readonly"`
	Value    string `json:"value,omitempty"`
}

func (c *Charger) keyValue(s *setting) keyValue {
	kv := keyValue{Key: s.key, Readonly: s.access == readOnly}
	if s.access != writeOnly {
		kv.Value = c.get(s)
	}
	return kv
}

func getConfiguration(c *Charger, m *struct {
	Key []string `json:"key"`
}, _ instant) any {
	var known []keyValue
	var unknown []string
	if len(m.Key) == 0 {
		for _, s := range settings {
			if s.key != "" {
				known = append(known, c.keyValue(s))
			}
		}
		slices.SortFunc(known, func(a, b keyValue) int { return compareText(a.Key, b.Key) })
	}
	for _, key := range m.Key {
		if s := findKey(key); s != nil {
			known = append(known, c.keyValue(s))
		} else {
			unknown = append(unknown, key)
		}
	}
	answer := object{}
	if len(known) > 0 {
		answer["configurationKey"] = known
	}
	if len(unknown) > 0 {
		answer["unknownKey"] = unknown
	}
	return answer
}

func remoteStart16(c *Charger, m *struct {
	Connector *int64   `json:"connectorId"`
	IDTag     string   `json:"idTag"`
	Profile   *profile `json:"chargingProfile"`
}, now instant) any {
	number := int64(0)
	if m.Connector != nil {
		if number = *m.Connector; number == 0 {
			return status("Rejected")
		}
	}
	if m.Profile != nil && (!m.Profile.read() || m.Profile.Purpose != purposeTx) {
		return status("Rejected")
	}
	if c.remoteStart(c.portsOf(number), &order{token: m.IDTag, profile: m.Profile}, now) == nil {
		return status("Rejected")
	}
	return status("Accepted")
}

func remoteStop16(c *Charger, m *struct {
	Transaction int64 `json:"transactionId"`
}, now instant) any {
	if !c.remoteStop(now, func(s *session) bool { return s.known && s.id == m.Transaction }) {
		return status("Rejected")
	}
	return status("Accepted")
}

func reserve16(c *Charger, m *struct {
	Connector int64     `json:"connectorId"`
	Expire    time.Time `json:"expiryDate"`
	IDTag     string    `json:"idTag"`
	Parent    string    `json:"parentIdTag"`
	ID        int64     `json:"reservationId"`
}, now instant) any {
	return status(c.reserve(&reservation{id: m.ID, port: m.Connector, idTag: m.IDTag, group: m.Parent, expire: m.Expire}, now))
}

func reset16(c *Charger, m *struct {
	Type string `json:"type"`
}, now instant) any {
	reason := reasonHardReset
	if m.Type == "Soft" {
		reason = reasonSoftReset
	}
	c.reset(reason, now)
	return status("Accepted")
}

func sendLocalList16(c *Charger, m *struct {
	Version int64 `json:"listVersion"`
	List    []struct {
		IDTag string `json:"idTag"`
		Info  *struct {
			Status string `json:"status"`
		} `json:"idTagInfo"`
	} `json:"localAuthorizationList"`
	Type string `json:"updateType"`
}, _ instant) any {
	var entries []listed
	for _, e := range m.List {
		entry := listed{token: e.IDTag}
		if e.Info != nil {
			entry.status = e.Info.Status
		}
		entries = append(entries, entry)
	}
	return status(c.updateList(m.Version, m.Type == "Full", entries))
}

func setProfile16(c *Charger, m *struct {
	Connector int64   `json:"connectorId"`
	Profile   profile `json:"csChargingProfiles"`
}, now instant) any {
	p := &m.Profile
	p.port = m.Connector
	if c.refuseProfile(p) != "" {
		return status("Rejected")
	}
	c.addProfile(p, now)
	return status("Accepted")
}

func clearProfile16(c *Charger, m *struct {
	ID        *int64 `json:"id"`
	Connector *int64 `json:"connectorId"`
	Purpose   string `json:"chargingProfilePurpose"`
	Stack     *int64 `json:"stackLevel"`
}, now instant) any {
	if m.Purpose == purposeMax16 {
		m.Purpose = purposeMax
	}
	n := c.removeProfiles(now, func(p *profile) bool {
		return (m.ID == nil || p.ID == *m.ID) && (m.Connector == nil || p.port == *m.Connector) &&
			(m.Purpose == "" || p.Purpose == m.Purpose) && (m.Stack == nil || p.Stack == *m.Stack)
	})
	if n == 0 {
		return status("Unknown")
	}
	return status("Accepted")
}

func compositeSchedule16(c *Charger, m *struct {
	Connector int64  `json:"connectorId"`
	Duration  int64  `json:"duration"`
	Unit      string `json:"chargingRateUnit"`
}, now instant) any {
	s, ok := c.composite(m.Connector, m.Duration, m.Unit, now)
	if !ok {
		return status("Rejected")
	}
	return object{"status": "Accepted", "connectorId": m.Connector, "scheduleStart": stamp(s.start),
		"chargingSchedule": object{"duration": m.Duration, "chargingRateUnit": s.unit, "chargingSchedulePeriod": s.periods}}
}

func unlock16(c *Charger, m *struct {
	Connector int64 `json:"connectorId"`
}, now instant) any {
	ports := c.portsOf(m.Connector)
	if len(ports) == 0 || m.Connector == 0 {
		return status("NotSupported")
	}
	c.unlock(&ports[0], now)
	return status("Unlocked")
}

// transactionText returns the transaction of a profile as text: 1.6 has
// numbers, 2.x texts.
func transactionText(raw json.RawMessage) string {
	if text, err := strconv.Unquote(string(raw)); err == nil {
		return text
	}
	return string(raw)
}
