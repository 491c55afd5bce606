package charging

import "time"

// ReservationState says what became of a reservation.
type ReservationState string

// The states of reservations. Their words are stored and shown: never change
// one.
const (
	// ReservationUnknown is one whose answer did not come: the charger may keep
	// the port or not.
	ReservationUnknown   ReservationState = "unknown"
	ReservationAccepted  ReservationState = "accepted"
	ReservationRefused   ReservationState = "refused" // by the charger
	ReservationCancelled ReservationState = "cancelled"
	ReservationUsed      ReservationState = "used"    // by a session
	ReservationExpired   ReservationState = "expired" // its time is over
	ReservationRemoved   ReservationState = "removed" // by the charger: the port failed, or went out of service
	// ReservationReplaced is one whose number was used again (contract section
	// 12).
	ReservationReplaced ReservationState = "replaced"
)

// ReservationStates are all of them.
var ReservationStates = []ReservationState{ReservationUnknown, ReservationAccepted, ReservationRefused, ReservationCancelled,
	ReservationUsed, ReservationExpired, ReservationRemoved, ReservationReplaced}

// Reservation keeps a port for an access ID (contract section 12).
type Reservation struct {
	ID        ID
	ChargerID ID
	PortID    ID
	Port      int // its number
	// Number is the reservationId that its caller chose.
	Number    int64
	Tag       string
	TagType   string // in words of OCPP 2.x; "" in 1.6
	GroupTag  string // "" for none
	ExpiresAt time.Time
	// State as it is stored; see StateAt.
	State ReservationState
	// Answer is the charger's word; "" while there is none.
	Answer    string
	Actor     string // "key Depot display"
	CommandID ID     // 0 for none
	SessionID ID     // that used it; 0 for none
	CreatedAt time.Time
	// EndedAt is when it was refused, cancelled, used, removed or replaced; zero
	// for the others.
	EndedAt time.Time
}

// StateAt is what a reservation is at a time: one that was never ended expires
// by the clock.
func (r *Reservation) StateAt(now time.Time) ReservationState {
	if r.Live() && !r.ExpiresAt.After(now) {
		return ReservationExpired
	}
	return r.State
}

// Live reports whether nothing ended the reservation but perhaps its time.
func (r *Reservation) Live() bool {
	return r.State == ReservationAccepted || r.State == ReservationUnknown
}

// ReservationQuery asks for reservations, newest first.
type ReservationQuery struct {
	// Chargers are whose reservations are wanted; nil for those of all chargers,
	// and an empty list for none.
	Chargers []ID
	// States are those wanted, as they are at Now; none for all.
	States []ReservationState
	Now    time.Time
	Before ID // 0 for the newest
	Limit  int
}
