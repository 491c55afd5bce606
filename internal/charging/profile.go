package charging

import "time"

// ProfilePoint is what was known of a session after one of its messages.
type ProfilePoint struct {
	At     time.Time
	Energy Milli // mWh, delivered so far
	Latest LatestReadings
	Record int64 // id in the history
}
