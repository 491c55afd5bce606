package httpapi

import (
	"net/http"
	"strconv"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// chargerOf returns the charger that the path names by {id}. One outside the
// key's scope does not exist for it (contract 1.3).
func (a *API) chargerOf(r *http.Request, key *charging.APIKey) (*charging.Charger, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	return a.chargerInScope(key, id)
}

// chargerInScope returns a charger that the key sees. One that was retired is
// there too, because what was stored of it can be read; nobody can do anything
// with it but in the administration.
func (a *API) chargerInScope(key *charging.APIKey, id charging.ID) (*charging.Charger, error) {
	return adminCharger(a.fleet.Estate(), key, id)
}

// errLimited is told to a key that is limited to sites or chargers of what
// belongs to a whole organization (contract 1.3).
var errLimited = charging.Errorf(charging.Refused, "This API key is limited to specific sites or chargers")

var errNotFound = charging.Errorf(charging.NotFound, "%s", textNotFound)

// pathID returns an id of the path; what is no id names nothing.
func pathID(r *http.Request, name string) (charging.ID, error) {
	id, err := parseID(r.PathValue(name))
	if err != nil {
		return 0, errNotFound
	}
	return id, nil
}

// parseID reads a whole number from 1 on.
func parseID(text string) (charging.ID, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err == nil && id <= 0 {
		err = strconv.ErrRange
	}
	return id, err
}

// answer is a handler that may fail.
type answerFunc func(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error

// permitted makes a handler for requests with a key that has the permission.
func (a *API) permitted(need charging.Permission, answer answerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key := a.authenticate(w, r, need)
		if key == nil {
			return
		}
		if err := answer(w, r, key); err != nil {
			a.fail(w, r, err)
		}
	}
}

// ofCharger makes a handler for requests about the charger of the path.
func (a *API) ofCharger(need charging.Permission, answer func(http.ResponseWriter, *http.Request, *charging.APIKey, *charging.Charger) error) http.HandlerFunc {
	return a.permitted(need, func(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
		c, err := a.chargerOf(r, key)
		if err != nil {
			return err
		}
		return answer(w, r, key, c)
	})
}
