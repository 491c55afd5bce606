package charging

import "time"

// LocalList is the local authorization list of a charger as we know it.
type LocalList struct {
	ChargerID ID
	Version   int64  // that the charger has; 0 none, -1 not supported
	Entries   []byte // JSON of what was sent, by which a difference is made
	Entitled  []byte // hash of what it should hold
	UpdatedAt time.Time
	Problem   string // why it could not be brought in step; "" when it is
}

// Upload is a file that a charger was asked to send: a log or diagnostics.
type Upload struct {
	ID         ID
	ChargerID  ID
	CommandID  ID
	Kind       string   // "diagnostics", "security"
	TokenHash  [32]byte // SHA-256 of the one-time token
	Name       string   // as the charger called it; "" until it came
	Size       int64    // bytes; 0 until it came
	File       string   // name in the folder of uploads; "" until it came
	CreatedAt  time.Time
	ExpiresAt  time.Time // of the token
	ReceivedAt time.Time
}

// Firmware is a firmware file that this server hosts for the chargers of an
// organization and of those inside it.
type Firmware struct {
	ID             ID
	Name           string // file name in the URL
	Size           int64
	SHA256         string // hex
	Signature      string // base64; "" for none
	Certificate    string // PEM of the signing certificate; "" for none
	CreatedAt      time.Time
	RemovedAt      time.Time // zero while it is there
	Actor          string
	OrganizationID ID // whose it is
}

// NoFirmware says that there is no such firmware file, or none that somebody
// may see.
func NoFirmware(id ID) error {
	return Errorf(NotFound, "There is no firmware file %d; GET /api/firmware lists them", id)
}
