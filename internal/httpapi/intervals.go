package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	intervalsPage = 100
	// intervalsRead bounds how many records one answer looks through; a page may
	// be shorter because of it, and is never the last one then.
	intervalsRead = 20_000
	recordsAtOnce = 500
)

// intervalKind is what intervals can be asked of.
type intervalKind struct {
	records []charging.RecordKind // nil for all
	ofPorts bool                  // else of the charger itself
	// value is what lasts as long as it is the same; "" for nothing to tell.
	value func(*charging.Record) string
	// began is when it began, by the charger's clock where that is known.
	began func(*charging.Record) time.Time
	show  func(*intervalJSON, *charging.Record)
}

// told is when a record's message says that it happened.
func happened(r *charging.Record) time.Time { return r.Time.Or(r.Received) }

var intervalKinds = map[string]intervalKind{
	"connection": {
		records: []charging.RecordKind{charging.RecordConnected, charging.RecordDisconnected},
		value: func(r *charging.Record) string {
			if r.Charger == nil || r.Charger.Connection == nil {
				return ""
			}
			return connectionWord(r.Charger.Connection)
		},
		began: func(r *charging.Record) time.Time { return r.Charger.Connection.Since },
		show: func(row *intervalJSON, r *charging.Record) {
			word := connectionWord(r.Charger.Connection)
			row.Connection = &word
		},
	},
	"status": {
		records: []charging.RecordKind{charging.RecordStatus, charging.RecordConditions, charging.RecordSessionReported},
		ofPorts: true,
		value: func(r *charging.Record) string {
			if r.Port == nil || r.Port.Status == nil {
				return ""
			}
			s := r.Port.Status
			return fmt.Sprintf("%s %s %q %q", s.Status, s.ErrorCode, s.VendorErrorCode, s.Info)
		},
		began: func(r *charging.Record) time.Time {
			if r.Port.Status == nil {
				return happened(r)
			}
			return r.Port.Status.At
		},
		show: func(row *intervalJSON, r *charging.Record) {
			s := r.Port.Status
			row.Status = &intervalStatusJSON{string(s.Status), s.ErrorCode, orNull(s.VendorErrorCode), orNull(s.Info)}
		},
	},
	"session": {
		ofPorts: true,
		value: func(r *charging.Record) string {
			if r.Port == nil || r.Port.Session == nil {
				return ""
			}
			return strconv.FormatInt(r.Port.Session.ID, 10)
		},
		began: func(r *charging.Record) time.Time {
			if r.Port.Session != nil {
				return r.Port.Session.StartedAt
			}
			return happened(r)
		},
		show: func(row *intervalJSON, r *charging.Record) { row.SessionID = &r.Port.Session.ID },
	},
}

func connectionWord(c *charging.Connection) string {
	if c.Connected {
		return "Connected"
	}
	return "Disconnected"
}

// intervalJSON is a time in which something was the same, with the records that
// began and ended it.
type intervalJSON struct {
	Port       *int                `json:"port"` // null for the charger itself
	Connection *string             `json:"connectionStatus,omitempty"`
	Status     *intervalStatusJSON `json:"ocppStatus,omitempty"`
	SessionID  *charging.ID        `json:"sessionId,omitempty"`
	Start      instantJSON         `json:"startTimestamp"`
	End        instantJSON         `json:"endTimestamp"`
	Began      *originJSON         `json:"start"`
	Ended      *originJSON         `json:"end"`
}

type intervalStatusJSON struct {
	Status          string  `json:"status"`
	ErrorCode       string  `json:"errorCode"`
	VendorErrorCode *string `json:"vendorErrorCode"`
	Info            *string `json:"info"`
}

// originJSON is a record that began or ended something, and its message.
type originJSON struct {
	RecordID   int64       `json:"recordId"`
	Kind       string      `json:"kind"`
	ReceivedAt instantJSON `json:"receivedAt"`
	MessageID  *string     `json:"messageId"`
	RawID      *int64      `json:"ocppMessageId"`
}

func originOf(r *charging.Record) *originJSON {
	if r == nil {
		return nil
	}
	return &originJSON{r.ID, recordKinds[r.Kind], instantJSON(r.Received), orNull(r.MessageID), idOrNull(r.Message)}
}

// intervals answers GET /api/chargers/{id}/intervals: times of one status, of a
// connection or of a session, newest first, each with its origin.
func (a *API) intervals(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, c *charging.Charger) error {
	p := parametersOf(r)
	kind, known := intervalKinds[p.text("kind")]
	if !known {
		p.wrong("kind", "must be status, connection or session")
	}
	s := &intervalSearch{kind: kind, from: p.instant("startTimestamp"), open: make(map[int]*openInterval), ports: len(c.Ports),
		query: charging.HistoryQuery{ChargerID: c.ID, Kinds: kind.records, To: p.instant("endTimestamp"), Limit: recordsAtOnce}}
	if port := int(p.integer("port", 1, charging.MaxPortsPerCharger, 0)); port != 0 {
		s.query.Port, s.ports = &port, 1
	}
	if !kind.ofPorts {
		charger := 0
		s.query.Port, s.ports = &charger, 1
	}
	cursor := p.cursor()
	if p.err != nil {
		return p.err
	}
	if cursor != "" {
		if err := s.resume(r.Context(), a.cfg.Records, cursor); err != nil {
			return err
		}
	}
	next, err := s.run(r.Context(), a.cfg.Records)
	if err != nil {
		return err
	}
	rows := s.rows
	if rows == nil {
		rows = []intervalJSON{}
	}
	a.writeData(w, r, http.StatusOK, listJSON[intervalJSON]{rows, pageAfter(next)})
	return nil
}

// intervalSearch goes through records from the newest back.
type intervalSearch struct {
	kind  intervalKind
	query charging.HistoryQuery
	from  time.Time
	ports int // how many there are to look for
	open  map[int]*openInterval
	done  int // ports whose earlier intervals nobody asked for
	rows  []intervalJSON
}

// openInterval is one whose first record was not met yet.
type openInterval struct {
	value string
	first charging.Record  // the oldest so far
	end   *charging.Record // that ended it; nil when it lasts
	done  bool
}

// run fills a page, and returns the key of the next one, "" for none.
func (s *intervalSearch) run(ctx context.Context, records Records) (next string, err error) {
	for read := 0; ; {
		list, err := records.History(ctx, s.query)
		if err != nil {
			return "", err
		}
		for i := range list {
			s.add(&list[i])
			s.query.Before = list[i].ID
			if s.done >= s.ports && s.ports > 0 {
				return "", nil
			}
			if read++; len(s.rows) >= intervalsPage || read >= intervalsRead {
				return s.key(), nil
			}
		}
		if len(list) < recordsAtOnce {
			for _, o := range s.open {
				s.tell(o)
			}
			return "", nil
		}
	}
}

// add takes the next older record of a port.
func (s *intervalSearch) add(r *charging.Record) {
	if s.kind.ofPorts && r.PortNumber == 0 {
		return
	}
	value := s.kind.value(r)
	o := s.open[r.PortNumber]
	switch {
	case o == nil:
		s.open[r.PortNumber] = &openInterval{value: value, first: *r}
	case o.value == value:
		o.first = *r
	default:
		s.tell(o)
		if !o.done && !s.from.IsZero() && s.kind.began(&o.first).Before(s.from) {
			o.done = true
			s.done++
		}
		end := o.first
		s.open[r.PortNumber] = &openInterval{value: value, first: *r, end: &end, done: o.done}
	}
}

// tell adds an interval whose first record is known to the page.
func (s *intervalSearch) tell(o *openInterval) {
	if o.done || o.value == "" {
		return
	}
	row := intervalJSON{Port: numberOrNull(o.first.PortNumber), Start: instantJSON(s.kind.began(&o.first)),
		Began: originOf(&o.first), Ended: originOf(o.end)}
	if o.end != nil {
		row.End = instantJSON(s.kind.began(o.end))
		if s.from.After(time.Time(row.End)) {
			return
		}
	}
	s.kind.show(&row, &o.first)
	s.rows = append(s.rows, row)
}

// key is where the search goes on: behind which record, and for each port the
// oldest record of its open interval and the one that ended it.
func (s *intervalSearch) key() string {
	text := strconv.FormatInt(s.query.Before, 10)
	for port, o := range s.open {
		end := int64(0)
		if o.end != nil {
			end = o.end.ID
		}
		text += fmt.Sprintf(" %d %d %d %d", port, o.first.ID, end, bit(o.done))
	}
	return text
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// resume sets the search to where another one stopped.
func (s *intervalSearch) resume(ctx context.Context, records Records, key string) error {
	p := &parameters{}
	p.wrongCursor()
	numbers := strings.Fields(key)
	values := make([]int64, len(numbers))
	for i, text := range numbers {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return p.err
		}
		values[i] = n
	}
	if len(values)%4 != 1 || len(values) > 1+4*(charging.MaxPortsPerCharger+1) {
		return p.err
	}
	s.query.Before = values[0]
	for rest := values[1:]; len(rest) > 0; rest = rest[4:] {
		first, err := s.record(ctx, records, rest[1])
		if err != nil || first == nil {
			return p.err
		}
		o := &openInterval{value: s.kind.value(first), first: *first, done: rest[3] == 1}
		if o.done {
			s.done++
		}
		if rest[2] != 0 {
			if o.end, err = s.record(ctx, records, rest[2]); err != nil {
				return err
			}
		}
		s.open[int(rest[0])] = o
	}
	return nil
}

// record reads the record of the charger with that id; nil when there is none.
func (s *intervalSearch) record(ctx context.Context, records Records, id int64) (*charging.Record, error) {
	list, err := records.History(ctx, charging.HistoryQuery{ChargerID: s.query.ChargerID, Before: id + 1, Limit: 1})
	if err != nil || len(list) == 0 || list[0].ID != id {
		return nil, err
	}
	return &list[0], nil
}
