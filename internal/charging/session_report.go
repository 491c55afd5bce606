package charging

import "time"

// ChargingState is what a session's energy flow does (OCPP 2.0.1
// ChargingStateEnumType).
type ChargingState string

// The charging states of OCPP 2.x.
const (
	StateIdle          ChargingState = "Idle"
	StateEVConnected   ChargingState = "EVConnected"
	StateCharging      ChargingState = "Charging"
	StateSuspendedEV   ChargingState = "SuspendedEV"
	StateSuspendedEVSE ChargingState = "SuspendedEVSE"
)

// SessionPhase says which part of a session a SessionReported tells of.
type SessionPhase uint8

// The phases (OCPP 2.0.1 TransactionEventEnumType).
const (
	PhaseUpdated SessionPhase = iota
	PhaseStarted
	PhaseEnded
)

// SessionReported is a TransactionEvent (OCPP 2.0.1 E01 to E15): the station
// numbers the messages of a session itself.
type SessionReported struct {
	// Transaction is the station's own id of the session; "" when it sent none.
	Transaction string
	Phase       SessionPhase
	Seq         int64 // from 0 or any start; see HasSeq
	HasSeq      bool
	Time        Timestamp
	Trigger     string // triggerReason as sent; "" for none
	// Offline says that it happened while the station was disconnected.
	Offline bool
	// Port is the EVSE, 0 while the station does not know it; so is Connector.
	Port      int
	Connector int
	// Tag was sent when HasTag; it may be "" then (NoAuthorization).
	Tag     string
	HasTag  bool
	TagType string
	// State is "" when the message did not say: the last one stays.
	State       ChargingState
	Reason      string // stoppedReason of PhaseEnded; missing is "Local"
	RemoteStart int64  // remoteStartId; 0 for none
	Reservation int64  // 0 for none
	Readings    []Reading
}

func (SessionReported) body() {}

// SeqRange is a run of message numbers that came, both ends included.
type SeqRange struct{ From, To int64 }

// ConditionsReported is what a StatusNotification of 2.x or a NotifyEvent says
// of ports and the station (OCPP 2.0.1 B04, G01, N07).
type ConditionsReported struct {
	Time   Timestamp
	States []ConnectorReport
	// Problems are those that began, changed or ended.
	Problems []ProblemReport
	// Detail is the rest of the message as compact JSON, secrets removed; ""
	// for none.
	Detail string
}

func (ConditionsReported) body() {}

// ConnectorReport is the state of one connector; connector 0 is the EVSE as a
// whole, port 0 the station.
type ConnectorReport struct {
	Port, Connector int
	// State is one of Available, Occupied, Reserved, Unavailable, Faulted; ""
	// for an unknown word: the last one stays.
	State string
	Time  Timestamp
}

// Connector is one connector of a port, as it last reported. A port of 1.6
// has none.
type Connector struct {
	Number int    // 0 for the EVSE as a whole
	State  string // see ConnectorReport
	At     time.Time
}

// ProblemKey names a problem of a 2.x charger (server-rules 17.2).
type ProblemKey struct {
	Component string // with its instance behind a slash
	Connector int
	Variable  string
	TechCode  string
}

// ProblemReport says that a problem is there or gone.
type ProblemReport struct {
	Port   int // 0 for the station
	Active bool
	Problem
}

// Problem is a problem that is active.
type Problem struct {
	ProblemKey
	ErrorCode string // by server-rules 17.2, one of OCPP 1.6 §7.6
	Info      string // techInfo; "" for none
	Severity  int    // 0 danger to 9 debug; -1 unknown
	At        time.Time
}

// NextBootSet is an operator's: how the charger's next boot is answered.
type NextBootSet struct {
	Answer string // RegistrationPending, RegistrationRejected or RegistrationAccepted
	Actor  string
}

func (NextBootSet) body() {}

// Answers to a boot (OCPP 1.6 §7.39 RegistrationStatus).
const (
	RegistrationAccepted = "Accepted"
	RegistrationPending  = "Pending"
	RegistrationRejected = "Rejected"
)

// ProfileSet is an operator's: the lowest security profile that the charger
// may connect with from now on.
type ProfileSet struct {
	Profile int // 0 to 3
	Actor   string
}

func (ProfileSet) body() {}

// VariablesReported is what a charger told of its configuration: NotifyReport
// and GetVariables of 2.x (OCPP 2.0.1 B07), GetConfiguration of 1.6.
type VariablesReported struct {
	RequestID int64 // 0 for none
	Seq       int64
	More      bool // parts follow
	Variables []Variable
}

func (VariablesReported) body() {}
