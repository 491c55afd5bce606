package v201

import "github.com/chargeyard/chargeyard/internal/ocpp"

// SignCertificate asks for a certificate (OCPP 2.0.1 A02).
type SignCertificate struct {
	CSR             string // PEM; never ""
	CertificateType string // a word of CertificateSigningUseEnumType, or as sent; "" when absent

	// What only 2.1 has.
	RequestID           ocpp.Int
	HashRootCertificate string // JSON; "" for none
}

// Action returns ActionSignCertificate.
func (*SignCertificate) Action() string { return ActionSignCertificate }

// AppendJSON appends the request.
func (m *SignCertificate) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("csr", m.CSR)
	w.OptText("certificateType", m.CertificateType)
	w.OptInt("requestId", m.RequestID)
	optRaw(&w, "hashRootCertificate", m.HashRootCertificate)
	return w.End()
}

func decodeSignCertificate(r *Reader) (Message, *ocpp.CallError) {
	m := new(SignCertificate)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "csr":
			m.CSR = o.Lines(5500)
		case "certificateType":
			m.CertificateType = o.Word(r.words.SigningUse)
		case "requestId":
			m.RequestID = o.Int()
		case "hashRootCertificate":
			m.HashRootCertificate = o.Raw()
		default:
			r.Other(&o)
		}
	}
	if m.CSR == "" {
		return nil, o.Lack(ocpp.V201, "csr")
	}
	return m, nil
}

// GetCertificateStatus asks for the OCSP response about a certificate (OCPP
// 2.0.1 M06).
type GetCertificateStatus struct {
	OCSPRequestData HashData
}

// Action returns ActionGetCertificateStatus.
func (*GetCertificateStatus) Action() string { return ActionGetCertificateStatus }

// AppendJSON appends the request.
func (m *GetCertificateStatus) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Value("ocspRequestData", m.OCSPRequestData.AppendJSON)
	return w.End()
}

// Whatever is missing, the answer can be that the status is not known.
func decodeGetCertificateStatus(r *Reader) (Message, *ocpp.CallError) {
	m := new(GetCertificateStatus)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "ocspRequestData":
			m.OCSPRequestData = r.HashData(o.Object())
		default:
			r.Other(&o)
		}
	}
	o.Want("ocspRequestData")
	return m, nil
}

// Get15118EVCertificate asks for the contract certificate of a vehicle (OCPP
// 2.0.1 M01, M02).
type Get15118EVCertificate struct {
	SchemaVersion     string
	CertificateAction string // Install or Update, or as sent
	EXIRequest        string // base64
	// Payload is the message as sent, as JSON. It is not written.
	Payload string
}

// Action returns ActionGet15118EVCertificate.
func (*Get15118EVCertificate) Action() string { return ActionGet15118EVCertificate }

// AppendJSON appends the request.
func (m *Get15118EVCertificate) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("iso15118SchemaVersion", m.SchemaVersion)
	w.Text("action", m.CertificateAction)
	w.Text("exiRequest", m.EXIRequest)
	return w.End()
}

func decodeGet15118EVCertificate(r *Reader) (Message, *ocpp.CallError) {
	m := new(Get15118EVCertificate)
	mark := r.Mark()
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "iso15118SchemaVersion":
			m.SchemaVersion = o.Text(50)
		case "action":
			m.CertificateAction = o.Word(r.words.CertificateAction)
		case "exiRequest":
			m.EXIRequest = o.Text(11000)
		case "maximumContractCertificateChains", "prioritizedEMAIDs":
			r.Skip()
		default:
			r.Other(&o)
		}
	}
	m.Payload = r.Since(mark)
	o.Want("iso15118SchemaVersion", "action", "exiRequest")
	return m, nil
}

// CertificateStatusResponse answers GetCertificateStatus.
type CertificateStatusResponse struct {
	Status     string // Accepted or Failed
	StatusInfo StatusInfo
	OCSPResult string // DER in base64; "" for none
}

// AppendJSON appends the response.
func (r *CertificateStatusResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("status", r.Status)
	r.StatusInfo.AppendTo(&w)
	w.OptText("ocspResult", r.OCSPResult)
	return w.End()
}

// EVCertificateResponse answers Get15118EVCertificate.
type EVCertificateResponse struct {
	Status      string // Accepted or Failed
	StatusInfo  StatusInfo
	EXIResponse string // base64; "" when it failed
}

// AppendJSON appends the response.
func (r *EVCertificateResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("status", r.Status)
	r.StatusInfo.AppendTo(&w)
	w.Text("exiResponse", r.EXIResponse)
	return w.End()
}
