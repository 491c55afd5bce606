package v16

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// BootNotification tells what a charger is, after it started (OCPP 1.6 §4.2).
type BootNotification struct {
	ChargePointVendor       string
	ChargePointModel        string
	ChargePointSerialNumber string
	ChargeBoxSerialNumber   string
	FirmwareVersion         string
	ICCID                   string
	IMSI                    string
	MeterType               string
	MeterSerialNumber       string
}

// Action returns ActionBootNotification.
func (*BootNotification) Action() string { return ActionBootNotification }

// AppendJSON appends the request.
func (m *BootNotification) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("chargePointVendor", m.ChargePointVendor)
	w.Text("chargePointModel", m.ChargePointModel)
	w.OptText("chargePointSerialNumber", m.ChargePointSerialNumber)
	w.OptText("chargeBoxSerialNumber", m.ChargeBoxSerialNumber)
	w.OptText("firmwareVersion", m.FirmwareVersion)
	w.OptText("iccid", m.ICCID)
	w.OptText("imsi", m.IMSI)
	w.OptText("meterType", m.MeterType)
	w.OptText("meterSerialNumber", m.MeterSerialNumber)
	return w.End()
}

// A boot is accepted without a vendor and a model too: the charger is known by
// its identity.
func decodeBootNotification(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(BootNotification)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "chargePointVendor":
			m.ChargePointVendor = o.Text(20)
		case "chargePointModel":
			m.ChargePointModel = o.Text(20)
		case "chargePointSerialNumber":
			m.ChargePointSerialNumber = o.Text(25)
		case "chargeBoxSerialNumber":
			m.ChargeBoxSerialNumber = o.Text(25)
		case "firmwareVersion":
			m.FirmwareVersion = o.Text(50)
		case "iccid":
			m.ICCID = o.Text(20)
		case "imsi":
			m.IMSI = o.Text(20)
		case "meterType":
			m.MeterType = o.Text(25)
		case "meterSerialNumber":
			m.MeterSerialNumber = o.Text(25)
		default:
			o.Unknown()
		}
	}
	o.Want("chargePointVendor", "chargePointModel")
	return m, nil
}

// The statuses of a registration (OCPP 1.6 §7.35).
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
	w.Text("status", r.Status)
	w.Time("currentTime", r.CurrentTime)
	w.Int("interval", r.Interval)
	return w.End()
}

// DecodeBootNotificationResponse reads the answer to BootNotification.
func DecodeBootNotificationResponse(payload []byte) (r BootNotificationResponse, err error) {
	err = readResponse(payload, func(o *ocpp.Object) {
		switch o.Name {
		case "status":
			r.Status = o.Word(&registrationWords)
		case "currentTime":
			r.CurrentTime = o.Time().T
		case "interval":
			r.Interval = o.Int().V
		default:
			o.Unknown()
		}
	})
	return r, err
}

// Heartbeat says that a charger lives (OCPP 1.6 §4.6).
type Heartbeat struct{}

// Action returns ActionHeartbeat.
func (*Heartbeat) Action() string { return ActionHeartbeat }

// AppendJSON appends the request.
func (*Heartbeat) AppendJSON(dst []byte) []byte { return append(dst, '{', '}') }

func decodeHeartbeat(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	o := c.Object()
	for o.Next() {
		o.Unknown()
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
