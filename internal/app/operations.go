package app

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
	"github.com/chargeyard/chargeyard/internal/provision"
	"github.com/chargeyard/chargeyard/internal/store"
)

// Admin is what operations work on: the fleet and the store of one data
// folder, in the server or in a command of its own.
type Admin struct {
	fleet *fleet.Fleet
	store *store.Store
	// server is the running server, nil in a command of its own.
	server *App
	frugal *frugalIDs
}

// ids is where new ids come from. The fleet takes them in large blocks, which
// a server uses up; a command would waste the rest of them.
func (a *Admin) ids(fleets *fleet.IDs) provision.IDs {
	if a.server != nil {
		return fleets
	}
	if a.frugal == nil {
		a.frugal = &frugalIDs{store: a.store, free: map[charging.IDKind]idRange{}}
	}
	return a.frugal
}

func (a *Admin) secret() auth.ChargerSecret { return secretOf(a.store) }

// now is cut to what the store keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Operation runs one administrative operation on its JSON input.
type Operation func(ctx context.Context, a *Admin, input json.RawMessage) (any, error)

// The names of the operations.
const (
	OpStatus          = "status"
	OpKeyCreate       = "key.create"
	OpKeyList         = "key.list"
	OpKeyRevoke       = "key.revoke"
	OpImport          = "import"
	OpExport          = "export"
	OpOrgList         = "org.list"
	OpSiteList        = "site.list"
	OpChargerList     = "charger.list"
	OpChargerAdd      = "charger.add"
	OpChargerPassword = "charger.password"
	OpChargerAdopt    = "charger.adopt"
	OpChargerRefused  = "charger.refused"
	OpChargerAsk      = "charger.ask"
	OpChargerCommands = "charger.commands"
	OpChargerTreat    = "charger.treat"
	OpUserCreate      = "user.create"
	OpUserList        = "user.list"
	OpUserLink        = "user.link"
	OpUserRemove      = "user.remove"
	OpBackup          = "backup"
)

// Operations are all operations by name; the control socket and commands
// without a server run the same ones.
var Operations = map[string]Operation{
	OpStatus:          operation(status),
	OpKeyCreate:       operation(createKey),
	OpKeyList:         operation(listKeys),
	OpKeyRevoke:       operation(revokeKey),
	OpImport:          operation(importEstate),
	OpExport:          operation(exportEstate),
	OpOrgList:         operation(listOrganizations),
	OpSiteList:        operation(listSites),
	OpChargerList:     operation(listChargers),
	OpChargerAdd:      operation(addCharger),
	OpChargerPassword: operation(setChargerPassword),
	OpChargerAdopt:    operation(adoptCharger),
	OpChargerRefused:  operation(listRefused),
	OpChargerAsk:      operation(askCharger),
	OpChargerCommands: operation(listCommands),
	OpChargerTreat:    operation(treatCharger),
	OpUserCreate:      operation(createUser),
	OpUserList:        operation(listUsers),
	OpUserLink:        operation(linkUser),
	OpUserRemove:      operation(removeUser),
	OpBackup:          operation(backup),
}

// None is the input of operations that need none.
type None struct{}

// operation reads the input of f from JSON.
func operation[In, Out any](f func(context.Context, *Admin, In) (Out, error)) Operation {
	return func(ctx context.Context, a *Admin, input json.RawMessage) (any, error) {
		var in In
		if len(bytes.TrimSpace(input)) > 0 {
			if err := json.Unmarshal(input, &in); err != nil {
				return nil, charging.Errorf(charging.Invalid, "the input of the operation cannot be read: %w", err)
			}
		}
		return f(ctx, a, in)
	}
}

func run(ctx context.Context, a *Admin, name string, input json.RawMessage) (any, error) {
	op, known := Operations[name]
	if !known {
		return nil, charging.Errorf(charging.NotFound, "the server knows no operation %q; the command and the server are of different versions", name)
	}
	return op(ctx, a, input)
}
