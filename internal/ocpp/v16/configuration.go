package v16

import "github.com/chargeyard/chargeyard/internal/ocpp"

// GetConfiguration asks a charger for its settings (OCPP 1.6 §5.8).
type GetConfiguration struct {
	Key []string // empty for all
}

// Action returns ActionGetConfiguration.
func (*GetConfiguration) Action() string { return ActionGetConfiguration }

// AppendJSON appends the request.
func (m *GetConfiguration) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	if len(m.Key) > 0 {
		w.Value("key", func(dst []byte) []byte { return ocpp.AppendList(dst, m.Key, appendText) })
	}
	return w.End()
}

func appendText(dst []byte, s *string) []byte { return ocpp.AppendString(dst, *s) }

func decodeGetConfiguration(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(GetConfiguration)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "key":
			m.Key = decodeTexts(o.List(), 50)
		default:
			o.Unknown()
		}
	}
	return m, nil
}

func decodeTexts(l ocpp.List, limit int) (texts []string) {
	for l.Next() {
		texts = append(texts, l.Text(limit))
	}
	return texts
}

// KeyValue is one setting of a charger (OCPP 1.6 §7.29).
type KeyValue struct {
	Key      string
	Readonly bool
	Value    string
	HasValue bool // a setting may be without a value
}

// GetConfigurationResponse answers GetConfiguration.
type GetConfigurationResponse struct {
	ConfigurationKey []KeyValue
	UnknownKey       []string
}

// AppendJSON appends the response.
func (r *GetConfigurationResponse) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	if len(r.ConfigurationKey) > 0 {
		w.Value("configurationKey", func(dst []byte) []byte {
			return ocpp.AppendList(dst, r.ConfigurationKey, appendKeyValue)
		})
	}
	if len(r.UnknownKey) > 0 {
		w.Value("unknownKey", func(dst []byte) []byte { return ocpp.AppendList(dst, r.UnknownKey, appendText) })
	}
	return w.End()
}

func appendKeyValue(dst []byte, v *KeyValue) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("key", v.Key)
	w.Bool("readonly", v.Readonly)
	if v.HasValue {
		w.Text("value", v.Value)
	}
	return w.End()
}

// DecodeGetConfigurationResponse reads the answer to GetConfiguration. Either
// list may be absent, and values may be numbers and truth values in quotes.
func DecodeGetConfigurationResponse(payload []byte) (r GetConfigurationResponse, err error) {
	err = readResponse(payload, func(o *ocpp.Object) {
		switch o.Name {
		case "configurationKey":
			l := o.List()
			for l.Next() {
				r.ConfigurationKey = append(r.ConfigurationKey, decodeKeyValue(l.Object()))
			}
		case "unknownKey":
			r.UnknownKey = decodeTexts(o.List(), 50)
		default:
			o.Unknown()
		}
	})
	return r, err
}

func decodeKeyValue(o ocpp.Object) (v KeyValue) {
	for o.Next() {
		switch o.Name {
		case "key":
			v.Key = o.Text(50)
		case "readonly":
			v.Readonly, _ = o.Bool()
		case "value":
			v.HasValue = true
			v.Value = o.Lines(500)
		default:
			o.Unknown()
		}
	}
	return v
}

// ChangeConfiguration asks a charger to change a setting (OCPP 1.6 §5.3).
type ChangeConfiguration struct {
	Key   string
	Value string // may be ""
}

// Action returns ActionChangeConfiguration.
func (*ChangeConfiguration) Action() string { return ActionChangeConfiguration }

// AppendJSON appends the request.
func (m *ChangeConfiguration) AppendJSON(dst []byte) []byte {
	w := ocpp.NewWriter(dst)
	w.Text("key", m.Key)
	w.Text("value", m.Value)
	return w.End()
}

func decodeChangeConfiguration(c *ocpp.Cursor) (Message, *ocpp.CallError) {
	m := new(ChangeConfiguration)
	o := c.Object()
	for o.Next() {
		switch o.Name {
		case "key":
			m.Key = o.Text(50)
		case "value":
			m.Value = o.Lines(500)
		default:
			o.Unknown()
		}
	}
	if m.Key == "" {
		return nil, o.Lack(ocpp.V16, "key")
	}
	o.Want("value")
	return m, nil
}
