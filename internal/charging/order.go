package charging

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Order is a command in plain words. It works on every version of OCPP as far
// as that can do it; the dialects translate it.
type Order interface {
	// Name is the word under which it is given.
	Name() string
	// check says what an order that was written down lacks; nil when it is whole.
	check() error
}

// OrderFacts are what the translation of an order needs to know. Which of them
// an order uses, it says.
type OrderFacts struct {
	Charger *Charger
	Session *Session // that a stop or a profile is for; nil for none
	Now     time.Time
	// RequestID is fresh: for requestId, remoteStartId and reservations.
	RequestID int64
	// ProfileID is fresh: for a charging profile without an id.
	ProfileID int64
	// ListVersion is that of the local list that was sent last.
	ListVersion int64
	// RateUnits are the units in which the charger takes limits, of "A" and "W";
	// nil while it did not say.
	RateUnits []string
	// MaxGet and MaxSet are how many settings one call may read or write; 0
	// while the charger did not say.
	MaxGet, MaxSet int
}

// OrderCall is one call of those that carry out an order.
type OrderCall struct {
	Action  string
	Payload []byte // JSON object
}

// orders make an empty order of each name.
var orders = map[string]func() Order{
	"start":                  func() Order { return new(StartOrder) },
	"stop":                   func() Order { return new(StopOrder) },
	"unlock":                 func() Order { return new(UnlockOrder) },
	"reset":                  func() Order { return new(ResetOrder) },
	"availability":           func() Order { return new(AvailabilityOrder) },
	"trigger":                func() Order { return new(TriggerOrder) },
	"clear-cache":            func() Order { return new(ClearCacheOrder) },
	"reserve":                func() Order { return new(ReserveOrder) },
	"cancel-reservation":     func() Order { return new(CancelReservationOrder) },
	"charging-profile":       func() Order { return new(SetProfileOrder) },
	"clear-charging-profile": func() Order { return new(ClearProfileOrder) },
	"composite-schedule":     func() Order { return new(CompositeScheduleOrder) },
	"local-list":             func() Order { return new(LocalListOrder) },
	"local-list-version":     func() Order { return new(LocalListVersionOrder) },
	"configuration":          func() Order { return new(SetConfigurationOrder) },
	"get-configuration":      func() Order { return new(GetConfigurationOrder) },
	"report":                 func() Order { return new(ReportOrder) },
	"log":                    func() Order { return new(LogOrder) },
	"firmware":               func() Order { return new(FirmwareOrder) },
	"install-certificate":    func() Order { return new(InstallCertificateOrder) },
	"certificates":           func() Order { return new(CertificatesOrder) },
	"delete-certificate":     func() Order { return new(DeleteCertificateOrder) },
	"data-transfer":          func() Order { return new(DataTransferOrder) },
}

// OrderNames returns the names of all orders, sorted.
func OrderNames() []string {
	names := make([]string, 0, len(orders))
	for name := range orders {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ParseOrder reads an order as people write it: its name and a JSON object with
// its members; members that it does not have are ignored. Errors are Invalid and
// name the member and the fix.
func ParseOrder(name string, body []byte) (Order, error) {
	empty := orders[name]
	if empty == nil {
		return nil, Errorf(Invalid, "order: there is none called %q; there are %s", name, strings.Join(OrderNames(), ", "))
	}
	o := empty()
	if body = bytes.TrimSpace(body); len(body) > 0 {
		if err := readOrder(body, o); err != nil {
			return nil, err
		}
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	return o, nil
}

func readOrder(body []byte, o Order) error {
	if body[0] != '{' {
		return Errorf(Invalid, "body: must be a JSON object")
	}
	err := json.Unmarshal(body, o)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		field := kind.Field
		if field == "" {
			field = "body"
		}
		return Errorf(Invalid, "%s: must be %s", field, kindWords(kind.Type))
	}
	return Errorf(Invalid, "body: is no JSON: %v", err)
}

// kindWords says in plain words what a member must be.
func kindWords(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Instant]():
		return "a time such as 2026-03-02T08:00:00Z"
	case reflect.TypeFor[Tenths]():
		return "a number with at most one decimal"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a whole number"
}

// Instant is a time in an order: RFC 3339, or without an offset, which is UTC
// then, or a date alone. The zero value is none.
type Instant struct{ time.Time }

// UnmarshalJSON reads a time; null is none.
func (i *Instant) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	text, err := strconv.Unquote(string(b))
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if err == nil {
			if t, wrong := time.Parse(layout, text); wrong == nil {
				i.Time = t.UTC()
				return nil
			}
		}
	}
	return &json.UnmarshalTypeError{Value: "text", Type: reflect.TypeFor[Instant]()}
}

// Tenths is a number with one decimal, in tenths: a limit in W or A.
type Tenths int64

// maxTenths keeps limits within what chargers can hold.
const maxTenths = 1e12

// UnmarshalJSON reads a number with at most one decimal.
func (n *Tenths) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	whole, fraction, _ := strings.Cut(string(b), ".")
	if len(fraction) > 1 {
		fraction = strings.TrimRight(fraction[1:], "0") + fraction[:1] // only zeros may follow
	}
	v, err := strconv.ParseInt(whole+(fraction + "0")[:1], 10, 64)
	if err != nil || len(fraction) > 1 || v > maxTenths || v < -maxTenths {
		return &json.UnmarshalTypeError{Value: "number", Type: reflect.TypeFor[Tenths]()}
	}
	*n = Tenths(v)
	return nil
}

// MarshalJSON writes the number always with its decimal, as the test tools of
// OCPP want it (server-rules 10).
func (n Tenths) MarshalJSON() ([]byte, error) {
	sign, v := "", int64(n)
	if v < 0 {
		sign, v = "-", -v
	}
	return []byte(sign + strconv.FormatInt(v/10, 10) + "." + strconv.FormatInt(v%10, 10)), nil
}

func missing(member, fix string) error { return Errorf(Invalid, "%s: is missing; %s", member, fix) }

// oneOf holds a member against its words; "" is allowed.
func oneOf(member, word string, words ...string) error {
	if word == "" || slices.Contains(words, word) {
		return nil
	}
	return Errorf(Invalid, "%s: %q is none of %s", member, word, strings.Join(words, ", "))
}

// atLeast holds a number against its lowest value.
func atLeast(member string, n, least int64) error {
	if n >= least {
		return nil
	}
	return Errorf(Invalid, "%s: must be at least %d", member, least)
}

// first returns the first error.
func first(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}
