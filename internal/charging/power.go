package charging

import "time"

// PortPlace names a port of a charger.
type PortPlace struct {
	ChargerID ID
	Number    int
}

// PowerPoint is what is known of the power of a port from a moment on.
type PowerPoint struct {
	At        time.Time
	SessionID ID    // that ran; 0 for none, and then there was no power
	Power     Milli // mW; when Known
	Known     bool
}
