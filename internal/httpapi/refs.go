package httpapi

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// serviceProvider is the network of chargers of which nobody says another.
const serviceProvider = "chargeyard"

// The things that rows of lists are of (contract section 2).
type (
	organizationRef struct {
		ID   charging.ID `json:"id"`
		Name string      `json:"name"`
	}
	siteRef struct {
		ID         charging.ID `json:"id"`
		Name       string      `json:"name"`
		LocationID *string     `json:"locationId"`
	}
	// chargerRef is the charger of a session, an error, an alert or a window.
	chargerRef struct {
		ID                     charging.ID `json:"id"`
		Name                   string      `json:"name"`
		Manufacturer           *string     `json:"manufacturer"`
		Model                  *string     `json:"model"`
		SerialNumber           *string     `json:"serialNumber"`
		ExternalID             *string     `json:"externalId"`
		OCPPID                 *string     `json:"ocppId"`
		NetworkServiceProvider string      `json:"networkServiceProvider"`
		ChargerType            string      `json:"chargerType"`
	}
)

func chargerRefOf(c *charging.Charger) chargerRef {
	return chargerRef{ID: c.ID, Name: c.Name, Manufacturer: orNull(c.EffectiveManufacturer()), Model: orNull(c.EffectiveModel()),
		SerialNumber: orNull(c.EffectiveSerialNumber()), ExternalID: orNull(c.ExternalID), OCPPID: orNull(c.OCPPID),
		NetworkServiceProvider: serviceProvider, ChargerType: c.EffectiveType()}
}

func siteRefOf(s *charging.Site) siteRef {
	return siteRef{ID: s.ID, Name: s.Name, LocationID: orNull(s.LocationID)}
}

// organizationRefOf is the owner of a site.
func organizationRefOf(e *fleet.Estate, s *charging.Site) organizationRef {
	o := e.Organization(s.OrganizationID)
	if o == nil {
		return organizationRef{ID: s.OrganizationID}
	}
	return organizationRef{ID: o.ID, Name: o.Name}
}
