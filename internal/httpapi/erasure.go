package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Erasures is where persons are erased.
type Erasures interface {
	// Erase begins an erasure in an organization and those inside it, of an access
	// ID or, with 0, of a tag alone.
	Erase(ctx context.Context, organization, accessID charging.ID, tag, actor string) (charging.Erasure, error)
	// Recorded returns those below an id, 0 for all, newest first.
	Recorded(ctx context.Context, before int64, limit int) ([]charging.Erasure, error)
}

const erasuresPage = 100

// outOfReach is what an erasure cannot change, as every answer says.
var outOfReach = []string{
	"Backups, and the copies of the database that are made before migrations: delete those from before the erasure.",
	"Files that chargers uploaded, and this server's own log output.",
	"What was sent to others: webhooks, e-mail, exports, answers of this API.",
	"What chargers keep themselves. A charger that was offline takes the tag off its local list when it connects; " +
		"what it queued with the tag comes in anew, and can be erased again.",
	"Vehicles and customers, which may be of several persons. Sessions keep theirs.",
}

func (a *API) erasureRoutes() []route {
	if a.cfg.Erasures == nil {
		return nil
	}
	const path = "/api/admin/erasures"
	return []route{
		{path: path, handle: a.permitted(charging.PermitManage, unlimited(a.listErasures)), cors: true},
		{method: http.MethodPost, path: path, handle: a.permitted(charging.PermitManage, unlimited(a.postErasure)), cors: true},
	}
}

// erasureJSON is the record of an erasure, which does not name the tag.
type erasureJSON struct {
	ID             charging.ID            `json:"id"`
	OrganizationID charging.ID            `json:"organizationId"`
	AccessID       *charging.ID           `json:"accessId"`
	Pseudonym      string                 `json:"pseudonym"`
	Actor          string                 `json:"actor"`
	AskedAt        instantJSON            `json:"askedAt"`
	FinishedAt     instantJSON            `json:"finishedAt"`
	Stage          string                 `json:"stage"`
	Counts         charging.ErasureCounts `json:"counts"`
	OutOfReach     []string               `json:"outOfReach"`
}

func erasureRow(e *charging.Erasure) erasureJSON {
	return erasureJSON{e.ID, e.OrganizationID, idOrNull(e.AccessID), e.Pseudonym, e.Actor, instantJSON(e.AskedAt), instantJSON(e.FinishedAt),
		string(e.Stage), e.Counts, outOfReach}
}

// listErasures answers GET /api/admin/erasures, newest first.
func (a *API) listErasures(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	p := parametersOf(r)
	before := p.before()
	if p.err != nil {
		return p.err
	}
	e := a.fleet.Estate()
	var list []charging.Erasure
	for len(list) <= erasuresPage {
		page, err := a.cfg.Erasures.Recorded(r.Context(), before, erasuresPage)
		if err != nil {
			return err
		}
		for i := range page {
			before = page[i].ID
			if e.Inside(page[i].OrganizationID, key.OrganizationID) {
				list = append(list, page[i])
			}
		}
		if len(page) < erasuresPage {
			break
		}
	}
	list, next := cutPage(list, erasuresPage, func(e *charging.Erasure) int64 { return e.ID })
	rows := make([]erasureJSON, len(list))
	for i := range list {
		rows[i] = erasureRow(&list[i])
	}
	a.writeData(w, r, http.StatusOK, listJSON[erasureJSON]{rows, pageAfter(next)})
	return nil
}

// postErasure answers POST /api/admin/erasures.
func (a *API) postErasure(w http.ResponseWriter, r *http.Request, key *charging.APIKey) error {
	var body struct {
		AccessID optional[charging.ID] `json:"accessId"`
		Tag      optional[string]      `json:"tag"`
	}
	if err := readMembers(w, r, maxBody, &body); err != nil {
		return err
	}
	if body.AccessID.has() == body.Tag.has() {
		return charging.Errorf(charging.Invalid, "accessId: must be given or else tag, not both")
	}
	known := a.fleet.Estate().AccessID(body.AccessID.value)
	if body.Tag.has() {
		wrong := checkText("tag", body.Tag.value, maxText)
		if strings.TrimSpace(body.Tag.value) == "" {
			wrong = wrongMember("tag", "must not be empty")
		}
		if wrong == nil {
			p := &people{e: a.fleet.Estate(), org: key.OrganizationID}
			if known, wrong = p.findTag(key.OrganizationID, body.Tag.value); wrong != nil {
				wrong.member = "tag"
			}
		}
		if wrong != nil {
			return wrong.in("")
		}
	} else if known == nil || !a.fleet.Estate().Inside(known.OrganizationID, key.OrganizationID) {
		return wrongMember("accessId", "is the id of no access ID").in("")
	}
	organization, tag, accessID := key.OrganizationID, body.Tag.value, charging.ID(0)
	if known != nil {
		organization, tag, accessID = known.OrganizationID, known.Tag, known.ID
	}
	e, err := a.cfg.Erasures.Erase(r.Context(), organization, accessID, tag, "key "+key.Name)
	if err != nil {
		return err
	}
	a.writeData(w, r, http.StatusOK, dataJSON[erasureJSON]{erasureRow(&e)})
	return nil
}
