package sim

import "time"

// commands201 are the commands of 2.0.1, which 2.1 has too.
func commands201() map[string]command {
	return map[string]command{
		"CancelReservation":          on(cancelReservation),
		"CertificateSigned":          on(certificateSigned),
		"ChangeAvailability":         on(changeAvailability2x),
		"ClearCache":                 clearCache,
		"ClearChargingProfile":       on(clearProfile2x),
		"ClearDisplayMessage":        on(clearDisplay),
		"ClearVariableMonitoring":    on(clearMonitoring),
		"CostUpdated":                on(costUpdated),
		"CustomerInformation":        on(customerInformation),
		"DataTransfer":               on(dataTransferred),
		"DeleteCertificate":          on(deleteCertificate),
		"GetBaseReport":              on(getBaseReport),
		"GetChargingProfiles":        on(getProfiles),
		"GetCompositeSchedule":       on(compositeSchedule2x),
		"GetDisplayMessages":         on(getDisplays),
		"GetInstalledCertificateIds": on(installedCertificates2x),
		"GetLocalListVersion":        func(c *Charger, _ []byte, _ instant) any { return object{"versionNumber": c.listVersion()} },
		"GetLog":                     on(getLog),
		"GetMonitoringReport":        on(getMonitoringReport),
		"GetReport":                  on(getReport),
		"GetTransactionStatus":       on(getTransactionStatus),
		"GetVariables":               on(getVariables),
		"InstallCertificate":         on(installCertificate),
		"PublishFirmware":            on(publishFirmware),
		"RequestStartTransaction":    on(requestStart),
		"RequestStopTransaction":     on(requestStop),
		"ReserveNow":                 on(reserve2x),
		"Reset":                      on(reset2x),
		"SendLocalList":              on(sendLocalList2x),
		"SetChargingProfile":         on(setProfile2x),
		"SetDisplayMessage":          on(setDisplay),
		"SetMonitoringBase":          on(setMonitoringBase),
		"SetMonitoringLevel":         on(setMonitoringLevel),
		"SetNetworkProfile":          on(setNetworkProfile),
		"SetVariableMonitoring":      on(setMonitoring),
		"SetVariables":               on(setVariables),
		"TriggerMessage":             on(trigger2x),
		"UnlockConnector":            on(unlock2x),
		"UnpublishFirmware":          on(unpublishFirmware),
		"UpdateFirmware":             on(updateFirmware),
	}
}

// tokenRef is an idToken.
type tokenRef struct {
	Token string `json:"idToken"`
	Type  string `json:"type"`
}

func changeAvailability2x(c *Charger, m *struct {
	EVSE   *evseRef `json:"evse"`
	Status string   `json:"operationalStatus"`
}, now instant) any {
	ports, ok := c.evse(m.EVSE)
	if !ok {
		return because("Rejected", "UnknownEvse")
	}
	return status(c.setAvailability(ports, m.EVSE == nil, m.Status == "Inoperative", now))
}

// evse returns the port of an EVSE, all without one; false when there is no
// such EVSE or connector.
func (c *Charger) evse(ref *evseRef) ([]port, bool) {
	if ref == nil {
		return c.ports, true
	}
	ports := c.portsOf(ref.ID)
	if ports == nil || ref.ID == 0 || ref.ConnectorID != nil && *ref.ConnectorID != 1 {
		return nil, false
	}
	return ports, true
}

func getTransactionStatus(c *Charger, m *struct {
	Transaction string `json:"transactionId"`
}, _ instant) any {
	q := &c.out.queue
	if m.Transaction == "" {
		return object{"messagesInQueue": q.len() > 0}
	}
	ongoing, queued := false, false
	for i := range c.ports {
		if s := c.ports[i].session; s != nil && s.transaction == m.Transaction {
			ongoing = true
		}
	}
	for _, waiting := range q.items[q.head:] {
		queued = queued || waiting.session != nil && waiting.session.transaction == m.Transaction
	}
	return object{"ongoingIndicator": ongoing, "messagesInQueue": queued}
}

func requestStart(c *Charger, m *struct {
	EVSE    *int64   `json:"evseId"`
	ID      int64    `json:"remoteStartId"`
	Token   tokenRef `json:"idToken"`
	Profile *profile `json:"chargingProfile"`
}, now instant) any {
	number := int64(0)
	if m.EVSE != nil {
		if number = *m.EVSE; number == 0 || c.portsOf(number) == nil {
			return because("Rejected", "UnknownEvse")
		}
	}
	if m.Profile != nil && (!m.Profile.read() || m.Profile.Purpose != purposeTx || len(m.Profile.Transaction) > 0) {
		return because("Rejected", "InvalidProfile")
	}
	o := &order{token: m.Token.Token, tokenType: m.Token.Type, id: m.ID, profile: m.Profile}
	if c.remoteStart(c.portsOf(number), o, now) == nil {
		return because("Rejected", "TxInProgress")
	}
	return status("Accepted")
}

func requestStop(c *Charger, m *struct {
	Transaction string `json:"transactionId"`
}, now instant) any {
	if !c.remoteStop(now, func(s *session) bool { return s.transaction == m.Transaction }) {
		return because("Rejected", "TxNotFound")
	}
	return status("Accepted")
}

func reserve2x(c *Charger, m *struct {
	ID     int64     `json:"id"`
	Expire time.Time `json:"expiryDateTime"`
	EVSE   *int64    `json:"evseId"`
	Token  tokenRef  `json:"idToken"`
	Group  *tokenRef `json:"groupIdToken"`
}, now instant) any {
	r := &reservation{id: m.ID, idTag: m.Token.Token, expire: m.Expire}
	if m.Group != nil {
		r.group = m.Group.Token
	}
	if m.EVSE != nil {
		if r.port = *m.EVSE; r.port == 0 {
			return because("Rejected", "UnknownEvse")
		}
	}
	return status(c.reserve(r, now))
}

func reset2x(c *Charger, m *struct {
	Type string `json:"type"`
	EVSE *int64 `json:"evseId"`
}, now instant) any {
	if m.EVSE != nil {
		ports := c.portsOf(*m.EVSE)
		if ports == nil || *m.EVSE == 0 {
			return because("Rejected", "UnknownEvse")
		}
		if p := &ports[0]; p.session != nil {
			c.endSession(p, now, reasonHardReset)
		}
		return status("Accepted")
	}
	switch {
	case m.Type == "ImmediateAndResume":
		c.resume = true
		c.reset(reasonSoftReset, now)
	case m.Type == "OnIdle" && c.running() > 0:
		c.resetWhenIdle(now)
		return status("Scheduled")
	default:
		c.reset(reasonHardReset, now)
	}
	return status("Accepted")
}

func sendLocalList2x(c *Charger, m *struct {
	Version int64 `json:"versionNumber"`
	List    []struct {
		Token tokenRef `json:"idToken"`
		Info  *struct {
			Status string `json:"status"`
		} `json:"idTokenInfo"`
	} `json:"localAuthorizationList"`
	Type string `json:"updateType"`
}, _ instant) any {
	var entries []listed
	for _, e := range m.List {
		entry := listed{token: e.Token.Token}
		if e.Info != nil {
			entry.status = e.Info.Status
		}
		entries = append(entries, entry)
	}
	return status(c.updateList(m.Version, m.Type == "Full", entries))
}

func trigger2x(c *Charger, m *struct {
	Message string   `json:"requestedMessage"`
	EVSE    *evseRef `json:"evse"`
}, now instant) any {
	ports, ok := c.evse(m.EVSE)
	switch {
	case !ok:
		return because("Rejected", "UnknownEvse")
	case m.Message == "BootNotification" && c.accepted:
		return because("Rejected", "NotEnabled") // F06.FR.17
	case m.Message == "StatusNotification" && (m.EVSE == nil || m.EVSE.ConnectorID == nil):
		return because("Rejected", "MissingParam")
	case m.Message == "TransactionEvent":
		return c.triggerTransactions(ports, now)
	case m.Message == "PublishFirmwareStatusNotification":
		c.talk.firmware(c, &transfer{publish: true}, "Idle")
		return status("Accepted")
	}
	if !c.trigger(m.Message, ports, false, now) {
		return status("NotImplemented")
	}
	return status("Accepted")
}

func (c *Charger) triggerTransactions(ports []port, now instant) any {
	told := false
	for i := range ports {
		if p := &ports[i]; p.session != nil {
			c.advance(p, now)
			c.talk.sample(c, p, contextTrigger)
			told = true
		}
	}
	if !told {
		return because("Rejected", "TxNotFound")
	}
	return status("Accepted")
}

func unlock2x(c *Charger, m *struct {
	EVSE      int64 `json:"evseId"`
	Connector int64 `json:"connectorId"`
}, now instant) any {
	ports := c.portsOf(m.EVSE)
	switch {
	case ports == nil || m.EVSE == 0 || m.Connector != 1:
		return status("UnknownConnector")
	case ports[0].session != nil && ports[0].session.remoteStart == 0:
		return status("OngoingAuthorizedTransaction")
	}
	c.unlock(&ports[0], now)
	return status("Unlocked")
}

func costUpdated(c *Charger, m *struct {
	Total       float64 `json:"totalCost"`
	Transaction string  `json:"transactionId"`
}, _ instant) any {
	keep := c.memory()
	if keep.costs == nil {
		keep.costs = make(map[string]float64)
	}
	keep.costs[m.Transaction] = m.Total
	return object{}
}

func getBaseReport(c *Charger, m *struct {
	Request int64  `json:"requestId"`
	Base    string `json:"reportBase"`
}, _ instant) any {
	var list []variable
	for _, v := range c.variables() {
		s := v.setting
		switch {
		case m.Base == "FullInventory",
			m.Base == "ConfigurationInventory" && s.access != readOnly,
			m.Base == "SummaryInventory" && (s.variable == "AvailabilityState" || s.variable == "Problem" || s.variable == "Available"):
			list = append(list, v)
		}
	}
	c.sendReport(m.Request, list)
	return status("Accepted")
}

func getReport(c *Charger, m *struct {
	Request  int64    `json:"requestId"`
	Criteria []string `json:"componentCriteria"`
	List     []struct {
		Component componentRef `json:"component"`
		Variable  *variableRef `json:"variable"`
	} `json:"componentVariable"`
}, _ instant) any {
	var list []variable
	for _, v := range c.variables() {
		wanted := len(m.List) == 0
		for i := range m.List {
			cv := &m.List[i]
			if v.within(&cv.Component) && (cv.Variable == nil || compareText(cv.Variable.Name, v.setting.variable) == 0) {
				wanted = true
			}
		}
		for _, criterion := range m.Criteria {
			wanted = wanted && v.setting.variable == criterion && c.get(v.setting) == "true"
		}
		if wanted {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return status("EmptyResultSet")
	}
	c.sendReport(m.Request, list)
	return status("Accepted")
}
