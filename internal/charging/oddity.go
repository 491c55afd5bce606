package charging

// Oddity is one thing that was wrong or unusual about a message and did not
// stop it: a short lower-case code, optionally with a detail after a colon,
// such as "unknown-status: Occupied". Oddities are stored with the event.
type Oddity = string
