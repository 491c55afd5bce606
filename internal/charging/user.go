package charging

import "time"

// Role is what a person may do.
type Role string

// The roles. They are stored: never change one.
const (
	RoleOwner   Role = "owner"   // everything, users and keys too
	RoleManager Role = "manager" // chargers, sites, cards and vehicles
	RoleViewer  Role = "viewer"  // looks only
)

// User is a person who may sign in.
type User struct {
	ID             ID
	OrganizationID ID     // sees this organization and those inside it
	Email          string // unique on the server, without regard to letter case
	Name           string
	Role           Role
	Sites          []ID   // limits; empty: no limit
	PasswordHash   string // auth's form; "" while there is none: then nobody signs in with one
	// OpenIDIssuer and OpenIDSubject are who the user is at a service by which people
	// sign in; "" while it told of nobody with the user's address.
	OpenIDIssuer, OpenIDSubject string
	Disabled                    bool
	CreatedAt                   time.Time
	UpdatedAt                   time.Time
}

// Owns reports whether the user may do everything in the organization.
func (u *User) Owns() bool { return u.Role == RoleOwner && !u.Disabled && len(u.Sites) == 0 }

// UserChange is what becomes of one user; at most one of the two is set.
type UserChange struct {
	Save   *User // new or changed
	Remove ID
}
