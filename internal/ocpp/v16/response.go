package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// EmptyResponse answers a call whose response has no members.
type EmptyResponse struct{}

// AppendJSON appends {}.
func (EmptyResponse) AppendJSON(dst []byte) []byte { return append(dst, '{', '}') }

// StatusResponse answers a call whose response is a status alone.
type StatusResponse struct {
	Status string
}

// AppendJSON appends the response.
func (r *StatusResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("status", r.Status)
	return w.End()
}

// DecodeStatusResponse reads a response of which the status alone counts.
func DecodeStatusResponse(payload []byte) (r StatusResponse, err error) {
	err = readResponse(payload, func(o *ocpp.Object) {
		switch o.Name {
		case "status":
			r.Status = o.Text(0)
		default:
			o.Unknown()
		}
	})
	return r, err
}

// readResponse reads an object member by member; member must read one value.
func readResponse(payload []byte, member func(o *ocpp.Object)) error {
	c := ocpp.NewCursor(payload)
	o := c.Object()
	for o.Next() {
		member(&o)
	}
	return c.End()
}
