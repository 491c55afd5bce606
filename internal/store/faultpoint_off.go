//go:build !faultpoints

package store

// faultPoint is nothing in every ordinary build; see faultpoint_on.go.
func faultPoint() func(stage string) error { return nil }
