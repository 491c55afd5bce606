package charging

import "time"

// StationPort is the port number of the service intervals of a charger as a
// whole: the status that it reports as connector 0. Port 0 is its connection.
const StationPort = -1

// Span is a stretch of time: From is in it, To is not.
type Span struct{ From, To time.Time }

// ServerOutage is a time in which the server could not be reached by any
// charger: it was off, or could not store anything. It is charged to none.
type ServerOutage struct {
	From time.Time
	To   time.Time // zero while it lasts
}

// ReconnectGrace is how long after an outage of the server a charger, which lost
// its connection by it, may take to come back before it counts as offline.
const ReconnectGrace = 5 * time.Minute

// Words in which the end of a connection is told that the server made. They stand
// in the history, where service intervals know them by: never change them.
const (
	EndedByStop  = "the server stops"
	EndedByStore = "the server cannot store anything at the moment"
	EndedByCrash = "the server ended without closing the connection"
)

// Outage is a time in which a port was not available, for one reason.
type Outage struct {
	Span
	// State says how: ServiceFaulted, or ServiceUnavailable.
	State ServiceState
	Cause OutageCause
	// Lasts says that it goes on at the end of the time that was asked for.
	Lasts bool
	// Began and Ended are the records of the history that began and ended the
	// state behind it; 0 when none did, or when it lasts. The span is what of that
	// state is counted: times of the server's own outages and of a graver reason
	// are cut out.
	Began, Ended int64
	// Excluded are the parts of it that do not count, with why; they may overlap.
	// ExcludedFor is how long they are together.
	Excluded    []ExcludedSpan
	ExcludedFor time.Duration
}

// OutageCause is what was not available.
type OutageCause uint8

// The causes of outages, the gravest first: of two that overlap, the first counts.
const (
	CauseOffline OutageCause = iota // the charger was not connected
	CausePort                       // the port reported it
	CauseStation                    // the charger reported it of itself
)

// ExcludedSpan is a part of an outage that does not count.
type ExcludedSpan struct {
	Span
	WindowID    ID // of the maintenance window, or
	ExclusionID ID // of the exclusion that it lies in
	Reason      ExclusionReason
}
