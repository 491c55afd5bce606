package v16

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

func securityEvent(m *wire.SecurityEventNotification, e *charging.Event) {
	noted := charging.Noted{
		Kind: charging.NoteSecurityEvent, Time: reading.Time(m.Timestamp), Status: reading.Text(e, "type", m.Type)}
	if m.TechInfo != "" {
		w := ocpp.NewWriter(nil)
		w.Text("techInfo", redact(m.TechInfo))
		noted.Detail = string(w.End())
	}
	e.Body = noted
}

func signCertificate(m *wire.SignCertificate, e *charging.Event) {
	w := ocpp.NewWriter(nil)
	w.Text("csr", ocpp.RedactText(m.CSR)) // it may come with its private key
	e.Body = charging.Noted{Kind: charging.NoteSignCertificate, Detail: string(w.End())}
}

// answerSignCertificate refuses: accepting would promise a certificate, and
// there is no authority that would sign one.
func answerSignCertificate(*wire.SignCertificate, charging.Outcome, Settings) wire.Response {
	return &wire.StatusResponse{Status: "Rejected"}
}
