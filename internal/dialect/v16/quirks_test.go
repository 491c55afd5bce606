package v16

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// quirk is one thing that real chargers did, a line of testdata/quirks.jsonl.
type quirk struct {
	Source string `json:"source"` // where it was reported
	About  string `json:"about"`
	Frame  string `json:"frame,omitempty"` // what the charger sent
	// Left says why a quirk has no frame here: it is tested in another room.
	Left string  `json:"left,omitempty"`
	Want *wanted `json:"want,omitempty"`
}

// wanted is what becomes of a frame; see observe.
type wanted struct {
	Event    []string `json:"event,omitempty"` // the event, and a line for each reading
	Oddities []string `json:"oddities,omitempty"`
	Answer   string   `json:"answer,omitempty"` // the frame that answers
	Result   string   `json:"result,omitempty"` // what a frame says that is no call
	Failure  string   `json:"failure,omitempty"`
}

func TestQuirksOfRealChargers(t *testing.T) {
	file, err := os.Open("testdata/quirks.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		n++
		var q quirk
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&q); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		switch {
		case q.Source == "" || q.About == "":
			t.Errorf("line %d: source and about must be there", n)
		case (q.Left == "") == (q.Frame == ""):
			t.Errorf("line %d (%s): either a frame, or why it was left", n, q.Source)
		case q.Left == "":
			t.Run(fmt.Sprintf("%d %s", n, q.Source), func(t *testing.T) {
				if diff := cmp.Diff(q.Want, observe(t, q.Frame)); diff != "" {
					t.Errorf("%s\n%s\n(-want +got):\n%s", q.About, q.Frame, diff)
				}
			})
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatal("there are no quirks")
	}
}

var (
	received = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	accepted = charging.Outcome{TransactionID: 77, Tag: charging.TagDecision{Status: charging.TagAccepted}, HasTag: true}
	settings = Settings{Now: received, HeartbeatInterval: 5 * time.Minute}
)

// observe sends a frame the way that a charger's frames go.
func observe(t *testing.T, frame string) *wanted {
	t.Helper()
	f, err := ocpp.ParseFrame([]byte(frame))
	var broken *ocpp.FrameError
	switch {
	case errors.As(err, &broken):
		return &wanted{Failure: fmt.Sprintf("type %d: %v", broken.Type, err)}
	case err != nil:
		t.Fatal(err)
	case f.Type == ocpp.CallErrorReply, f.Type == ocpp.CallResultError:
		problem, _ := ocpp.ParseErrorCode(f.Code)
		return &wanted{Oddities: f.Oddities, Result: string(problem.Code(ocpp.V16)) + " for " + f.ID}
	case f.Type == ocpp.CallResult:
		return observeResult(f)
	}
	m, odd, fault := wire.Decode(f.Action, f.Payload)
	if fault != nil {
		return &wanted{Oddities: odd, Answer: string(ocpp.AppendCallError(nil, f.RawID, fault.Code, fault.Description))}
	}
	e := Translate(m, charging.Event{MessageID: f.ID, Received: received, Oddities: append(f.Oddities, odd...)})
	answer := Answer(m, accepted, settings).AppendJSON(nil)
	if fault := ocpp.Check(ocpp.V16, wire.Table.Action(m.Action()).Response, answer); fault != nil {
		t.Errorf("the answer %s is not as the schema has it: %v", answer, fault)
	}
	return &wanted{Event: describe(e.Body), Oddities: e.Oddities, Answer: string(ocpp.AppendCallResult(nil, f.RawID, answer))}
}

func observeResult(f ocpp.Frame) *wanted {
	if bytes.Contains(f.Payload, []byte(`"status"`)) {
		r, err := wire.DecodeStatusResponse(f.Payload)
		if err != nil {
			return &wanted{Failure: err.Error()}
		}
		return &wanted{Result: "status " + r.Status}
	}
	r, err := wire.DecodeGetConfigurationResponse(f.Payload)
	if err != nil {
		return &wanted{Failure: err.Error()}
	}
	var b strings.Builder
	for _, k := range r.ConfigurationKey {
		fmt.Fprintf(&b, "%s=%q readonly=%v; ", k.Key, k.Value, k.Readonly)
	}
	fmt.Fprintf(&b, "unknown %q", r.UnknownKey)
	return &wanted{Result: b.String()}
}

// describe writes an event in words: its kind and what is not zero.
func describe(body charging.Body) []string {
	d := &description{}
	switch b := body.(type) {
	case nil:
		return nil
	case charging.Booted:
		d.start("Booted")
		d.text("manufacturer", b.Manufacturer)
		d.text("model", b.Model)
		d.text("serial", b.SerialNumber)
		d.text("firmware", b.Firmware)
		d.text("iccid", b.ICCID)
		d.text("imsi", b.IMSI)
		d.text("meter", b.MeterType)
		d.text("meterSerial", b.MeterSerial)
	case charging.PortStatusReported:
		d.start("PortStatusReported")
		d.text("port", b.Port, "status", b.Status, "error", b.ErrorCode)
		d.time(b.Time)
		d.text("vendorError", b.VendorErrorCode)
		d.text("vendor", b.VendorID)
		d.text("info", b.Info)
	case charging.SessionStarted:
		d.start("SessionStarted")
		d.text("port", b.Port, "tag", b.Tag)
		d.milli("meter", b.MeterStart, b.HasMeterStart)
		d.time(b.Time)
		if b.Reservation != 0 {
			d.text("reservation", b.Reservation)
		}
	case charging.SessionStopped:
		d.start("SessionStopped")
		d.known("transaction", b.TransactionID, b.TransactionKnown)
		d.text("port", b.Port, "tag", b.Tag, "reason", b.Reason)
		d.milli("meter", b.MeterStop, b.HasMeter)
		d.time(b.Time)
		d.readings(b.Readings)
	case charging.MetersReported:
		d.start("MetersReported")
		d.text("port", b.Port)
		d.known("transaction", b.TransactionID, b.TransactionKnown)
		d.readings(b.Readings)
	case charging.TagPresented:
		d.start("TagPresented")
		d.text("tag", b.Tag)
	case charging.Noted:
		d.start("Noted")
		d.text("kind", b.Kind)
		d.text("status", b.Status)
		d.time(b.Time)
		d.text("detail", b.Detail)
	default:
		return []string{fmt.Sprintf("%T", body)}
	}
	return d.lines
}

type description struct{ lines []string }

func (d *description) start(kind string) { d.lines = append(d.lines, kind) }

// text adds names and values; those that are "" are left out.
func (d *description) text(pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		if v := fmt.Sprint(pairs[i+1]); v != "" {
			d.lines[len(d.lines)-1] += fmt.Sprintf(" %s=%s", pairs[i], v)
		}
	}
}

func (d *description) time(t charging.Timestamp) {
	switch {
	case !t.Parsed.IsZero():
		d.text("time", t.Parsed.Format(time.RFC3339Nano))
	case t.Written != "":
		d.text("unreadable", t.Written)
	}
}

func (d *description) milli(name string, v charging.Milli, ok bool) {
	if ok {
		d.text(name, string(charging.AppendThousandths(nil, int64(v))))
	}
}

func (d *description) known(name string, id int64, ok bool) {
	if ok {
		d.text(name, id)
	}
}

func (d *description) readings(list []charging.Reading) {
	for _, r := range list {
		d.start(fmt.Sprint(r.Group))
		d.lines[len(d.lines)-1] += " " + strings.TrimSuffix(r.Measurand.String()+"/"+r.Phase.String(), "/")
		d.milli("value", r.Value, r.Valid)
		d.text("location", r.Location)
		d.text("context", r.Context)
		d.time(r.Time)
		d.text("raw", r.Raw)
	}
}
