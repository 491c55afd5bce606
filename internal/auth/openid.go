package auth

import (
	"sync"
	"time"
)

// OpenIDPerson is who another service says that somebody is.
type OpenIDPerson struct {
	Issuer  string // of the service
	Subject string // its name of the person, which it gives to nobody else
	Email   string // "" when it tells none
	// EmailVerified says that the service saw to it that the address is the person's.
	EmailVerified bool
	Name          string
}

// OpenIDProblem is why a sign-in by another service came to nothing. The console
// shows a text for each: they are in the addresses that people see.
type OpenIDProblem string

// The problems.
const (
	OpenIDAway        OpenIDProblem = "provider-away"    // the service does not answer, or wrongly
	OpenIDRefused     OpenIDProblem = "provider-refused" // it signed nobody in
	OpenIDExpired     OpenIDProblem = "expired"          // begun too long ago, in another browser, or used already
	OpenIDNotProven   OpenIDProblem = "not-proven"       // what it sent proves nothing
	OpenIDNotVerified OpenIDProblem = "email-unverified" // it tells no e-mail address that it verified
	OpenIDUnknown     OpenIDProblem = "unknown-person"   // nobody here has the address
	OpenIDOther       OpenIDProblem = "other-person"     // who has the address here is another one there
	OpenIDDisabled    OpenIDProblem = "disabled"         // the user may not sign in
	OpenIDTooMany     OpenIDProblem = "too-many-tries"   // from one address
	OpenIDServer      OpenIDProblem = "server-failed"    // this one
)

// OpenIDError is a problem and, for the log, what is behind it.
type OpenIDError struct {
	Problem OpenIDProblem
	Err     error // nil when there is no more to say
}

// Error implements error.
func (e *OpenIDError) Error() string {
	if e.Err == nil {
		return string(e.Problem)
	}
	return string(e.Problem) + ": " + e.Err.Error()
}

// Unwrap returns what is behind it.
func (e *OpenIDError) Unwrap() error { return e.Err }

// Trip is a browser's way to another service and back.
type Trip struct {
	State    string // comes back with the browser
	Nonce    string // comes back in what the service signs
	Verifier string // proves that who fetches the answer asked for it (RFC 7636)
	Next     string // path of this server where the browser wants to go
}

// TripLasts is how long somebody may take to sign in at another service.
const TripLasts = 10 * time.Minute

// maxTrips bounds how many trips there are at a time.
const maxTrips = 10_000

// Trips are those that did not come back yet. They live in memory: after a restart
// people begin again. Its methods may be called by any goroutine.
type Trips struct {
	mu     sync.Mutex
	byHash map[[32]byte]begunTrip
}

type begunTrip struct {
	Trip
	begun time.Time
}

// Begin keeps a trip and returns the token with which its browser is known. The
// oldest one is given up when there are too many.
func (t *Trips) Begin(trip Trip, now time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byHash == nil {
		t.byHash = make(map[[32]byte]begunTrip)
	}
	if len(t.byHash) >= maxTrips {
		t.makeRoom(now)
	}
	token := NewToken()
	t.byHash[HashKey(token)] = begunTrip{trip, now}
	return token
}

// makeRoom forgets what expired, and at least the oldest.
func (t *Trips) makeRoom(now time.Time) {
	var oldest [32]byte
	first := now
	for hash, trip := range t.byHash {
		if now.Sub(trip.begun) > TripLasts {
			delete(t.byHash, hash)
		} else if !trip.begun.After(first) {
			oldest, first = hash, trip.begun
		}
	}
	if len(t.byHash) >= maxTrips {
		delete(t.byHash, oldest)
	}
}

// End returns the trip of a browser, once; false for none, and one that took too
// long.
func (t *Trips) End(token string, now time.Time) (Trip, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	hash := HashKey(token)
	trip, known := t.byHash[hash]
	delete(t.byHash, hash)
	return trip.Trip, known && now.Sub(trip.begun) <= TripLasts
}
