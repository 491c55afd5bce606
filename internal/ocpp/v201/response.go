package v201

import (
	"strconv"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// EmptyResponse answers a call whose response has no members.
type EmptyResponse struct{}

// AppendJSON appends {}.
func (EmptyResponse) AppendJSON(dst []byte) []byte { return append(dst, '{', '}') }

// StatusInfo says more about a status (OCPP 2.0.1 StatusInfoType). It is
// written if its ReasonCode is not "".
type StatusInfo struct {
	ReasonCode     string // at most 20 characters
	AdditionalInfo string // at most 512 characters
}

// AppendTo writes the info as the member statusInfo, if there is one.
func (i *StatusInfo) AppendTo(w *ocpp.Writer) {
	if i.ReasonCode == "" {
		return
	}
	w.Value("statusInfo", i.append)
}

func (i *StatusInfo) append(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("reasonCode", i.ReasonCode)
	w.OptText("additionalInfo", i.AdditionalInfo)
	return w.End()
}

// StatusResponse answers a call whose response is a status.
type StatusResponse struct {
	Status     string
	StatusInfo StatusInfo
}

// AppendJSON appends the response.
func (r *StatusResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("status", r.Status)
	r.StatusInfo.AppendTo(&w)
	return w.End()
}

// DecodeStatusResponse reads a response of which the status alone counts.
func DecodeStatusResponse(payload []byte) (s StatusResponse, err error) {
	err = readResponse(payload, func(r *Reader, o *ocpp.Object) {
		switch o.Name {
		case "status":
			s.Status = o.Text(0)
		case "statusInfo":
			s.StatusInfo = r.statusInfo(o.Object())
		default:
			r.Skip()
		}
	})
	return s, err
}

func (r *Reader) statusInfo(o ocpp.Object) (i StatusInfo) {
	for o.Next() {
		switch o.Name {
		case "reasonCode":
			i.ReasonCode = o.Text(20)
		case "additionalInfo":
			i.AdditionalInfo = o.Lines(1024)
		default:
			r.Other(&o)
		}
	}
	return i
}

// readResponse reads an object member by member; member must read one value.
func readResponse(payload []byte, member func(r *Reader, o *ocpp.Object)) error {
	r := Reader{Cursor: ocpp.NewCursor(payload), words: &words201}
	o := r.Object()
	for o.Next() {
		member(&r, &o)
	}
	return r.End()
}

// appendThousandths appends n thousandths as a decimal without needless zeros.
func appendThousandths(dst []byte, n int64) []byte {
	u := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		u = -u
	}
	dst = strconv.AppendUint(dst, u/1000, 10)
	rest := u % 1000
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.', byte('0'+rest/100))
	if rest%100 == 0 {
		return dst
	}
	dst = append(dst, byte('0'+rest/10%10))
	if rest%10 == 0 {
		return dst
	}
	return append(dst, byte('0'+rest%10))
}
