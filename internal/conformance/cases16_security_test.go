package conformance

import (
	"encoding/hex"
	"net/http"
)

func cases16Security() []testCase {
	return []testCase{
		{id: "073", profile: "Security", title: "ChangeConfiguration AuthorizationKey → reconnect with the new password", run: func(k *play) {
			old, next := "30303030303030303030303030303030", "31313131313131313131313131313131"
			st := k.connect(dial{password: old})
			st.boot()
			k.send(st, "ChangeConfiguration", `{"key":"AuthorizationKey","value":"`+next+`"}`, `{"status":"Accepted"}`)
			st.close()
			if _, status, err := k.open(dial{identity: st.identity, password: old}); err == nil || status != http.StatusUnauthorized {
				k.Errorf("the old password was answered %d %v", status, err)
			}
			k.reconnect(dial{identity: st.identity, password: next}, st.charger).call("Heartbeat", `{}`)
		}},
		{id: "074", profile: "Security", title: "ExtendedTriggerMessage SignChargePointCertificate (connectorId omitted) → SignCertificate.conf Accepted → CertificateSigned", run: playCertificateRenewal},
		{id: "075_1", profile: "Security", title: "InstallCertificate ManufacturerRootCertificate + GetInstalledCertificateIds", run: func(k *play) {
			st := k.station()
			k.send(st, "InstallCertificate", `{"certificateType":"ManufacturerRootCertificate","certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}`, `{"status":"Accepted"}`)
			k.send(st, "GetInstalledCertificateIds", `{"certificateType":"ManufacturerRootCertificate"}`, `{"status":"Accepted","certificateHashData":[{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}]}`)
		}},
		{id: "075_2", profile: "Security", title: "InstallCertificate CentralSystemRootCertificate + GetInstalledCertificateIds", run: func(k *play) {
			st := k.station()
			k.send(st, "InstallCertificate", `{"certificateType":"CentralSystemRootCertificate","certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}`, `{"status":"Accepted"}`)
			k.send(st, "GetInstalledCertificateIds", `{"certificateType":"CentralSystemRootCertificate"}`, `{"status":"Accepted","certificateHashData":[{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}]}`)
		}},
		{id: "076", profile: "Security", title: "DeleteCertificate with exactly the hash data (same hashAlgorithm) returned before", run: func(k *play) {
			st := k.station()
			k.send(st, "GetInstalledCertificateIds", `{"certificateType":"CentralSystemRootCertificate"}`, `{"status":"Accepted","certificateHashData":[{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}]}`)
			k.send(st, "DeleteCertificate", `{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}`, `{"status":"Accepted"}`)
		}},
		{id: "077", profile: "Security", title: "CertificateSigned Rejected + SecurityEventNotification InvalidChargePointCertificate", run: func(k *play) {
			st := k.station()
			k.send(st, "CertificateSigned", `{"certificateChain":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}`, `{"status":"Rejected"}`)
			st.call("SecurityEventNotification", `{"type":"InvalidChargePointCertificate","timestamp":"`+now()+`"}`)
			st.noted("securityEvent", "InvalidChargePointCertificate")
		}},
		{id: "078", profile: "Security", title: "InstallCertificate Rejected + SecurityEventNotification InvalidCentralSystemCertificate", run: func(k *play) {
			st := k.station()
			k.send(st, "InstallCertificate", `{"certificateType":"CentralSystemRootCertificate","certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}`, `{"status":"Rejected"}`)
			st.call("SecurityEventNotification", `{"type":"InvalidCentralSystemCertificate","timestamp":"`+now()+`"}`)
			st.noted("securityEvent", "InvalidCentralSystemCertificate")
		}},
		{id: "079", profile: "Security", title: "GetLog SecurityLog, LogStatusNotification Uploading/Uploaded", run: func(k *play) {
			st := k.station()
			k.send(st, "GetLog", `{"logType":"SecurityLog","requestId":3,"log":{"remoteLocation":"https://logs.example.org/up"}}`, `{"status":"Accepted","filename":"security.log"}`)
			for _, status := range []string{"Uploading", "Uploaded"} {
				st.call("LogStatusNotification", `{"status":"`+status+`","requestId":3}`)
				st.noted("log", status)
			}
		}},
		{id: "080", profile: "Security", title: "SignedUpdateFirmware: full status sequence with reboot and FirmwareUpdated event", run: func(k *play) {
			st := k.station()
			k.send(st, "SignedUpdateFirmware", `{"requestId":4,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting"} {
				st.call("SignedFirmwareStatusNotification", `{"status":"`+status+`","requestId":4}`)
				st.noted("signedFirmware", status)
			}
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			st.boot()
			st.call("SignedFirmwareStatusNotification", `{"status":"Installed","requestId":4}`)
			st.call("SecurityEventNotification", `{"type":"FirmwareUpdated","timestamp":"`+now()+`"}`)
			st.noted("securityEvent", "FirmwareUpdated")
		}},
		{id: "081", profile: "Security", title: "SignedUpdateFirmware: InvalidSignature", run: func(k *play) {
			st := k.station()
			k.send(st, "SignedUpdateFirmware", `{"requestId":4,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "InvalidSignature"} {
				st.call("SignedFirmwareStatusNotification", `{"status":"`+status+`","requestId":4}`)
				st.noted("signedFirmware", status)
			}
			st.call("SecurityEventNotification", `{"type":"InvalidFirmwareSignature","timestamp":"`+now()+`"}`)
			st.noted("securityEvent", "InvalidFirmwareSignature")
		}},
		{id: "083", profile: "Security", title: "upgrade of the security profile; the lower one is refused afterwards (2025 revision)", run: playProfileUpgrade},
		{id: "085", profile: "Security", title: "basic auth: hex AuthorizationKey known to the CSMS, decoded bytes on the wire", run: func(k *play) {
			// The identity and key of the security whitepaper's example.
			const key = "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF"
			decoded, err := hex.DecodeString(key)
			if err != nil {
				k.Fatal(err)
			}
			st := k.connect(dial{identity: "AL1000", password: key})
			st.close()
			st = k.reconnect(dial{identity: "AL1000", password: string(decoded)}, st.charger)
			st.boot()
			if _, status, err := k.open(dial{identity: "AL1000", password: key[2:]}); err == nil || status != http.StatusUnauthorized {
				k.Errorf("a wrong key was answered %d %v", status, err)
			}
		}},
		{id: "086", profile: "Security", title: "TLS server certificate (as TC_A_04)", run: playServerCertificate},
		{id: "087", profile: "Security", title: "TLS client certificate (as TC_A_07)", run: playClientCertificate},
		{id: "088", profile: "Security", title: "subprotocol: unknown only → refuse; list with ocpp1.6 → select it (2025 revision)", run: func(k *play) {
			identity := k.identity()
			k.addCharger(identity, "")
			if _, status, err := k.open(dial{identity: identity, protocols: []string{"ocpp0.1"}}); err == nil || status != http.StatusBadRequest {
				k.Errorf("an unknown subprotocol alone was answered %d %v", status, err)
			}
			st, _, err := k.open(dial{identity: identity, protocols: []string{"ocpp0.1", "ocpp1.6"}})
			if err != nil || st.protocol != "ocpp1.6" {
				k.Errorf("a list with ocpp1.6 was answered %v", err)
			}
		}},
	}
}
