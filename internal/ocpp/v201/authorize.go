package v201

import "github.com/chargeyard/chargeyard/internal/ocpp"

// Authorize asks whether a token may charge (OCPP 2.0.1 C01), with the
// certificate of its contract where there is one (C07).
type Authorize struct {
	IDToken     IDToken
	Certificate string // chain of the contract certificate, PEM; "" for none
	HashData    []HashData
}

// HashData names a certificate to ask its issuer about (OCPP 2.0.1
// OCSPRequestDataType).
type HashData struct {
	HashAlgorithm  string // SHA256, SHA384 or SHA512
	IssuerNameHash string // hexadecimal
	IssuerKeyHash  string // hexadecimal
	SerialNumber   string // hexadecimal
	ResponderURL   string // "" for none
}

// Action returns ActionAuthorize.
func (*Authorize) Action() string { return ActionAuthorize }

// AppendJSON appends the request.
func (m *Authorize) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Value("idToken", m.IDToken.append)
	w.OptText("certificate", m.Certificate)
	if len(m.HashData) > 0 {
		w.Value("iso15118CertificateHashData", func(dst []byte) []byte {
			return ocpp.AppendList(dst, m.HashData, appendHashData)
		})
	}
	return w.End()
}

func appendHashData(dst []byte, h *HashData) []byte { return h.AppendJSON(dst) }

// AppendJSON appends the names of the certificate.
func (h *HashData) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("hashAlgorithm", h.HashAlgorithm)
	w.Text("issuerNameHash", h.IssuerNameHash)
	w.Text("issuerKeyHash", h.IssuerKeyHash)
	w.Text("serialNumber", h.SerialNumber)
	w.OptText("responderURL", h.ResponderURL)
	return w.End()
}

func decodeAuthorize(r *Reader) (Message, *ocpp.CallError) {
	m := new(Authorize)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "idToken":
			m.IDToken = r.Token(&o)
		case "certificate":
			m.Certificate = o.Lines(10000)
		case "iso15118CertificateHashData":
			for l := o.List(); l.Next(); {
				m.HashData = append(m.HashData, r.HashData(l.Object()))
			}
		case "idTag":
			m.IDToken = IDToken{IDToken: o.Text(maxToken), Set: true}
			r.Odd.AddDetail("unknown-member", o.Name)
		default:
			r.Other(&o)
		}
	}
	if !m.IDToken.Set {
		return nil, o.Lack(ocpp.V201, "idToken")
	}
	return m, nil
}

// HashData reads the names of a certificate.
func (r *Reader) HashData(o ocpp.Object) (h HashData) {
	for o.Next() {
		switch o.Name {
		case "hashAlgorithm":
			h.HashAlgorithm = o.Word(r.words.HashAlgorithm)
		case "issuerNameHash":
			h.IssuerNameHash = o.Text(128)
		case "issuerKeyHash":
			h.IssuerKeyHash = o.Text(128)
		case "serialNumber":
			h.SerialNumber = o.Text(40)
		case "responderURL":
			h.ResponderURL = o.Text(2000)
		default:
			r.Other(&o)
		}
	}
	o.Want("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber")
	return h
}

// The verdicts about the certificate of a contract (OCPP 2.0.1
// AuthorizeCertificateStatusEnumType).
const (
	CertificateAccepted      = "Accepted"
	CertificateSignature     = "SignatureError"
	CertificateExpired       = "CertificateExpired"
	CertificateRevoked       = "CertificateRevoked"
	CertificateNotAvailable  = "NoCertificateAvailable"
	CertificateChainError    = "CertChainError"
	CertificateContractEnded = "ContractCancelled"
)

// AuthorizeResponse answers Authorize.
type AuthorizeResponse struct {
	IDTokenInfo       IDTokenInfo
	CertificateStatus string // "" when there was no certificate
}

// AppendJSON appends the response.
func (r *AuthorizeResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	r.IDTokenInfo.appendTo(&w)
	w.OptText("certificateStatus", r.CertificateStatus)
	return w.End()
}

// DecodeAuthorizeResponse reads the answer to Authorize.
func DecodeAuthorizeResponse(payload []byte) (a AuthorizeResponse, err error) {
	err = readResponse(payload, func(r *Reader, o *ocpp.Object) {
		switch o.Name {
		case "idTokenInfo":
			a.IDTokenInfo = r.tokenInfo(o.Object())
		case "certificateStatus":
			a.CertificateStatus = o.Word(&authorizeCertificateStatusWords)
		default:
			r.Skip()
		}
	})
	return a, err
}
