package v201

import (
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// Notice is a message that changes nothing that is known of a charger: progress
// of updates and uploads, parts of reports, limits, and the like. What such
// messages have in common is read; the rest stands in Payload.
type Notice struct {
	Name      string   // of the action
	Status    string   // the action's word for how it stands; "" for none
	RequestID ocpp.Int // of our request that it belongs to
	SeqNo     ocpp.Int
	TBC       bool // more parts follow
	EVSEID    ocpp.Int
	Timestamp ocpp.Time
	// Payload is the whole message as JSON. A Notice that is made for writing
	// may leave it "": then it is made of the other members.
	Payload string

	form NoticeForm
}

// NoticeForm says what the members of a notice are called, where that differs
// from status, requestId and timestamp.
type NoticeForm struct {
	Status, Request, Time string
}

// notices are the notices of 2.0.1.
var notices = map[string]NoticeForm{
	ActionClearedChargingLimit:      {Status: "chargingLimitSource"},
	ActionNotifyCustomerInformation: {Time: "generatedAt"},
	ActionNotifyEVChargingSchedule:  {Time: "timeBase"},
	ActionNotifyMonitoringReport:    {Time: "generatedAt"},
	ActionReportChargingProfiles:    {Status: "chargingLimitSource"},
	ActionReservationStatusUpdate:   {Status: "reservationUpdateStatus", Request: "reservationId"},
	ActionSecurityEventNotification: {Status: "type"},
}

func (f NoticeForm) filled() NoticeForm {
	for _, name := range []struct {
		to    *string
		plain string
	}{{&f.Status, "status"}, {&f.Request, "requestId"}, {&f.Time, "timestamp"}} {
		if *name.to == "" {
			*name.to = name.plain
		}
	}
	return f
}

// Action returns the action's name.
func (m *Notice) Action() string { return m.Name }

// AppendJSON appends the request.
func (m *Notice) AppendJSON(dst []byte) []byte {
	if m.Payload != "" {
		return append(dst, m.Payload...)
	}
	form := m.form
	if form == (NoticeForm{}) {
		form = notices[m.Name].filled()
	}
	w := ocpp.NewWriter(dst)
	w.OptText(form.Status, m.Status)
	w.OptInt(form.Request, m.RequestID)
	w.OptInt("seqNo", m.SeqNo)
	if m.TBC {
		w.Bool("tbc", true)
	}
	w.OptInt("evseId", m.EVSEID)
	w.OptTime(form.Time, m.Timestamp.T)
	return w.End()
}

// noticeDecoder returns the decoder of a notice. Nothing makes it refuse one:
// whatever is missing, the answer says nothing about it.
func (v *Codec) noticeDecoder(row *ocpp.Action) Decoder {
	form, own := v.Notices[row.Name]
	if !own {
		form = notices[row.Name]
	}
	form = form.filled()
	return func(r *Reader) (Message, *ocpp.CallError) {
		m := &Notice{Name: row.Name, form: form}
		mark := r.Mark()
		o := r.Object()
		var had []string
		for o.Next() {
			had = append(had, o.Name)
			r.noticed(&o, m, row)
		}
		m.Payload = r.Since(mark)
		if !strings.HasPrefix(m.Payload, "{") {
			m.Payload = ""
		}
		r.wantMembers(row, had)
		return m, nil
	}
}

// noticed reads one member of a notice.
func (r *Reader) noticed(o *ocpp.Object, m *Notice, row *ocpp.Action) {
	member := memberOf(row, o.Name)
	if member == nil {
		r.Other(o)
		return
	}
	switch o.Name {
	case m.form.Status:
		if member.Kind != ocpp.KindText {
			r.Skip()
			return
		}
		m.Status = r.status(o, member)
	case m.form.Request:
		m.RequestID = o.Int()
	case m.form.Time:
		m.Timestamp = o.Time()
	case "seqNo":
		m.SeqNo = o.Int()
	case "tbc":
		m.TBC = r.flag(o)
	case "evseId":
		m.EVSEID = o.Int()
	default:
		r.Skip()
	}
}

// status reads the word of a notice by the message table's list.
func (r *Reader) status(o *ocpp.Object, member *ocpp.Member) string {
	if member.Enum == nil {
		return o.Text(member.MaxLength)
	}
	return o.Word(&ocpp.Words{Oddity: "unknown-status", List: member.Enum})
}

func memberOf(row *ocpp.Action, name string) *ocpp.Member {
	for i := range row.Request {
		if row.Request[i].Name == name {
			return &row.Request[i]
		}
	}
	return nil
}

// wantMembers lists each of the members that was not there.
func (r *Reader) wantMembers(row *ocpp.Action, had []string) {
	for i := range row.Request {
		if m := &row.Request[i]; m.Required && !slices.Contains(had, m.Name) {
			r.Odd.AddDetail("missing-member", m.Name)
		}
	}
}
