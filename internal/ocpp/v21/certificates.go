package v21

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
	"github.com/chargeyard/chargeyard/internal/ocpp/v201"
)

// GetCertificateChainStatus asks for the status of the certificates of a chain
// (OCPP 2.1 M07).
type GetCertificateChainStatus struct {
	Requests []CertificateStatusRequest
}

// CertificateStatusRequest asks about one certificate (OCPP 2.1
// CertificateStatusRequestInfoType).
type CertificateStatusRequest struct {
	HashData v201.HashData // without ResponderURL
	Source   string        // CRL or OCSP, or as sent
	URLs     []string
}

// Action returns ActionGetCertificateChainStatus.
func (*GetCertificateChainStatus) Action() string { return ActionGetCertificateChainStatus }

// AppendJSON appends the request.
func (m *GetCertificateChainStatus) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Value("certificateStatusRequests", func(dst []byte) []byte {
		return ocpp.AppendList(dst, m.Requests, appendStatusRequest)
	})
	return w.End()
}

func appendStatusRequest(dst []byte, q *CertificateStatusRequest) []byte {
	w := ocpp.NewWriter(dst)
	w.Value("certificateHashData", q.HashData.AppendJSON)
	w.Text("source", q.Source)
	w.Value("urls", func(dst []byte) []byte { return ocpp.AppendList(dst, q.URLs, appendText) })
	return w.End()
}

func appendText(dst []byte, s *string) []byte { return ocpp.AppendString(dst, *s) }

// A chain of nothing cannot be answered: the response has an item at least.
func decodeGetCertificateChainStatus(r *v201.Reader) (v201.Message, *ocpp.CallError) {
	m := new(GetCertificateChainStatus)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "certificateStatusRequests":
			for l := o.List(); l.Next(); {
				m.Requests = append(m.Requests, decodeStatusRequest(r, l.Object()))
			}
		default:
			r.Other(&o)
		}
	}
	if len(m.Requests) == 0 {
		return nil, o.Lack(ocpp.V21, "certificateStatusRequests")
	}
	return m, nil
}

func decodeStatusRequest(r *v201.Reader, o ocpp.Object) (q CertificateStatusRequest) {
	for o.Next() {
		switch o.Name {
		case "certificateHashData":
			q.HashData = r.HashData(o.Object())
		case "source":
			q.Source = o.Word(&certificateStatusSourceWords)
		case "urls":
			for l := o.List(); l.Next(); {
				q.URLs = append(q.URLs, l.Text(2000))
			}
		default:
			r.Other(&o)
		}
	}
	o.Want("certificateHashData", "source", "urls")
	return q
}

// The statuses of a certificate (OCPP 2.1 CertificateStatusEnumType).
const (
	StatusGood    = "Good"
	StatusRevoked = "Revoked"
	StatusUnknown = "Unknown"
	StatusFailed  = "Failed"
)

// CertificateChainStatusResponse answers GetCertificateChainStatus.
type CertificateChainStatusResponse struct {
	Statuses []CertificateStatus
}

// CertificateStatus is the status of one certificate (OCPP 2.1
// CertificateStatusType).
type CertificateStatus struct {
	HashData   v201.HashData // without ResponderURL
	Source     string        // CRL or OCSP
	Status     string        // Good, Revoked, Unknown or Failed
	NextUpdate time.Time
}

// AppendJSON appends the response.
func (r *CertificateChainStatusResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Value("certificateStatus", func(dst []byte) []byte {
		return ocpp.AppendList(dst, r.Statuses, appendStatus)
	})
	return w.End()
}

func appendStatus(dst []byte, s *CertificateStatus) []byte {
	w := ocpp.NewWriter(dst)
	w.Value("certificateHashData", s.HashData.AppendJSON)
	w.Text("source", s.Source)
	w.Text("status", s.Status)
	w.Time("nextUpdate", s.NextUpdate)
	return w.End()
}
