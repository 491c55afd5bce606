package charging

import "time"

// SessionState says how far a session has come.
type SessionState uint8

const (
	// SessionOpen is running.
	SessionOpen SessionState = iota
	// SessionLapsed was closed by us because its stop never came; a later
	// message that names it reopens or corrects it (contract 3.4 no. 29).
	SessionLapsed
	// SessionClosed was stopped by its charger.
	SessionClosed
)

// Latest is the newest value of one measurand in a session.
type Latest struct {
	Value Milli
	At    time.Time // zero when there was none
}

// LatestReadings are the four current values of a session (contract 3.4
// no. 35 and 36).
type LatestReadings struct {
	Power   Latest // mW
	Current Latest // mA
	SoC     Latest // thousandths of a percent
	Voltage Latest // mV
}

// Session is one charging session: an OCPP transaction, or charging that was
// seen without one. It is immutable once published.
type Session struct {
	ID         ID
	ChargerID  ID
	PortNumber int
	State      SessionState
	// TransactionID is the id by which the charger calls the session; 0 when
	// it has none (contract 3.4 no. 34).
	TransactionID int64
	// AssignedID is the transaction id that we answered; 0 for none. It
	// differs from TransactionID when a charger keeps its own.
	AssignedID int64

	StartedAt    time.Time // contract 3.4 no. 30
	StartWritten string    // the start time as the charger wrote it; for repeats
	StartSeen    time.Time // when the start was received
	Tag          string    // as received; "" for none
	TagStatus    TagStatus // as answered
	AccessID     ID        // fixed at the start; 0 for none
	VehicleID    ID
	CustomerID   ID
	Reservation  int64 // reservation id that it used; 0 for none

	// Transaction is the station's own id of the session in 2.x, where it is
	// a text; "" in 1.6.
	Transaction string
	Connector   int   // of the port; 0 for unknown
	RemoteStart int64 // remoteStartId of 2.x; 0 for none
	// Phase is the charging state of 2.x that the charger told last; "" for
	// none. PhaseSeq and PhaseAt are the number and the time of the message that
	// told it, by which older ones are known.
	Phase    ChargingState
	PhaseSeq int64
	PhaseAt  time.Time
	// TagSeq is the number of the message that Tag came with (2.x).
	TagSeq int64
	// Seen are the message numbers of the session that came, in rising order.
	Seen []SeqRange
	// Began says that the station's own start came (2.x).
	Began bool
	// Incomplete says that the session ended and messages of it are missing.
	Incomplete bool

	MeterStart    Milli // mWh
	HasMeterStart bool
	// Energy is what was delivered so far, in mWh. It never falls while the
	// session runs; a late stop may correct it.
	Energy Milli
	// Segment is the register value that the present segment counts from, and
	// Base the energy of the segments before (contract 3.4 no. 32).
	Segment    Milli
	HasSegment bool
	Base       Milli
	// Register is the highest register value of the present segment.
	Register   Milli
	RegisterAt time.Time
	// Intervals is the sum of interval samples, for chargers without a
	// register, in mWh.
	Intervals Milli

	SoCStart    Milli // thousandths of a percent
	HasSoCStart bool
	Latest      LatestReadings
	// PowerFrom and PowerTo are the times of the first and the last sample with
	// power above 0; zero when none told of any.
	PowerFrom, PowerTo time.Time
	// LastSample is when the last sample of the session was received.
	LastSample time.Time
	// AvailableAt is when a live Available came that was not followed by
	// samples yet: the mark of a lost stop. Zero for none.
	AvailableAt time.Time
	// Hint counts the samples of a session that was seen without a
	// transaction; it is shown from the second on (contract 3.4 no. 28).
	Hint int

	EndedAt   time.Time // zero while open
	EndReason string    // in words of OCPP, or ours: "StopMissing", "Superseded"
	MeterStop Milli
	HasStop   bool // the charger's own stop was received
	UpdatedAt time.Time
}

// Reasons of our own for the end of a session.
const (
	EndSuperseded  = "Superseded"  // a newer session began on the port
	EndStopMissing = "StopMissing" // no stop came: see SessionLapsed
	EndNoMorePower = "NoMorePower" // charging without a transaction ceased
)

// Observed reports whether the session is charging seen without a transaction.
func (s *Session) Observed() bool { return s.Hint > 0 }

// Shown reports whether the API shows the session while it is open.
func (s *Session) Shown() bool { return s.Hint != 1 }
