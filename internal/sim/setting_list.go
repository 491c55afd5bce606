package sim

import (
	"strconv"
	"time"
)

// networkPriority is read when the charger boots.
var networkPriority = &setting{component: "OCPPCommCtrlr", variable: "NetworkConfigurationPriority", kind: "SequenceList",
	reboot: true, value: "1"}

// settings are all that can be read or set, in alphabetical order of the keys
// of 1.6 within their groups.
var settings []*setting

func init() {
	networkPriority.check = func(c *Charger, value string) bool { return c.knowsSlots(value) }
	settings = append(settings, networkPriority)
	settings = append(settings, timeSettings()...)
	settings = append(settings, behaviourSettings()...)
	settings = append(settings, limitSettings()...)
	settings = append(settings, securitySettings()...)
	settings = append(settings, plateSettings()...)
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// duration returns the value of a setting that is known to be a number.
func duration(value string) time.Duration {
	n, _ := strconv.Atoi(value)
	return time.Duration(n) * time.Second
}

func timeSettings() []*setting {
	return []*setting{
		{key: "HeartbeatInterval", component: "OCPPCommCtrlr", variable: "HeartbeatInterval", kind: "integer", unit: "s", least: 1,
			read: func(c *Charger) string { return seconds(c.heartbeatInterval) },
			apply: func(c *Charger, value string, now instant) {
				c.heartbeatInterval = duration(value)
				c.heartbeatAt = now + c.heartbeatInterval
			}},
		{key: "MeterValueSampleInterval", component: "SampledDataCtrlr", variable: "TxUpdatedInterval", kind: "integer", unit: "s", least: 1,
			read:  func(c *Charger) string { return seconds(c.sampleInterval) },
			apply: func(c *Charger, value string, _ instant) { c.sampleInterval = duration(value) }},
		{key: "ClockAlignedDataInterval", component: "AlignedDataCtrlr", variable: "Interval", kind: "integer", unit: "s", most: 86400,
			read: func(c *Charger) string { return seconds(c.alignedEvery) },
			apply: func(c *Charger, value string, now instant) {
				c.alignedEvery = duration(value)
				c.alignMeters(now)
			}},
		{key: "ConnectionTimeOut", component: "TxCtrlr", variable: "EVConnectionTimeOut", kind: "integer", unit: "s", least: 1, value: "60"},
		{key: "WebSocketPingInterval", component: "OCPPCommCtrlr", variable: "WebSocketPingInterval", kind: "integer", unit: "s",
			access: readOnly, value: "0"},
		{key: "MinimumStatusDuration", kind: "integer", value: "0"},
		{component: "OCPPCommCtrlr", variable: "OfflineThreshold", kind: "integer", unit: "s", value: "600"},
		{component: "OCPPCommCtrlr", variable: "MessageTimeout", instance: "Default", kind: "integer", unit: "s", access: readOnly,
			read: func(c *Charger) string { return seconds(c.fleet.cfg.CallTimeout) }},
		{component: "ClockCtrlr", variable: "DateTime", kind: "dateTime", access: readOnly,
			read: func(c *Charger) string { return stamp(time.Now()) }},
		{component: "ClockCtrlr", variable: "TimeSource", kind: "SequenceList", words: "Heartbeat,NTP", value: "Heartbeat"},
		{component: "ClockCtrlr", variable: "TimeZone", kind: "string", value: "UTC", most: 30},
	}
}

const measurands = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,SoC,Power.Offered,Current.Offered"

func behaviourSettings() []*setting {
	return []*setting{
		{key: "AuthorizeRemoteTxRequests", component: "AuthCtrlr", variable: "AuthorizeRemoteStart", kind: "boolean", access: readOnly, value: "false"},
		{key: "LocalAuthorizeOffline", component: "AuthCtrlr", variable: "LocalAuthorizeOffline", kind: "boolean", value: "true"},
		{key: "LocalPreAuthorize", component: "AuthCtrlr", variable: "LocalPreAuthorize", kind: "boolean", value: "false"},
		{key: "AllowOfflineTxForUnknownId", component: "AuthCtrlr", variable: "OfflineTxForUnknownIdEnabled", kind: "boolean", value: "false"},
		{key: "AuthorizationCacheEnabled", component: "AuthCacheCtrlr", variable: "Enabled", kind: "boolean", value: "true"},
		{key: "LocalAuthListEnabled", component: "LocalAuthListCtrlr", variable: "Enabled", kind: "boolean", value: "true"},
		{key: "StopTransactionOnInvalidId", component: "TxCtrlr", variable: "StopTxOnInvalidId", kind: "boolean", access: readOnly, value: "true"},
		{key: "StopTransactionOnEVSideDisconnect", component: "TxCtrlr", variable: "StopTxOnEVSideDisconnect", kind: "boolean", access: readOnly, value: "true"},
		{key: "UnlockConnectorOnEVSideDisconnect", kind: "boolean", value: "true"},
		{key: "MaxEnergyOnInvalidId", component: "TxCtrlr", variable: "MaxEnergyOnInvalidId", kind: "integer", unit: "Wh", value: "0"},
		{key: "MeterValuesSampledData", component: "SampledDataCtrlr", variable: "TxUpdatedMeasurands", kind: "MemberList",
			words: measurands, value: "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"},
		{key: "MeterValuesAlignedData", component: "AlignedDataCtrlr", variable: "Measurands", kind: "MemberList", words: measurands,
			value: "Energy.Active.Import.Register"},
		{key: "StopTxnSampledData", component: "SampledDataCtrlr", variable: "TxEndedMeasurands", kind: "MemberList", words: measurands,
			value: "Energy.Active.Import.Register"},
		{key: "StopTxnAlignedData", component: "AlignedDataCtrlr", variable: "TxEndedMeasurands", kind: "MemberList", words: measurands},
		{component: "SampledDataCtrlr", variable: "TxStartedMeasurands", kind: "MemberList", words: measurands, value: "Energy.Active.Import.Register"},
		{component: "SampledDataCtrlr", variable: "TxEndedInterval", kind: "integer", unit: "s", value: "0"},
		{component: "AlignedDataCtrlr", variable: "TxEndedInterval", kind: "integer", unit: "s", value: "0"},
		{component: "TxCtrlr", variable: "TxStartPoint", kind: "MemberList", access: readOnly, value: "PowerPathClosed"},
		{component: "TxCtrlr", variable: "TxStopPoint", kind: "MemberList", access: readOnly, value: "PowerPathClosed"},
		{component: "TxCtrlr", variable: "TxBeforeAcceptedEnabled", kind: "boolean", access: readOnly, value: "true"},
		{component: "OCPPCommCtrlr", variable: "QueueAllMessages", kind: "boolean", access: readOnly, value: "false"},
		{key: "ResetRetries", component: "OCPPCommCtrlr", variable: "ResetRetries", kind: "integer", value: "1"},
		{key: "LightIntensity", kind: "integer", most: 100, value: "80"},
		{component: "MonitoringCtrlr", variable: "Enabled", kind: "boolean", access: readOnly, value: "true"},
		{component: "DisplayMessageCtrlr", variable: "Enabled", kind: "boolean", access: readOnly, value: "true"},
		{component: "ReservationCtrlr", variable: "Enabled", kind: "boolean", access: readOnly, value: "true"},
		{component: "TariffCostCtrlr", variable: "Currency", kind: "string", value: "EUR", most: 3},
	}
}

// maxKeys is how many keys GetConfiguration may ask for at once.
const maxKeys = 50

func limitSettings() []*setting {
	fixed := func(key, component, variable, instance, value string) *setting {
		return &setting{key: key, component: component, variable: variable, instance: instance, kind: "integer", access: readOnly, value: value}
	}
	return []*setting{
		fixed("GetConfigurationMaxKeys", "", "", "", strconv.Itoa(maxKeys)),
		fixed("", "DeviceDataCtrlr", "ItemsPerMessage", "GetVariables", strconv.Itoa(maxKeys)),
		fixed("", "DeviceDataCtrlr", "ItemsPerMessage", "SetVariables", strconv.Itoa(maxKeys)),
		fixed("", "DeviceDataCtrlr", "ItemsPerMessage", "GetReport", strconv.Itoa(maxKeys)),
		fixed("", "DeviceDataCtrlr", "BytesPerMessage", "GetVariables", "65536"),
		fixed("", "DeviceDataCtrlr", "BytesPerMessage", "SetVariables", "65536"),
		fixed("", "DeviceDataCtrlr", "BytesPerMessage", "GetReport", "65536"),
		fixed("", "MonitoringCtrlr", "ItemsPerMessage", "SetVariableMonitoring", strconv.Itoa(maxKeys)),
		fixed("", "MonitoringCtrlr", "ItemsPerMessage", "ClearVariableMonitoring", strconv.Itoa(maxKeys)),
		fixed("LocalAuthListMaxLength", "", "", "", strconv.Itoa(maxLocalList)),
		fixed("SendLocalListMaxLength", "LocalAuthListCtrlr", "ItemsPerMessage", "", "100"),
		{component: "LocalAuthListCtrlr", variable: "Entries", kind: "integer", access: readOnly,
			read: func(c *Charger) string {
				if c.mem == nil {
					return "0"
				}
				return strconv.Itoa(len(c.mem.list))
			}},
		fixed("ChargeProfileMaxStackLevel", "SmartChargingCtrlr", "ProfileStackLevel", "", strconv.Itoa(maxStack)),
		fixed("ChargingScheduleMaxPeriods", "SmartChargingCtrlr", "PeriodsPerSchedule", "", strconv.Itoa(maxPeriods)),
		fixed("MaxChargingProfilesInstalled", "SmartChargingCtrlr", "Entries", "ChargingProfiles", strconv.Itoa(maxProfiles)),
		{key: "ChargingScheduleAllowedChargingRateUnit", kind: "MemberList", access: readOnly, value: "Current,Power"},
		{component: "SmartChargingCtrlr", variable: "RateUnit", kind: "MemberList", access: readOnly, value: "A,W"},
		{component: "SmartChargingCtrlr", variable: "Enabled", kind: "boolean", access: readOnly, value: "true"},
		{component: "SmartChargingCtrlr", variable: "Available", kind: "boolean", access: readOnly, value: "true"},
		{key: "TransactionMessageAttempts", component: "OCPPCommCtrlr", variable: "MessageAttempts", instance: "TransactionEvent",
			kind: "integer", access: readOnly, read: func(c *Charger) string { return strconv.Itoa(c.fleet.cfg.Retry.Attempts) }},
		{key: "TransactionMessageRetryInterval", component: "OCPPCommCtrlr", variable: "MessageAttemptInterval", instance: "TransactionEvent",
			kind: "integer", unit: "s", access: readOnly, read: func(c *Charger) string { return seconds(c.fleet.cfg.Retry.Interval) }},
		fixed("", "OCPPCommCtrlr", "NetworkProfileConnectionAttempts", "", strconv.Itoa(networkAttempts)),
		{key: "ReserveConnectorZeroSupported", kind: "boolean", access: readOnly, value: "true"},
		{key: "SupportedFeatureProfiles", kind: "string", access: readOnly,
			value: "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger"},
		{key: "SupportedFileTransferProtocols", component: "OCPPCommCtrlr", variable: "FileTransferProtocols", kind: "MemberList",
			access: readOnly, value: "HTTP,HTTPS"},
	}
}

func securitySettings() []*setting {
	return []*setting{
		{key: "AuthorizationKey", kind: "string", access: writeOnly, least: 16, most: 40,
			apply: func(c *Charger, value string, now instant) { c.changePassword(hexPassword(value), now) }},
		{component: "SecurityCtrlr", variable: "BasicAuthPassword", kind: "string", access: writeOnly, least: 16, most: 64,
			apply: func(c *Charger, value string, now instant) { c.changePassword(value, now) }},
		{component: "SecurityCtrlr", variable: "Identity", kind: "string", access: readOnly,
			read: func(c *Charger) string { return c.cfg.Identity }},
		{key: "CpoName", component: "SecurityCtrlr", variable: "OrganizationName", kind: "string", least: 1, most: 64, value: "Chargeyard"},
		{key: "SecurityProfile", kind: "integer", most: 3, read: func(c *Charger) string { return strconv.Itoa(c.profileNow()) },
			check: func(c *Charger, value string) bool { return c.mayRaise(value) },
			apply: func(c *Charger, value string, now instant) { c.raise(value, now) }},
		{component: "SecurityCtrlr", variable: "SecurityProfile", kind: "integer", access: readOnly,
			read: func(c *Charger) string { return strconv.Itoa(c.profileNow()) }},
		{key: "AdditionalRootCertificateCheck", component: "SecurityCtrlr", variable: "AdditionalRootCertificateCheck", kind: "boolean",
			access: readOnly, value: "false"},
		{key: "CertificateSignedMaxChainSize", component: "SecurityCtrlr", variable: "MaxCertificateChainSize", kind: "integer", access: readOnly, value: "10000"},
		{key: "CertificateStoreMaxLength", kind: "integer", access: readOnly, value: strconv.Itoa(maxRoots)},
		{component: "SecurityCtrlr", variable: "CertificateEntries", kind: "integer", access: readOnly,
			read: func(c *Charger) string {
				if c.mem == nil {
					return "0"
				}
				return strconv.Itoa(len(c.mem.keys.roots))
			}},
	}
}

func plateSettings() []*setting {
	plate := func(variable string, read func(c *Charger) string) *setting {
		return &setting{component: "ChargingStation", variable: variable, kind: "string", access: readOnly, read: read}
	}
	return []*setting{
		{key: "NumberOfConnectors", kind: "integer", access: readOnly, read: func(c *Charger) string { return strconv.Itoa(len(c.ports)) }},
		plate("Model", func(c *Charger) string { return c.cfg.Make.Model }),
		plate("VendorName", func(c *Charger) string { return c.cfg.Make.Vendor }),
		plate("SerialNumber", func(c *Charger) string { return c.cfg.Serial }),
		plate("FirmwareVersion", func(c *Charger) string { return c.firmware() }),
		{component: "ChargingStation", variable: "Available", kind: "boolean", access: readOnly, value: "true"},
		{component: "ChargingStation", variable: "AvailabilityState", kind: "OptionList", access: readOnly,
			words: "Available,Occupied,Reserved,Unavailable,Faulted", read: func(c *Charger) string {
				if c.inoperative {
					return statusUnavailable
				}
				return statusAvailable
			}},
		{component: "ChargingStation", variable: "SupplyPhases", kind: "integer", access: readOnly,
			read: func(c *Charger) string { return strconv.Itoa(c.cfg.Make.supplyPhases()) }},
	}
}

// supplyPhases are those of the grid; DC chargers need three.
func (m *Make) supplyPhases() int {
	if m.DC || m.Phases == 0 {
		return 3
	}
	return m.Phases
}
