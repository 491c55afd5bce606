package store

import "github.com/chargeyard/chargeyard/internal/charging"

var accessIDs = noun[charging.AccessID]{
	kind: charging.IDAccessID,
	columns: []string{"id", "organization_id", "tag", "tag_folded", "type", "name", "revoked", "authorized_at", "revoked_at",
		"expires_at", "group_tag", "vehicle_id", "customer_id", "created_at", "updated_at"},
	id: func(a *charging.AccessID) charging.ID { return a.ID },
	values: func(a *charging.AccessID) []any {
		return []any{a.OrganizationID, a.Tag, charging.FoldTag(a.Tag), a.Type, a.Name, bit(a.Revoked),
			timeOrNull(a.AuthorizedAt), timeOrNull(a.RevokedAt), timeOrNull(a.ExpiresAt), a.GroupTag,
			idOrNull(a.VehicleID), idOrNull(a.CustomerID), timeOrNull(a.CreatedAt), timeOrNull(a.UpdatedAt)}
	},
	scan: func(a *charging.AccessID) []any {
		return []any{&a.ID, &a.OrganizationID, &a.Tag, new(string), &a.Type, &a.Name, flagIn{&a.Revoked},
			timeIn{&a.AuthorizedAt}, timeIn{&a.RevokedAt}, timeIn{&a.ExpiresAt}, &a.GroupTag,
			idIn{&a.VehicleID}, idIn{&a.CustomerID}, timeIn{&a.CreatedAt}, timeIn{&a.UpdatedAt}}
	},
}
