package v201

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// BootNotification tells what a charger is, after it started (OCPP 2.0.1 B01).
type BootNotification struct {
	Reason          string // a word of BootReasonEnumType, or as sent; "" when absent
	VendorName      string
	Model           string
	SerialNumber    string
	FirmwareVersion string
	ICCID           string
	IMSI            string
}

// Action returns ActionBootNotification.
func (*BootNotification) Action() string { return ActionBootNotification }

// AppendJSON appends the request.
func (m *BootNotification) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("reason", m.Reason)
	w.Value("chargingStation", func(dst []byte) []byte {
		w := ocpp.NewWriter(dst)
		w.Text("model", m.Model)
		w.Text("vendorName", m.VendorName)
		w.OptText("serialNumber", m.SerialNumber)
		w.OptText("firmwareVersion", m.FirmwareVersion)
		if m.ICCID != "" || m.IMSI != "" {
			w.Value("modem", func(dst []byte) []byte {
				w := ocpp.NewWriter(dst)
				w.OptText("iccid", m.ICCID)
				w.OptText("imsi", m.IMSI)
				return w.End()
			})
		}
		return w.End()
	})
	return w.End()
}

// A boot is accepted without a vendor and a model too: the charger is known by
// its identity.
func decodeBootNotification(r *Reader) (Message, *ocpp.CallError) {
	m := new(BootNotification)
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "reason":
			m.Reason = o.Word(r.words.BootReason)
		case "chargingStation":
			r.chargingStation(o.Object(), m)
		default:
			r.bootOf16(&o, m)
		}
	}
	o.Want("reason", "chargingStation")
	return m, nil
}

func (r *Reader) chargingStation(o ocpp.Object, m *BootNotification) {
	for o.Next() {
		switch o.Name {
		case "model":
			m.Model = o.Text(20)
		case "vendorName":
			m.VendorName = o.Text(50)
		case "serialNumber":
			m.SerialNumber = o.Text(25)
		case "firmwareVersion":
			m.FirmwareVersion = o.Text(50)
		case "modem":
			r.modem(o.Object(), m)
		default:
			r.Other(&o)
		}
	}
	o.Want("model", "vendorName")
}

func (r *Reader) modem(o ocpp.Object, m *BootNotification) {
	for o.Next() {
		switch o.Name {
		case "iccid":
			m.ICCID = o.Text(20)
		case "imsi":
			m.IMSI = o.Text(20)
		default:
			r.Other(&o)
		}
	}
}

// bootOf16 reads what stands in the boot message of 1.6.
func (r *Reader) bootOf16(o *ocpp.Object, m *BootNotification) {
	var to *string
	switch o.Name {
	case "chargePointVendor":
		to = &m.VendorName
	case "chargePointModel":
		to = &m.Model
	case "chargePointSerialNumber", "chargeBoxSerialNumber":
		to = &m.SerialNumber
	case "firmwareVersion":
		to = &m.FirmwareVersion
	case "iccid":
		to = &m.ICCID
	case "imsi":
		to = &m.IMSI
	default:
		r.Other(o)
		return
	}
	r.Odd.AddDetail("unknown-member", o.Name)
	if s := o.Text(50); *to == "" {
		*to = s
	}
}

// The statuses of a registration (OCPP 2.0.1 RegistrationStatusEnumType).
const (
	RegistrationAccepted = "Accepted"
	RegistrationPending  = "Pending"
	RegistrationRejected = "Rejected"
)

// BootNotificationResponse answers BootNotification.
type BootNotificationResponse struct {
	Status      string
	CurrentTime time.Time
	// Interval is the heartbeat interval in seconds when accepted, else the
	// wait before the next boot; 0 leaves it to the charger.
	Interval int64
}

// AppendJSON appends the response.
func (r *BootNotificationResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Time("currentTime", r.CurrentTime)
	w.Int("interval", r.Interval)
	w.Text("status", r.Status)
	return w.End()
}

// DecodeBootNotificationResponse reads the answer to BootNotification.
func DecodeBootNotificationResponse(payload []byte) (b BootNotificationResponse, err error) {
	err = readResponse(payload, func(r *Reader, o *ocpp.Object) {
		switch o.Name {
		case "status":
			b.Status = o.Word(&registrationStatusWords)
		case "currentTime":
			b.CurrentTime = o.Time().T
		case "interval":
			b.Interval = o.Int().V
		default:
			r.Skip()
		}
	})
	return b, err
}

// Heartbeat says that a charger lives (OCPP 2.0.1 G02).
type Heartbeat struct{}

// Action returns ActionHeartbeat.
func (*Heartbeat) Action() string { return ActionHeartbeat }

// AppendJSON appends the request.
func (*Heartbeat) AppendJSON(dst []byte) []byte { return append(dst, '{', '}') }

func decodeHeartbeat(r *Reader) (Message, *ocpp.CallError) {
	o := r.Object()
	for o.Next() {
		r.Other(&o)
	}
	return new(Heartbeat), nil
}

// HeartbeatResponse answers Heartbeat.
type HeartbeatResponse struct {
	CurrentTime time.Time
}

// AppendJSON appends the response.
func (r *HeartbeatResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Time("currentTime", r.CurrentTime)
	return w.End()
}
