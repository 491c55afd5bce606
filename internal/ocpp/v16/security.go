package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// SecurityEventNotification tells something that matters for security (security
// whitepaper §4.6).
type SecurityEventNotification struct {
	Type      string // open list; never ""
	Timestamp ocpp.Time
	TechInfo  string
}

// Action returns ActionSecurityEventNotification.
func (*SecurityEventNotification) Action() string { return ActionSecurityEventNotification }

// AppendJSON appends the request.
func (m *SecurityEventNotification) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("type", m.Type)
	w.Time("timestamp", m.Timestamp.T)
	w.OptText("techInfo", m.TechInfo)
	return w.End()
}

func decodeSecurityEventNotification(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(SecurityEventNotification)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "type":
			m.Type = o.Text(50)
		case "timestamp":
			m.Timestamp = o.Time()
		case "techInfo":
			m.TechInfo = o.Lines(255)
		default:
			o.Unknown()
		}
	}
	if m.Type == "" {
		return nil, o.Lack(ocpp.V16, "type")
	}
	o.Want("timestamp")
	return m, nil
}

// SignCertificate asks for a certificate (security whitepaper §4.5).
type SignCertificate struct {
	CSR string // PEM
}

// Action returns ActionSignCertificate.
func (*SignCertificate) Action() string { return ActionSignCertificate }

// AppendJSON appends the request.
func (m *SignCertificate) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("csr", m.CSR)
	return w.End()
}

func decodeSignCertificate(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(SignCertificate)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "csr":
			m.CSR = o.Lines(5500)
		default:
			o.Unknown()
		}
	}
	if m.CSR == "" {
		return nil, o.Lack(ocpp.V16, "csr")
	}
	return m, nil
}
