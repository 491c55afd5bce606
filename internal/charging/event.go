package charging

import "time"

// Event is one thing that happened to a charger, as a dialect understood it.
type Event struct {
	ChargerID ID
	// Generation is that of the connection it came over; 0 for events that
	// came over none.
	Generation uint64
	// MessageID is the charger's id of the message; "" for none.
	MessageID string
	// Message is the id of the raw message in the log; 0 for none.
	Message  int64
	Received time.Time
	Oddities []Oddity
	Body     Body
}

// Body is what an Event says; one of the types of this file.
type Body interface{ body() }

// Connected says that a WebSocket of the charger was accepted.
type Connected struct {
	Protocol string // "ocpp1.6"
	Remote   string // real address of the charger
	Profile  int    // security profile of the connection, 0 to 3
}

// Disconnected says that the connection of the event's generation ended.
type Disconnected struct {
	LastSeen time.Time // last sign of life
	Reason   string    // plain words
}

// Booted is a BootNotification (OCPP 1.6 §4.2, OCPP 2.0.1 B01).
type Booted struct{ Boot }

// PortStatusReported is a StatusNotification (OCPP 1.6 §4.9). Port 0 is the
// station itself.
type PortStatusReported struct {
	Port int
	// Status is "" when the word was unknown: the shown one stays.
	Status          Status
	Time            Timestamp
	ErrorCode       string
	VendorErrorCode string
	VendorID        string
	Info            string
}

// SessionStarted is a StartTransaction (OCPP 1.6 §4.8).
type SessionStarted struct {
	Port          int
	Tag           string
	Time          Timestamp
	MeterStart    Milli // mWh
	HasMeterStart bool
	Reservation   int64
}

// SessionStopped is a StopTransaction (OCPP 1.6 §4.10).
type SessionStopped struct {
	// TransactionID as sent; TransactionKnown is false when there was no
	// usable integer.
	TransactionID    int64
	TransactionKnown bool
	// Port is a hint that some chargers send; 0 for none.
	Port      int
	Tag       string // "" for none
	Time      Timestamp
	MeterStop Milli // mWh
	HasMeter  bool
	Reason    string // missing is "Local"
	Readings  []Reading
}

// MetersReported is a MeterValues (OCPP 1.6 §4.7). Port 0 is the main meter.
type MetersReported struct {
	Port             int
	TransactionID    int64
	TransactionKnown bool
	Readings         []Reading
}

// TagPresented is an Authorize (OCPP 1.6 §4.1, OCPP 2.0.1 C01).
type TagPresented struct {
	Tag  string
	Type string // idToken type of 2.x; "" in 1.6
}

// Noted is a message that is kept and changes no state: firmware and
// diagnostics progress, security events, certificate requests, data transfer.
type Noted struct {
	Kind NoteKind
	// Port is the port that it is about; 0 for the charger.
	Port      int
	RequestID int64 // of our request that it belongs to; 0 for none
	Time      Timestamp
	Status    string // progress word or event type; "" for none
	// Detail is the rest of the message as compact JSON, secrets removed; ""
	// for none.
	Detail string
}

// NoteKind says which message a Noted came of.
type NoteKind string

// The kinds of notes of OCPP 1.6 and its security extension.
const (
	NoteDiagnostics     NoteKind = "diagnostics"
	NoteFirmware        NoteKind = "firmware"
	NoteSignedFirmware  NoteKind = "signedFirmware"
	NoteLog             NoteKind = "log"
	NoteSecurityEvent   NoteKind = "securityEvent"
	NoteSignCertificate NoteKind = "signCertificate"
	NoteDataTransfer    NoteKind = "dataTransfer"
)

// The kinds of notes that OCPP 2.0.1 adds.
const (
	NoteMonitoringReport    NoteKind = "monitoringReport"
	NoteChargingProfiles    NoteKind = "chargingProfiles"
	NoteChargingLimit       NoteKind = "chargingLimit"
	NoteLimitCleared        NoteKind = "chargingLimitCleared"
	NoteChargingNeeds       NoteKind = "chargingNeeds"
	NoteChargingSchedule    NoteKind = "chargingSchedule"
	NoteReservation         NoteKind = "reservation"
	NoteCustomer            NoteKind = "customerInformation"
	NoteDisplayMessages     NoteKind = "displayMessages"
	NotePublishFirmware     NoteKind = "publishFirmware"
	NoteCertificateStatus   NoteKind = "certificateStatus"
	NoteContractCertificate NoteKind = "contractCertificate"
)

// The kinds of notes that OCPP 2.1 adds.
const (
	NoteBatterySwap      NoteKind = "batterySwap"
	NoteDERAlarm         NoteKind = "derAlarm"
	NoteDERStartStop     NoteKind = "derStartStop"
	NoteDERReport        NoteKind = "derReport"
	NotePriorityCharging NoteKind = "priorityCharging"
	NoteSettlement       NoteKind = "settlement"
	NoteStreamOpened     NoteKind = "eventStreamOpened"
	NoteStreamClosed     NoteKind = "eventStreamClosed"
	NoteStream           NoteKind = "eventStream"
	NoteDynamicSchedule  NoteKind = "dynamicSchedule"
	NoteVatNumber        NoteKind = "vatNumber"
)

// SessionOverdue is fleet's own: a session whose stop seems lost.
type SessionOverdue struct {
	Port    int
	Session ID
	Reason  string
}

func (Connected) body()          {}
func (Disconnected) body()       {}
func (Booted) body()             {}
func (PortStatusReported) body() {}
func (SessionStarted) body()     {}
func (SessionStopped) body()     {}
func (MetersReported) body()     {}
func (TagPresented) body()       {}
func (Noted) body()              {}
func (SessionOverdue) body()     {}

// Outcome is what was decided about an event, once it is stored.
type Outcome struct {
	// TransactionID answers a SessionStarted: positive, int32, never reused.
	TransactionID int64
	// Tag answers a TagPresented and a SessionStarted; HasTag says that it
	// answers a SessionStopped too.
	Tag    TagDecision
	HasTag bool
	// Repeat says that the event was known already and nothing changed.
	Repeat bool
	// Registration answers a Booted; "" is RegistrationAccepted.
	Registration string
	// Session and Energy answer a SessionReported: which session it is of, 0
	// for none, and what it delivered so far, in mWh.
	Session ID
	Energy  Milli
}
