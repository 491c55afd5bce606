package statefuzz

// The document of GET /api/sites (contract section 3.1).

type site struct {
	ID           int64        `json:"id"`
	Name         string       `json:"name"`
	Address      *string      `json:"address"`
	Timezone     string       `json:"timezone"`
	Organization organization `json:"organization"`
	Chargers     []charger    `json:"chargers"`
}

type organization struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type charger struct {
	ID               int64       `json:"id"`
	Name             string      `json:"name"`
	Manufacturer     *string     `json:"manufacturer"`
	Model            *string     `json:"model"`
	SerialNumber     *string     `json:"serialNumber"`
	FirmwareVersion  *string     `json:"firmwareVersion"`
	Latitude         *float64    `json:"latitude"`
	Longitude        *float64    `json:"longitude"`
	ExternalID       *string     `json:"externalId"`
	OCPPID           *string     `json:"ocppId"`
	Type             string      `json:"type"`
	PowerSharing     bool        `json:"powerSharing"`
	ConnectionStatus *connection `json:"connectionStatus"`
	NumberOfPorts    int         `json:"numberOfPorts"`
	Ports            []port      `json:"ports"`
}

type connection struct {
	Status    string `json:"status"`
	Timestamp string `json:"timestamp"`
}

type port struct {
	ID             int64    `json:"id"`
	Name           string   `json:"name"`
	PortNumber     int      `json:"portNumber"`
	MaximumPowerKw *float64 `json:"maximumPowerKw"`
	ConnectorType  string   `json:"connectorType"`
	OCPPStatus     *status  `json:"ocppStatus"`
	CurrentSession *session `json:"currentChargingSession"`
}

type status struct {
	Status          string  `json:"status"`
	Timestamp       string  `json:"timestamp"`
	ErrorCode       string  `json:"errorCode"`
	VendorErrorCode *string `json:"vendorErrorCode"`
	Info            *string `json:"info"`
}

type session struct {
	ID                 int64    `json:"id"`
	StartTime          string   `json:"startTime"`
	SoCStartPercent    *float64 `json:"socStartPercent"`
	EnergyDeliveredKwh float64  `json:"energyDeliveredKwh"`
	OCPPIDTag          *string  `json:"ocppIdTag"`
	OCPPTransactionID  *int64   `json:"ocppTransactionId"`
	LatestReadings     readings `json:"latestReadings"`
	Vehicle            *vehicle `json:"vehicle"`
	RFID               *named   `json:"rfid"`
	Customer           *named   `json:"customer"`
}

type readings struct {
	PowerKw    *reading `json:"powerKw"`
	CurrentA   *reading `json:"currentA"`
	SoCPercent *reading `json:"socPercent"`
	Voltage    *reading `json:"voltage"`
}

type reading struct {
	Value     float64 `json:"value"`
	Timestamp string  `json:"timestamp"`
}

type vehicle struct {
	ID   int64   `json:"id"`
	Make *string `json:"make"`
	// The rest of the members.
	Model *string `json:"model"`
	Name  string  `json:"name"`
	VIN   *string `json:"vin"`
}

type named struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}
