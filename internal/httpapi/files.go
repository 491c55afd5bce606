package httpapi

import (
	"context"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Files is where the files of chargers are.
type Files interface {
	Uploads(ctx context.Context, charger charging.ID, before int64, limit int) ([]*charging.Upload, error)
	// OpenUpload returns an upload, nil for none, and its file, nil while it
	// has not come.
	OpenUpload(ctx context.Context, id charging.ID) (*charging.Upload, *os.File, error)
	AddFirmware(ctx context.Context, fw charging.Firmware, body io.Reader) (*charging.Firmware, error)
	Firmwares(ctx context.Context) ([]*charging.Firmware, error)
	RemoveFirmware(ctx context.Context, id charging.ID) error
}

const uploadsPage = 100

type uploadJSON struct {
	ID         charging.ID  `json:"id"`
	ChargerID  charging.ID  `json:"chargerId"`
	Kind       string       `json:"kind"`
	CommandID  *charging.ID `json:"commandId"`
	Name       *string      `json:"name"`
	Size       int64        `json:"size"`
	CreatedAt  instantJSON  `json:"createdAt"`
	ExpiresAt  instantJSON  `json:"expiresAt"`
	ReceivedAt instantJSON  `json:"receivedAt"`
}

func uploadRow(u *charging.Upload) uploadJSON {
	return uploadJSON{ID: u.ID, ChargerID: u.ChargerID, Kind: u.Kind, CommandID: idOrNull(u.CommandID), Name: orNull(u.Name), Size: u.Size,
		CreatedAt: instantJSON(u.CreatedAt), ExpiresAt: instantJSON(u.ExpiresAt), ReceivedAt: instantJSON(u.ReceivedAt)}
}

// uploads answers GET /api/chargers/{id}/uploads, newest first.
func (a *API) uploads(w http.ResponseWriter, r *http.Request, _ *charging.APIKey, c *charging.Charger) error {
	p := parametersOf(r)
	before := p.before()
	if p.err != nil {
		return p.err
	}
	list, err := a.cfg.Files.Uploads(r.Context(), c.ID, before, uploadsPage+1)
	if err != nil {
		return err
	}
	list, next := cutPage(list, uploadsPage, func(u **charging.Upload) int64 { return (*u).ID })
	rows := make([]uploadJSON, len(list))
	for i := range list {
		rows[i] = uploadRow(list[i])
	}
	a.writeData(w, r, http.StatusOK, listJSON[uploadJSON]{rows, pageAfter(next)})
	return nil
}

// uploadFile answers GET /api/uploads/{id}/file. It is a stranger's file: it
// is handed out to be saved, never shown.
func (a *API) uploadFile(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	u, file, err := a.cfg.Files.OpenUpload(r.Context(), id)
	if err != nil {
		return err
	}
	if file != nil {
		defer file.Close()
	}
	if u == nil {
		return errNotFound
	}
	if _, err := a.chargerInScope(key, u.ChargerID); err != nil {
		return err
	}
	if file == nil {
		return charging.Errorf(charging.NotFound, "The charger has not sent this file yet")
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": u.Name}))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	http.ServeContent(w, r, "", u.ReceivedAt, file)
	return nil
}

type firmwareJSON struct {
	ID        charging.ID `json:"id"`
	Name      string      `json:"name"`
	Path      string      `json:"path"`
	Size      int64       `json:"size"`
	SHA256    string      `json:"sha256"`
	Signed    bool        `json:"signed"`
	CreatedAt instantJSON `json:"createdAt"`
	Actor     string      `json:"actor"`
}

func firmwareRow(fw *charging.Firmware) firmwareJSON {
	return firmwareJSON{ID: fw.ID, Name: fw.Name, Path: "/firmware/" + fw.Name, Size: fw.Size, SHA256: fw.SHA256,
		Signed: fw.Signature != "", CreatedAt: instantJSON(fw.CreatedAt), Actor: fw.Actor}
}

// firmwareOf lists the firmware files that a key may see: those of its
// organization and of those inside it. They are for all chargers there, so a
// key that is limited to some has nothing to do with them.
func (a *API) firmwareOf(ctx context.Context, key *charging.APIKey) ([]*charging.Firmware, error) {
	if key.Limited() {
		return nil, errLimited
	}
	list, err := a.cfg.Files.Firmwares(ctx)
	if err != nil {
		return nil, err
	}
	e := a.fleet.Estate()
	return slices.DeleteFunc(list, func(fw *charging.Firmware) bool { return !e.Inside(fw.OrganizationID, key.OrganizationID) }), nil
}

// listFirmware answers GET /api/firmware.
func (a *API) listFirmware(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	list, err := a.firmwareOf(r.Context(), key)
	if err != nil {
		return err
	}
	rows := make([]firmwareJSON, len(list))
	for i := range list {
		rows[i] = firmwareRow(list[i])
	}
	a.writeData(w, r, http.StatusOK, dataJSON[[]firmwareJSON]{rows})
	return nil
}

// addFirmware answers POST /api/firmware?name=…: the bytes of the file are the
// body.
func (a *API) addFirmware(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	if key.Limited() {
		return errLimited
	}
	p := parametersOf(r)
	fw := charging.Firmware{Name: p.text("name"), Signature: p.text("signature"), Certificate: p.text("certificate"), Actor: "key " + key.Name,
		OrganizationID: key.OrganizationID}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	made, err := a.cfg.Files.AddFirmware(r.Context(), fw, r.Body)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[firmwareJSON]{firmwareRow(made)})
	return nil
}

// removeFirmware answers DELETE /api/firmware/{id}.
func (a *API) removeFirmware(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	list, err := a.firmwareOf(r.Context(), key)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(fw *charging.Firmware) bool { return fw.ID == id }) {
		return charging.NoFirmware(id)
	}
	if err := a.cfg.Files.RemoveFirmware(r.Context(), id); err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, struct{}{})
	return nil
}
