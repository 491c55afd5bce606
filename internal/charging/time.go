package charging

import "time"

// Timestamp is a point in time as a charger told it. With the time of receipt,
// kept beside it, these are the three times of a message.
type Timestamp struct {
	// Written is the text as sent; "" when there was none.
	Written string
	// Parsed is Written as UTC; zero when there was none or it was unreadable.
	Parsed time.Time
}

// Clock plausibility (contract 3.4 no. 26 and 30, server-rules 4.1).
var earliestPlausible = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)

// latestLead is how far ahead of us a charger's clock may run.
const latestLead = 5 * time.Minute

// Plausible reports whether the charger's time can be believed, given when the
// message was received: not before 2015 and at most 5 minutes ahead.
func (t Timestamp) Plausible(received time.Time) bool {
	return !t.Parsed.IsZero() && !t.Parsed.Before(earliestPlausible) && !t.Parsed.After(received.Add(latestLead))
}

// Dated reports whether the charger has a clock at all, right or wrong: its time
// is not before 2015. Unlike Plausible it does not depend on the server's clock,
// which may jump between a message and its repeat.
func (t Timestamp) Dated() bool {
	return !t.Parsed.IsZero() && !t.Parsed.Before(earliestPlausible)
}

// Or returns the charger's time when it is plausible, else received. The
// result is cut to whole microseconds, the resolution of the store.
func (t Timestamp) Or(received time.Time) time.Time {
	if t.Plausible(received) {
		return t.Parsed.Truncate(time.Microsecond)
	}
	return received.Truncate(time.Microsecond)
}

// TimeLayout is how the API and answers to chargers write a time: UTC with
// exactly three fraction digits (contract 1.8).
const TimeLayout = "2006-01-02T15:04:05.000Z"

// AppendTime appends t in TimeLayout, cutting finer fractions.
func AppendTime(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, TimeLayout)
}
