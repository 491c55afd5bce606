// Package energy plans what chargers may take and what energy costs: how the
// limit of a site is divided over its chargers. It is plain functions of what
// they are handed: it reads no clock, reaches nothing outside and keeps no state.
// It imports charging.
package energy
