package v16

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// Authorize asks whether an id tag may charge (OCPP 1.6 §4.1).
type Authorize struct {
	IDTag string // may be ""
}

// Action returns ActionAuthorize.
func (*Authorize) Action() string { return ActionAuthorize }

// AppendJSON appends the request.
func (m *Authorize) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("idTag", m.IDTag)
	return w.End()
}

func decodeAuthorize(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(Authorize)
	text := false
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "idTag":
			text = o.IsText()
			m.IDTag = o.Text(20)
		default:
			o.Unknown()
		}
	}
	// An empty tag is free vending; no tag at all is not.
	if m.IDTag == "" && !text {
		return nil, o.Lack(ocpp.V16, "idTag")
	}
	return m, nil
}

// IDTagInfo is what a charger is told about an id tag (OCPP 1.6 §7.27).
type IDTagInfo struct {
	Status      string
	ExpiryDate  time.Time // zero for none
	ParentIDTag string    // "" for none
}

// appendTo writes the info as the member idTagInfo.
func (i *IDTagInfo) appendTo(w *ocpp.Writer) {
	w.Value("idTagInfo", func(dst []byte) []byte {
		w := ocpp.NewWriter(dst)
		w.OptTime("expiryDate", i.ExpiryDate)
		w.OptText("parentIdTag", i.ParentIDTag)
		w.Text("status", i.Status)
		return w.End()
	})
}

func decodeIDTagInfo(o ocpp.Object) (i IDTagInfo) {
	for o.Next() {
		switch o.Name {
		case "expiryDate":
			i.ExpiryDate = o.Time().T
		case "parentIdTag":
			i.ParentIDTag = o.Text(20)
		case "status":
			i.Status = o.Word(&authorizationWords)
		default:
			o.Unknown()
		}
	}
	return i
}

// AuthorizeResponse answers Authorize.
type AuthorizeResponse struct {
	IDTagInfo IDTagInfo
}

// AppendJSON appends the response.
func (r *AuthorizeResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	r.IDTagInfo.appendTo(&w)
	return w.End()
}

// DecodeAuthorizeResponse reads the answer to Authorize.
func DecodeAuthorizeResponse(payload []byte) (r AuthorizeResponse, err error) {
	err = readResponse(payload, func(o *ocpp.Object) {
		switch o.Name {
		case "idTagInfo":
			r.IDTagInfo = decodeIDTagInfo(o.Object())
		default:
			o.Unknown()
		}
	})
	return r, err
}
