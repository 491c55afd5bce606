package httpapi

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

const (
	maxCallTimeout = 10 * time.Minute
	// Bounds of a charger's password: OCPP 1.6 takes 40 bytes in hexadecimal,
	// 2.x up to 64 characters (A00).
	minChargerPassword = 8
	maxChargerPassword = 64
)

// apply takes over what was given of a charger, all but its site and password.
func (b *chargerBody) apply(c *charging.ChargerSettings) error {
	for _, err := range []error{
		identityGiven(b.OCPPID, &c.OCPPID),
		textGiven("name", b.Name, maxText, &c.Name),
		textGiven("externalId", b.ExternalID, maxText, &c.ExternalID),
		textGiven("manufacturer", b.Manufacturer, maxText, &c.Manufacturer),
		textGiven("model", b.Model, maxText, &c.Model),
		textGiven("serialNumber", b.SerialNumber, maxText, &c.SerialNumber),
		degreesGiven("latitude", b.Latitude, 90, &c.Latitude),
		degreesGiven("longitude", b.Longitude, 180, &c.Longitude),
		typeGiven(b.Type, &c.Type),
		policyGiven(b.UnknownIDTags, &c.UnknownTags),
		secondsGiven("callTimeoutSeconds", b.CallTimeout, maxCallTimeout, &c.CallTimeout),
		fingerprintGiven(b.Fingerprint, &c.Fingerprint),
	} {
		if err != nil {
			return err
		}
	}
	if b.HandsOff.given {
		c.HandsOff = b.HandsOff.value
	}
	if b.AssumeOCPP16.given {
		c.AssumeOCPP16 = b.AssumeOCPP16.value
	}
	if b.Name.given && c.Name == "" {
		c.Name = c.OCPPID
	}
	return nil
}

// identityGiven takes over an OCPP identity; null takes it away.
func identityGiven(given optional[string], to *string) error {
	if !given.given {
		return nil
	}
	*to = given.value
	if given.null {
		return nil
	}
	if err := charging.CheckIdentity(given.value); err != nil {
		return charging.Errorf(charging.Invalid, "ocppId: %s", charging.MessageOf(err))
	}
	return oneLine("ocppId", given.value, charging.MaxIdentity)
}

func typeGiven(given optional[string], to *string) error {
	switch {
	case !given.given:
	case given.null, given.value == charging.DCFC, given.value == charging.Level2:
		*to = given.value
	default:
		return charging.Errorf(charging.Invalid, "type: must be %s or %s", charging.DCFC, charging.Level2)
	}
	return nil
}

// fingerprintGiven takes over the fingerprint of a certificate, as people copy
// it.
func fingerprintGiven(given optional[string], to *string) error {
	if !given.given {
		return nil
	}
	text := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(given.value), ":", ""))
	if raw, err := hex.DecodeString(text); text != "" && (err != nil || len(raw) != 32) {
		return charging.Errorf(charging.Invalid, "certificateFingerprint: must be the SHA-256 of the certificate as 64 hex digits, or null")
	}
	*to = text
	return nil
}

// setPassword sets the password of a charger as a body asks: one of its own,
// one that is made up, which is returned, or with null none.
func (a *API) setPassword(c *charging.ChargerSettings, b *chargerBody) (made string, err error) {
	password := b.Password.value
	switch {
	case b.GeneratePassword.value && b.Password.has():
		return "", charging.Errorf(charging.Invalid, "password: leave it out, or generatePassword; both cannot be")
	case b.GeneratePassword.value:
		made = auth.NewChargerPassword()
		password = made
	case !b.Password.given:
		return "", nil
	case b.Password.null:
		c.PasswordHash, c.NextPasswordHash = "", ""
		return "", nil
	case len(password) < minChargerPassword || len(password) > maxChargerPassword:
		return "", charging.Errorf(charging.Invalid, "password: must be from %d to %d characters; generatePassword makes one up",
			minChargerPassword, maxChargerPassword)
	}
	if err := oneLine("password", password, maxChargerPassword); err != nil {
		return "", err
	}
	// One that it was being given is none any more.
	c.PasswordHash, c.NextPasswordHash = auth.HashChargerPassword(a.cfg.ChargerSecret, password), ""
	return made, nil
}
