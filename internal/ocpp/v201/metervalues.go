package v201

import (
	"encoding/json"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// MeterValues carries samples of an EVSE's meter outside of transactions, or of
// the charger's main meter as EVSE 0 (OCPP 2.0.1 J01).
type MeterValues struct {
	EVSEID     ocpp.Int
	MeterValue []MeterValue
	// TransactionID is no member of 2.x, but chargers that were built for 1.6
	// send it. It is not written.
	TransactionID ocpp.Int
}

// MeterValue is a set of samples taken at one time (OCPP 2.0.1 MeterValueType).
type MeterValue struct {
	Timestamp    ocpp.Time
	SampledValue []SampledValue
}

// SampledValue is one sample (OCPP 2.0.1 SampledValueType). A word is one of the
// specification's list, or as sent; "" when absent.
type SampledValue struct {
	Value      string // a decimal number
	Context    string
	Measurand  string
	Phase      string
	Location   string
	Unit       string   // "" is the measurand's own
	Multiplier ocpp.Int // the power of ten that Value counts in
	// Signed is the signed meter value beside it, as JSON; "" for none.
	Signed string
	// Raw is the sample as sent, as JSON. It is not written.
	Raw string
}

// Action returns ActionMeterValues.
func (*MeterValues) Action() string { return ActionMeterValues }

// AppendJSON appends the request.
func (m *MeterValues) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Int("evseId", m.EVSEID.V)
	w.Value("meterValue", func(dst []byte) []byte { return ocpp.AppendList(dst, m.MeterValue, appendMeterValue) })
	return w.End()
}

func appendMeterValue(dst []byte, v *MeterValue) []byte {
	w := ocpp.NewWriter(dst)
	w.Time("timestamp", v.Timestamp.T)
	w.Value("sampledValue", func(dst []byte) []byte { return ocpp.AppendList(dst, v.SampledValue, appendSampledValue) })
	return w.End()
}

func appendSampledValue(dst []byte, v *SampledValue) []byte {
	w := ocpp.NewWriter(dst)
	w.Value("value", func(dst []byte) []byte { return appendNumber(dst, v.Value) })
	w.OptText("context", v.Context)
	w.OptText("measurand", v.Measurand)
	w.OptText("phase", v.Phase)
	w.OptText("location", v.Location)
	optRaw(&w, "signedMeterValue", v.Signed)
	if v.Unit != "" || v.Multiplier.Set {
		w.Value("unitOfMeasure", func(dst []byte) []byte {
			w := ocpp.NewWriter(dst)
			w.OptText("unit", v.Unit)
			w.OptInt("multiplier", v.Multiplier)
			return w.End()
		})
	}
	return w.End()
}

// appendNumber writes a number that is kept as text; what is no number of JSON
// becomes 0.
func appendNumber(dst []byte, s string) []byte {
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') || !json.Valid([]byte(s)) {
		return append(dst, '0')
	}
	return append(dst, s...)
}

func decodeMeterValues(r *Reader) (Message, *ocpp.CallError) {
	m := new(MeterValues)
	connector := ocpp.Int{}
	o := r.Object()
	for o.Next() {
		switch o.Name {
		case "evseId":
			m.EVSEID = o.Int()
		case "meterValue":
			m.MeterValue = r.meterValues(o.List())
		case "connectorId":
			connector = o.Int()
			r.Odd.AddDetail("unknown-member", o.Name)
		case "transactionId":
			m.TransactionID = o.Int()
			r.Odd.AddDetail("unknown-member", o.Name)
		default:
			r.Other(&o)
		}
	}
	o.Want("evseId", "meterValue")
	if !m.EVSEID.Set {
		m.EVSEID = connector
	}
	return m, nil
}

// maxGuess bounds the memory that is set aside before anything is read.
const maxGuess = 256

// meterValues reads a list of meter values; all their samples stand in one
// slice.
func (r *Reader) meterValues(l ocpp.List) []MeterValue {
	// Most samples hold a second object, their unit.
	samples := make([]SampledValue, 0, min(r.CountObjects()/2, maxGuess))
	values := make([]MeterValue, 0, 1)
	for l.Next() {
		var v MeterValue
		first := len(samples)
		o := l.Object()
		for o.Next() {
			switch o.Name {
			case "timestamp":
				v.Timestamp = o.Time()
			case "sampledValue":
				s := o.List()
				for s.Next() {
					mark := r.Mark()
					sample := r.sampledValue(s.Object())
					sample.Raw = r.Since(mark)
					samples = append(samples, sample)
				}
			default:
				r.Other(&o)
			}
		}
		o.Want("timestamp", "sampledValue")
		// Should samples move to a longer slice later, this part stays valid.
		v.SampledValue = samples[first:len(samples):len(samples)]
		values = append(values, v)
	}
	return values
}

func (r *Reader) sampledValue(o ocpp.Object) (v SampledValue) {
	for o.Next() {
		switch o.Name {
		case "value":
			v.Value = r.digits(&o)
		case "context":
			v.Context = o.Word(r.words.Context)
		case "measurand":
			v.Measurand = o.Word(r.words.Measurand)
		case "phase":
			v.Phase = o.Word(r.words.Phase)
		case "location":
			v.Location = o.Word(r.words.Location)
		case "signedMeterValue":
			v.Signed = o.Raw()
		case "unitOfMeasure":
			r.unit(&o, &v)
		case "unit":
			r.Odd.AddDetail("unknown-member", o.Name)
			v.Unit = o.Text(20)
		default:
			r.Other(&o)
		}
	}
	o.Want("value")
	return v
}

// unit reads the unit of a sample. A text in its place is the unit's name.
func (r *Reader) unit(o *ocpp.Object, v *SampledValue) {
	if o.IsText() {
		r.Odd.AddDetail("not-an-object", o.Name)
		v.Unit = o.Text(20)
		return
	}
	in := o.Object()
	for in.Next() {
		switch in.Name {
		case "unit":
			v.Unit = in.Text(20)
		case "multiplier":
			v.Multiplier = in.Int()
		default:
			r.Other(&in)
		}
	}
}
