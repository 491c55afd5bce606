package httpapi_test

import (
	"github.com/chargeyard/chargeyard/internal/auth"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// slowKey may make one request a minute.
func slowKey() charging.APIKey {
	return charging.APIKey{ID: 70, OrganizationID: 3, Hash: auth.HashKey("cy_slow"), Permissions: charging.PermitRead, PerMinute: 1}
}
