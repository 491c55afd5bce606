package httpapi

import (
	"context"
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// ChargerSettings changes how single chargers are treated.
type ChargerSettings interface {
	// SetNextBoot says how the charger's next boot is answered.
	SetNextBoot(ctx context.Context, charger charging.ID, answer, actor string) error
	// SetProfile says which security profile is the lowest that is accepted.
	SetProfile(ctx context.Context, charger charging.ID, profile int, actor string) error
	// RotatePassword gives the charger a new password, which nobody sees.
	RotatePassword(ctx context.Context, charger charging.ID, actor string) (charging.CommandResult, error)
}

// nextBootJSON and profileJSON are bodies and answers alike.
type (
	nextBootJSON struct {
		Answer string `json:"answer"`
	}
	profileJSON struct {
		Profile *int `json:"profile"`
	}
)

// postNextBoot answers POST /api/chargers/{id}/next-boot.
func (a *API) postNextBoot(w http.ResponseWriter, r *http.Request, key *charging.APIKey, c *charging.Charger) error {
	var body nextBootJSON
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	switch body.Answer {
	case charging.RegistrationAccepted, charging.RegistrationPending, charging.RegistrationRejected:
	default:
		return charging.Errorf(charging.Invalid, "answer: %q is none of Accepted, Pending, Rejected", body.Answer)
	}
	if err := a.cfg.Settings.SetNextBoot(r.Context(), c.ID, body.Answer, "key "+key.Name); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[nextBootJSON]{body})
	return nil
}

// postProfile answers POST /api/chargers/{id}/security-profile.
func (a *API) postProfile(w http.ResponseWriter, r *http.Request, key *charging.APIKey, c *charging.Charger) error {
	var body profileJSON
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.Profile == nil || *body.Profile < 0 || *body.Profile > 3 {
		return charging.Errorf(charging.Invalid, "profile: must be from 0 to 3")
	}
	if err := a.cfg.Settings.SetProfile(r.Context(), c.ID, *body.Profile, "key "+key.Name); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[profileJSON]{body})
	return nil
}

// postPassword answers POST /api/chargers/{id}/password: the charger is given
// a new password, which only it and the server's hash know.
func (a *API) postPassword(w http.ResponseWriter, r *http.Request, key *charging.APIKey, c *charging.Charger) error {
	var body struct {
		Rotate bool `json:"rotate"`
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if !body.Rotate {
		return charging.Errorf(charging.Invalid, "rotate: must be true; a password of your own is set with \"chargeyard charger password\"")
	}
	result, err := a.cfg.Settings.RotatePassword(r.Context(), c.ID, "key "+key.Name)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[commandJSON]{commandRow(&result)})
	return nil
}
