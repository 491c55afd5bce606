package httpapi

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/fleet"
)

// This file writes the objects of contract section 3.1, with the members in
// the order of the published schema (3.5 C).

// appendSiteHead appends a site up to its list of chargers, which siteTail ends.
func appendSiteHead(dst []byte, e *fleet.Estate, s *charging.Site) []byte {
	return append(appendSiteMembers(dst, e, s), `,"chargers":[`...)
}

// appendSiteMembers appends what a site itself is, and does not end the object.
func appendSiteMembers(dst []byte, e *fleet.Estate, s *charging.Site) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendInt(dst, s.ID)
	dst = append(dst, `,"name":`...)
	dst = appendString(dst, s.Name)
	dst = append(dst, `,"address":`...)
	dst = appendText(dst, s.Address)
	dst = append(dst, `,"timezone":`...)
	if s.Timezone == "" {
		dst = append(dst, `"UTC"`...)
	} else {
		dst = appendString(dst, s.Timezone)
	}
	dst = append(dst, `,"organization":{"id":`...)
	dst = appendInt(dst, s.OrganizationID)
	dst = append(dst, `,"name":`...)
	name := ""
	if o := e.Organization(s.OrganizationID); o != nil {
		name = o.Name
	}
	dst = appendString(dst, name)
	return append(dst, '}')
}

const siteTail = `]}`

func appendCharger(dst []byte, e *fleet.Estate, c *charging.Charger) []byte {
	return appendChargerAs(dst, e, c, nil)
}

// appendChargerAs appends a charger, and how fresh its values are when that was
// asked for; fresh is nil when it was not.
func appendChargerAs(dst []byte, e *fleet.Estate, c *charging.Charger, fresh *freshness) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendInt(dst, c.ID)
	dst = append(dst, `,"name":`...)
	dst = appendString(dst, c.Name)
	dst = append(dst, `,"manufacturer":`...)
	dst = appendText(dst, c.EffectiveManufacturer())
	dst = append(dst, `,"model":`...)
	dst = appendText(dst, c.EffectiveModel())
	dst = append(dst, `,"serialNumber":`...)
	dst = appendText(dst, c.EffectiveSerialNumber())
	dst = append(dst, `,"firmwareVersion":`...)
	dst = appendText(dst, c.EffectiveFirmware())
	dst = append(dst, `,"latitude":`...)
	dst = appendDecimal(dst, c.Latitude)
	dst = append(dst, `,"longitude":`...)
	dst = appendDecimal(dst, c.Longitude)
	dst = append(dst, `,"externalId":`...)
	dst = appendText(dst, c.ExternalID)
	dst = append(dst, `,"ocppId":`...)
	dst = appendText(dst, c.OCPPID)
	dst = append(dst, `,"type":`...)
	dst = appendString(dst, c.EffectiveType())
	dst = append(dst, `,"powerSharing":`...)
	dst = appendBool(dst, len(c.Ports) > 1)
	dst = append(dst, `,"connectionStatus":`...)
	dst = appendConnection(dst, c.Connection)
	dst = append(dst, `,"numberOfPorts":`...)
	dst = appendInt(dst, int64(len(c.Ports)))
	dst = append(dst, `,"ports":[`...)
	for i, p := range c.Ports {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendPort(dst, e, c, p, fresh)
	}
	return append(dst, `]}`...)
}

func appendConnection(dst []byte, c *charging.Connection) []byte {
	if c == nil {
		return append(dst, "null"...)
	}
	status := `{"status":"Disconnected","timestamp":`
	if c.Connected {
		status = `{"status":"Connected","timestamp":`
	}
	dst = append(dst, status...)
	dst = appendTime(dst, c.Since)
	return append(dst, '}')
}

func appendPort(dst []byte, e *fleet.Estate, c *charging.Charger, p *charging.Port, fresh *freshness) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendInt(dst, p.ID)
	dst = append(dst, `,"name":`...)
	dst = appendString(dst, p.Name)
	dst = append(dst, `,"portNumber":`...)
	dst = appendInt(dst, int64(p.Number))
	dst = append(dst, `,"maximumPowerKw":`...)
	if kw := p.MaxPower.Thousand(); kw > 0 {
		dst = charging.AppendThousandths(dst, kw)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"connectorType":`...)
	dst = appendString(dst, c.ConnectorType(p))
	dst = append(dst, `,"ocppStatus":`...)
	dst = appendStatus(dst, p.Status)
	if fresh != nil {
		dst = append(dst, `,"freshness":`...)
		dst = fresh.appendStatus(dst, c, p)
	}
	dst = append(dst, `,"currentChargingSession":`...)
	if s := p.Session; s != nil && s.Shown() {
		dst = appendCurrentSession(dst, e, s)
		if fresh != nil {
			dst = append(dst[:len(dst)-1], `,"freshness":`...)
			dst = append(fresh.appendReadings(dst, c, p), '}')
		}
	} else {
		dst = append(dst, "null"...)
	}
	return append(dst, '}')
}

func appendStatus(dst []byte, s *charging.PortStatus) []byte {
	if s == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"status":`...)
	dst = appendString(dst, string(s.Status))
	dst = append(dst, `,"timestamp":`...)
	dst = appendTime(dst, s.At)
	dst = append(dst, `,"errorCode":`...)
	dst = appendString(dst, s.ErrorCode)
	dst = append(dst, `,"vendorErrorCode":`...)
	dst = appendText(dst, s.VendorErrorCode)
	dst = append(dst, `,"info":`...)
	dst = appendText(dst, s.Info)
	return append(dst, '}')
}
