package v201

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

func signCertificate(m *wire.SignCertificate, e *charging.Event) {
	w := ocpp.NewWriter(nil)
	w.Text("csr", ocpp.RedactText(m.CSR)) // it may come with its private key
	w.OptText("certificateType", m.CertificateType)
	e.Body = charging.Noted{Kind: charging.NoteSignCertificate, RequestID: m.RequestID.V,
		Status: reading.Text(e, "certificateType", m.CertificateType), Detail: string(w.End())}
}

// The statuses of answers.
const (
	statusAccepted = "Accepted"
	statusRejected = "Rejected"
	statusFailed   = "Failed"
)

// Reasons for what we refuse; OCPP allows 20 characters.
const (
	reasonNoAuthority = "NoCertificateAuth"
	reasonNoStatus    = "NoStatus"
	reasonNoContract  = "NoContractAuthority"
)

// answerSignCertificate refuses where nothing will be signed: accepting would
// promise a certificate.
func answerSignCertificate(_ *wire.SignCertificate, _ charging.Outcome, s Settings) wire.Response {
	if s.CanSign {
		return &wire.StatusResponse{Status: statusAccepted}
	}
	return &wire.StatusResponse{Status: statusRejected, StatusInfo: wire.StatusInfo{
		ReasonCode: reasonNoAuthority, AdditionalInfo: "No certificate authority signs such certificates here."}}
}

// useCharger is what a request without a use asks for (OCPP 2.0.1 A02).
const useCharger = "ChargingStationCertificate"

// CSROf returns the certificate request in a message: the PEM, what the
// certificate is for, and the request's own id (2.1; 0 for none). csr is "" for
// any other message.
func CSROf(m wire.Message) (csr, use string, requestID int64) {
	s, ok := m.(*wire.SignCertificate)
	if !ok {
		return "", "", 0
	}
	use = s.CertificateType
	if use == "" {
		use = useCharger
	}
	return s.CSR, use, s.RequestID.V
}

func certificateStatus(m *wire.GetCertificateStatus, e *charging.Event) {
	e.Body = charging.Noted{Kind: charging.NoteCertificateStatus, Detail: Detail(string(m.AppendJSON(nil)))}
}

// OCSPRequestOf returns the certificate whose status a message asks for; nil for
// any other message.
func OCSPRequestOf(m wire.Message) *wire.HashData {
	if q, ok := m.(*wire.GetCertificateStatus); ok {
		return &q.OCSPRequestData
	}
	return nil
}

// How long the parts of certificate answers may be, in 2.0.1 and in 2.1.
const (
	maxOCSPResult, maxLongOCSPResult   = 5500, 18000
	maxEXIResponse, maxLongEXIResponse = 5600, 17000
)

func answerCertificateStatus(_ *wire.GetCertificateStatus, _ charging.Outcome, s Settings) wire.Response {
	limit := maxOCSPResult
	if s.long() {
		limit = maxLongOCSPResult
	}
	if s.OCSPResult == "" || len(s.OCSPResult) > limit {
		return &wire.CertificateStatusResponse{Status: statusFailed, StatusInfo: wire.StatusInfo{
			ReasonCode: reasonNoStatus, AdditionalInfo: "The certificate's responder gave no usable answer."}}
	}
	return &wire.CertificateStatusResponse{Status: statusAccepted, OCSPResult: s.OCSPResult}
}

func evCertificate(m *wire.Get15118EVCertificate, e *charging.Event) {
	e.Body = charging.Noted{Kind: charging.NoteContractCertificate,
		Status: reading.Text(e, "action", m.CertificateAction), Detail: Detail(m.Payload)}
}

func answerEVCertificate(_ *wire.Get15118EVCertificate, _ charging.Outcome, s Settings) wire.Response {
	limit := maxEXIResponse
	if s.long() {
		limit = maxLongEXIResponse
	}
	if s.EVCertificate == "" || len(s.EVCertificate) > limit {
		return &wire.EVCertificateResponse{Status: statusFailed, StatusInfo: wire.StatusInfo{
			ReasonCode: reasonNoContract, AdditionalInfo: "No authority for contract certificates is connected."}}
	}
	return &wire.EVCertificateResponse{Status: statusAccepted, EXIResponse: s.EVCertificate}
}
