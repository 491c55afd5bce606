package charging

import "time"

// SignIn is a browser in which a user is signed in.
type SignIn struct {
	ID        ID
	UserID    ID
	TokenHash [32]byte // SHA-256 of what the browser's cookie holds
	Address   string   // from where it was last used
	Browser   string   // what the browser called itself when the user signed in
	MadeAt    time.Time
	SeenAt    time.Time // to the minute
	ExpiresAt time.Time
}
