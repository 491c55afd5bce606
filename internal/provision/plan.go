package provision

import (
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// estate is the picture of the estate that a file is compared with.
type estate = fleet.Estate

// Options are what a plan needs to know beside the file and the estate.
type Options struct {
	// Server is this server's id. Ids of the file find things only when the
	// file says that they are this server's.
	Server string
	// Secret is the key under which charger passwords are hashed.
	Secret auth.ChargerSecret
	Now    time.Time
	Actor  string // who imports, for the audit
}

// Plan says what has to change so that the estate has what the file says.
//
// Chargers are matched by ocppId, then by externalId inside their organization,
// then by id when the file's ids are this server's; a charger without any of
// the keys is the one of the same name at the same site that has none either.
// Organizations and sites are matched by name inside their parent, then by id
// likewise; ports by number, access IDs by tag, vehicles by VIN, licence plate
// or name, customers by name. What the file does not name stays, and nothing
// that is null in the file removes anything.
//
// The change is nil when nothing changes. An error of kind Invalid has a line
// for each bad row.
func Plan(doc *Document, e *fleet.Estate, ids IDs, opts Options) (*charging.Change, *Report, error) {
	p := &planner{
		doc: doc, e: e, opts: opts,
		sameIDs: doc.Server != "" && doc.Server == opts.Server,
		ids:     newAllocator(ids, doc, e),
		change:  &charging.Change{Base: e.Version(), At: opts.Now, Actor: opts.Actor},
		report:  &Report{Lines: []Line{}, Notes: append([]Note{}, doc.Notes...)},
		problem: &problems{},
	}
	p.organizations()
	p.keepReused()
	p.sites()
	p.chargers()
	p.people()
	p.unique()
	if p.ids.err != nil {
		return nil, nil, p.ids.err
	}
	if err := p.problem.err(); err != nil {
		return nil, nil, err
	}
	if len(p.report.Lines) == 0 {
		return nil, p.report, nil
	}
	return p.change, p.report, nil
}

type planner struct {
	doc     *Document
	e       *fleet.Estate
	opts    Options
	sameIDs bool // the file's ids are this server's
	ids     *allocator
	change  *charging.Change
	report  *Report
	problem *problems

	orgs     []charging.ID // of Document.Organizations
	orgNames map[charging.ID]string
	root     charging.ID                 // for rows that name no organization; 0 when that is unclear
	siteIDs  []charging.ID               // of Document.Sites
	siteOrgs map[charging.ID]charging.ID // organization of each site after the change
	drafts   []*draft                    // each charger of the file as it will be
	drafted  map[charging.ID]bool
	persons  persons
}
