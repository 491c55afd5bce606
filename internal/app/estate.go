package app

import (
	"context"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/provision"
)

// Import asks for the import of an estate file.
type Import struct {
	File   []byte `json:"file"`
	DryRun bool   `json:"dryRun"`
}

func importEstate(ctx context.Context, a *Admin, in Import) (*provision.Report, error) {
	doc, err := provision.Parse(in.File)
	if err != nil {
		return nil, err
	}
	var report *provision.Report
	err = a.fleet.Update(ctx, func(e *fleet.Estate, fleets *fleet.IDs) (*charging.Change, error) {
		source := a.ids(fleets)
		shown := &provision.Untaken{}
		if in.DryRun {
			source = shown
		}
		change, r, err := provision.Plan(doc, e, source, provision.Options{
			Server: a.store.ServerID(), Secret: a.secret(), Now: now(), Actor: "import",
		})
		report = r
		if in.DryRun && err == nil {
			r.Forget(shown.Gave)
			change = nil
		}
		return change, err
	})
	if err != nil {
		return nil, err
	}
	return report, nil
}

// Export asks for the estate as a file.
type Export struct {
	Secrets bool `json:"secrets"`
}

// Exported is the estate file.
type Exported struct {
	File []byte `json:"file"`
}

func exportEstate(_ context.Context, a *Admin, in Export) (Exported, error) {
	file, err := provision.Export(a.fleet.Estate(), provision.ExportOptions{Server: a.store.ServerID(), Secrets: in.Secrets})
	return Exported{file}, err
}

// OrganizationRow is a row of the list of organizations.
type OrganizationRow struct {
	ID     charging.ID  `json:"id"`
	Name   string       `json:"name"`
	Parent *charging.ID `json:"parentId"`
}

func listOrganizations(_ context.Context, a *Admin, _ None) ([]OrganizationRow, error) {
	rows := []OrganizationRow{}
	for _, o := range a.fleet.Estate().Organizations() {
		row := OrganizationRow{ID: o.ID, Name: o.Name}
		if o.ParentID != 0 {
			row.Parent = &o.ParentID
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// SiteRow is a row of the list of sites.
type SiteRow struct {
	ID           charging.ID `json:"id"`
	Name         string      `json:"name"`
	Organization charging.ID `json:"organizationId"`
	Chargers     int         `json:"chargers"`
}

func listSites(_ context.Context, a *Admin, _ None) ([]SiteRow, error) {
	rows := []SiteRow{}
	e := a.fleet.Estate()
	for _, s := range e.Sites() {
		lo, hi := e.Slots(s.ID)
		rows = append(rows, SiteRow{s.ID, s.Name, s.OrganizationID, hi - lo})
	}
	return rows, nil
}
