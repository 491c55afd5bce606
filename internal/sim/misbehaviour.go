package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

// Misbehaviour is a way in which real chargers differ from the specification.
type Misbehaviour struct {
	// Name is what it is asked for by, What says what it does, in one line.
	Name, What string

	flags flags
	// payload changes what a call of the charger says.
	payload func(action string, v object)
	// id changes the id of a call.
	id func(id string) string
	// text changes the whole frame of a call.
	text func(frame []byte) []byte
	// answer changes the answer to a call of the server; nil keeps silent.
	answer func(f *ocpp.Frame, frame []byte) []byte
	// shake changes how the connection is opened.
	shake func(u *upgrade)
	// tag changes a card that is shown.
	tag func(tag string) string
}

// flags are misbehaviours that the charger's own code knows.
type flags uint64

const (
	endsAtZero   flags = 1 << iota // a limit of 0 ends the session
	neverBoots                     // BootNotification is never said
	bootsAgain                     // BootNotification is said every few seconds
	floods                         // heartbeats come ten times a second
	mutePong                       // pings are not answered
	dropsOff                       // the connection ends without a close frame, again and again
	resetsOff                      // it ends with a TCP reset
	closesBadly                    // it ends with a malformed close frame
	twoSockets                     // a second connection is opened while the first stands
	halfOpen                       // the connection stands, and nothing passes any more
	chatters                       // answers are sent that nobody asked for
	answersLate                    // answers come after half a minute
	sendsTwice                     // messages of sessions are sent twice, with one id
	sendsAgain                     // messages of sessions are sent twice, with two ids
	stopsFirst                     // the end of a session is told before its start
	startsLate                     // the start of a session is told after its next message
	skipsNumbers                   // seqNo leaves numbers out
	countsOn                       // seqNo goes on from session to session
	losesStops                     // the end of a session is never told
	losesStarts                    // the start of a session is never told
	noMeter                        // no meter values
	noAuthorize                    // cards are not asked for
	finishFirst                    // Finishing is told before the end of the session
	bursts                         // each status is told three times
	binaryFrames                   // messages are binary frames
	fragments                      // messages come in pieces
	strayBit                       // RSV1 is set though nothing was agreed on
	probes                         // another version is tried before each connection
	pings                          // the charger pings every second
	earlyStatus                    // statuses are told before the boot is accepted
	emptyReport                    // the inventory has no EVSEs and connectors
)

// manners is all that a charger does wrong.
type manners struct {
	flags   flags
	list    []*Misbehaviour
	ghosts  []func() // end connections that were left standing
	counter int64    // of seqNo, for countsOn
	sent    int      // messages, for strayBit
	since   uint32   // the generation of the connection on which it goes on
}

// misbehaves reports whether a charger does something wrong.
func (c *Charger) misbehaves(f flags) bool { return c.wrong != nil && c.wrong.flags&f != 0 }

// Misbehaviours returns all that are known, by name.
func Misbehaviours() []Misbehaviour {
	list := slices.Concat(frameFaults(), handshakeFaults(), linkFaults(), clockFaults(), meterFaults(),
		memberFaults(), sessionFaults(), answerFaults(), faults2x())
	slices.SortFunc(list, func(a, b Misbehaviour) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// mannersOf makes what a charger does wrong; the error names what is unknown.
func mannersOf(names []string) (*manners, error) {
	if len(names) == 0 {
		return nil, nil
	}
	known := Misbehaviours()
	w := &manners{}
	for _, name := range names {
		i := slices.IndexFunc(known, func(m Misbehaviour) bool { return m.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no misbehaviour %q: chargeyard simulate --misbehaviours lists them", name)
		}
		w.flags |= known[i].flags
		w.list = append(w.list, &known[i])
	}
	return w, nil
}

// idOf changes the id of a call.
func (w *manners) idOf(id string) string {
	for _, fault := range w.list {
		if fault.id != nil {
			id = fault.id(id)
		}
	}
	return id
}

// twist changes the frame of a call, of which body is the payload.
func (w *manners) twist(dst []byte, m *message) []byte {
	body := w.twistBody(m)
	text := ocpp.AppendCall(nil, m.id, actionNames[m.action], body)
	for _, fault := range w.list {
		if fault.text != nil {
			text = fault.text(text)
		}
	}
	return append(dst, text...)
}

func (w *manners) twistBody(m *message) []byte {
	var v object
	for _, fault := range w.list {
		if fault.payload == nil {
			continue
		}
		if v == nil {
			if v = decode(*m.body); v == nil {
				return *m.body
			}
		}
		fault.payload(actionNames[m.action], v)
	}
	if v == nil {
		return *m.body
	}
	return appendJSON(nil, v)
}

// decode reads an object and keeps numbers as they are written; nil is no
// object.
func decode(text []byte) object {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v object
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// answered changes the frame that answers a call of the server; nil is silence.
func (w *manners) answered(f *ocpp.Frame, frame []byte) []byte {
	for _, fault := range w.list {
		if fault.answer == nil {
			continue
		}
		if frame = fault.answer(f, frame); frame == nil {
			return nil
		}
	}
	return frame
}

// tagOf changes a card that is shown.
func (w *manners) tagOf(tag string) string {
	for _, fault := range w.list {
		if fault.tag != nil {
			tag = fault.tag(tag)
		}
	}
	return tag
}

// each calls change for every member of an object, however deep, and puts in
// what it returns.
func each(v any, change func(name string, value any) any) {
	switch v := v.(type) {
	case object:
		for name, value := range v {
			v[name] = change(name, value)
			each(v[name], change)
		}
	case []any:
		for i := range v {
			each(v[i], change)
		}
	}
}

// eachSample calls change for every sampled value of a payload.
func eachSample(v any, change func(s object)) {
	each(v, func(name string, value any) any {
		if list, is := value.([]any); is && name == "sampledValue" {
			for _, s := range list {
				if sample, is := s.(object); is {
					change(sample)
				}
			}
		}
		return value
	})
}
