package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// MeterValues carries samples of a connector's meter, or of the charger's main
// meter as connector 0 (OCPP 1.6 §4.7).
type MeterValues struct {
	ConnectorID   ocpp.Int
	TransactionID ocpp.Int
	MeterValue    []MeterValue
}

// MeterValue is a set of samples taken at one time (OCPP 1.6 §7.33).
type MeterValue struct {
	Timestamp    ocpp.Time
	SampledValue []SampledValue
}

// SampledValue is one sample (OCPP 1.6 §7.43). A word is one of the
// specification's list, or as sent; "" when absent.
type SampledValue struct {
	Value     string
	Context   string
	Format    string
	Measurand string
	Phase     string
	Location  string
	Unit      string
	// Raw is the sample as sent, as JSON. It is not written.
	Raw string
}

// Action returns ActionMeterValues.
func (*MeterValues) Action() string { return ActionMeterValues }

// AppendJSON appends the request.
func (m *MeterValues) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Int("connectorId", m.ConnectorID.V)
	w.OptInt("transactionId", m.TransactionID)
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
	w.Text("value", v.Value)
	w.OptText("context", v.Context)
	w.OptText("format", v.Format)
	w.OptText("measurand", v.Measurand)
	w.OptText("phase", v.Phase)
	w.OptText("location", v.Location)
	w.OptText("unit", v.Unit)
	return w.End()
}

func decodeMeterValues(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(MeterValues)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "connectorId":
			m.ConnectorID = o.Int()
		case "transactionId":
			m.TransactionID = o.Int()
		case "meterValue":
			m.MeterValue = decodeMeterValueList(c, o.List())
		default:
			o.Unknown()
		}
	}
	o.Want("connectorId", "meterValue")
	return m, nil
}

// maxGuess bounds the memory that is set aside before anything is read.
const maxGuess = 256

// decodeMeterValueList reads a list of meter values; all their samples stand
// in one slice.
func decodeMeterValueList(c *ocpp.Cursor, l ocpp.List) []MeterValue {
	// One object is the message and at least one a meter value.
	samples := make([]SampledValue, 0, max(0, min(c.CountObjects()-2, maxGuess)))
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
					mark := c.Mark()
					sample := decodeSampledValue(s.Object())
					sample.Raw = c.Since(mark)
					samples = append(samples, sample)
				}
			default:
				o.Unknown()
			}
		}
		o.Want("timestamp", "sampledValue")
		// Should samples move to a longer slice later, this part stays valid.
		v.SampledValue = samples[first:len(samples):len(samples)]
		values = append(values, v)
	}
	return values
}

func decodeSampledValue(o ocpp.Object) (v SampledValue) {
	for o.Next() {
		switch o.Name {
		case "value":
			v.Value = o.Lines(0)
		case "context":
			v.Context = o.Word(&contextWords)
		case "format":
			v.Format = o.Word(&formatWords)
		case "measurand":
			v.Measurand = o.Word(&measurandWords)
		case "phase":
			v.Phase = o.Word(&phaseWords)
		case "location":
			v.Location = o.Word(&locationWords)
		case "unit":
			v.Unit = o.Word(&unitWords)
		default:
			o.Unknown()
		}
	}
	o.Want("value")
	return v
}
