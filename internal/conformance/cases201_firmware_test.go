package conformance

func cases201Firmware() []testCase {
	return []testCase{
		{id: "L_01", profile: "Core M", title: "UpdateFirmware with signingCertificate + signature, full status sequence, boot Accepted", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`","requestId":51}`)
				st.noted("firmware", status)
			}
			st.close()
			st = k.reconnect(dial{identity: st.identity}, st.charger)
			if status := st.bootAs("FirmwareUpdate"); status != "Accepted" {
				k.Errorf("the boot after the update was answered %s", status)
			}
			st.call("FirmwareStatusNotification", `{"status":"Installed","requestId":51}`)
			st.call("SecurityEventNotification", `{"type":"FirmwareUpdated","timestamp":"`+now()+`"}`)
			st.noted("securityEvent", "FirmwareUpdated")
		}},
		{id: "L_02", profile: "Core C", title: "installDateTime in the future", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","installDateTime":"2030-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "SignatureVerified", "InstallScheduled", "Installing"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`","requestId":51}`)
				st.noted("firmware", status)
			}
		}},
		{id: "L_03", profile: "Core C", title: "retrieveDateTime in the future", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2030-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"DownloadScheduled", "Downloading", "Downloaded"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`","requestId":51}`)
				st.noted("firmware", status)
			}
		}},
		{id: "L_04", profile: "Core M", title: "RevokedCertificate", run: exchange("UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"RevokedCertificate"}`)},
		{id: "L_05", profile: "Core M", title: "InvalidCertificate", run: exchange("UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"InvalidCertificate"}`)},
		{id: "L_06", profile: "Core M", title: "InvalidSignature", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "InvalidSignature"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`","requestId":51}`)
				st.noted("firmware", status)
			}
			st.call("SecurityEventNotification", `{"type":"InvalidFirmwareSignature","timestamp":"`+now()+`"}`)
			st.noted("securityEvent", "InvalidFirmwareSignature")
		}},
		{id: "L_07", profile: "Core M", title: "DownloadFailed", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "DownloadFailed"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`","requestId":51}`)
				st.noted("firmware", status)
			}
		}},
		{id: "L_08", profile: "Core M", title: "InstallVerificationFailed", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallVerificationFailed"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`","requestId":51}`)
				st.noted("firmware", status)
			}
		}},
		{id: "L_09", profile: "Core M", title: "InstallationFailed", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallationFailed"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`","requestId":51}`)
				st.noted("firmware", status)
			}
		}},
		{id: "L_10", profile: "Core M", title: "second update cancels the first (AcceptedCanceled)", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`","requestId":51}`)
				st.noted("firmware", status)
			}
			k.send(st, "UpdateFirmware", `{"requestId":52,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"AcceptedCanceled"}`)
		}},
		{id: "L_11", profile: "Core M", title: "running update cannot be cancelled (Rejected)", run: func(k *play) {
			st := k.station()
			k.send(st, "UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "SignatureVerified", "Installing"} {
				st.call("FirmwareStatusNotification", `{"status":"`+status+`","requestId":51}`)
				st.noted("firmware", status)
			}
			k.send(st, "UpdateFirmware", `{"requestId":52,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Rejected"}`)
		}},
		{id: "L_13", profile: "Core M", title: "transaction running, connectors go Unavailable first", run: func(k *play) {
			st := k.station()
			tx := st.charge(1, validTag)
			k.send(st, "UpdateFirmware", `{"requestId":51,"firmware":{"location":"https://firmware.example.org/fw.bin","retrieveDateTime":"2026-01-01T00:00:00.000Z","signingCertificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n","signature":"MEQCIA=="}}`, `{"status":"Accepted"}`)
			st.call("FirmwareStatusNotification", `{"status":"Downloaded","requestId":51}`)
			st.status(2, "Unavailable")
			st.shows(2, "Unavailable")
			tx.event("Ended", "StopAuthorized", "Idle", "")
			st.status(1, "Unavailable")
			st.call("FirmwareStatusNotification", `{"status":"Installing","requestId":51}`)
			st.shows(1, "Unavailable")
		}},
		{id: "L_17", profile: "–", title: "PublishFirmware Published", run: func(k *play) {
			st := k.station()
			k.send(st, "PublishFirmware", `{"location":"https://firmware.example.org/fw.bin","checksum":"d41d8cd98f00b204e9800998ecf8427e","requestId":53}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "ChecksumVerified", "Published"} {
				st.call("PublishFirmwareStatusNotification", `{"status":"`+status+`","requestId":53,"location":["http://local/fw.bin"]}`)
				st.noted("publishFirmware", status)
			}
		}},
		{id: "L_19", profile: "–", title: "PublishFirmware InvalidChecksum", run: func(k *play) {
			st := k.station()
			k.send(st, "PublishFirmware", `{"location":"https://firmware.example.org/fw.bin","checksum":"d41d8cd98f00b204e9800998ecf8427e","requestId":53}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "InvalidChecksum"} {
				st.call("PublishFirmwareStatusNotification", `{"status":"`+status+`","requestId":53,"location":["http://local/fw.bin"]}`)
				st.noted("publishFirmware", status)
			}
		}},
		{id: "L_20", profile: "–", title: "PublishFirmware PublishFailed", run: func(k *play) {
			st := k.station()
			k.send(st, "PublishFirmware", `{"location":"https://firmware.example.org/fw.bin","checksum":"d41d8cd98f00b204e9800998ecf8427e","requestId":53}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "Downloaded", "ChecksumVerified", "PublishFailed"} {
				st.call("PublishFirmwareStatusNotification", `{"status":"`+status+`","requestId":53,"location":["http://local/fw.bin"]}`)
				st.noted("publishFirmware", status)
			}
		}},
		{id: "L_21", profile: "–", title: "UnpublishFirmware Unpublished", run: exchange("UnpublishFirmware", `{"checksum":"d41d8cd98f00b204e9800998ecf8427e"}`, `{"status":"Unpublished"}`)},
		{id: "L_22", profile: "–", title: "UnpublishFirmware NoFirmware", run: exchange("UnpublishFirmware", `{"checksum":"d41d8cd98f00b204e9800998ecf8427e"}`, `{"status":"NoFirmware"}`)},
		{id: "L_23", profile: "–", title: "UnpublishFirmware DownloadOngoing", run: exchange("UnpublishFirmware", `{"checksum":"d41d8cd98f00b204e9800998ecf8427e"}`, `{"status":"DownloadOngoing"}`)},
		{id: "L_24", profile: "–", title: "PublishFirmware DownloadFailed", run: func(k *play) {
			st := k.station()
			k.send(st, "PublishFirmware", `{"location":"https://firmware.example.org/fw.bin","checksum":"d41d8cd98f00b204e9800998ecf8427e","requestId":53}`, `{"status":"Accepted"}`)
			for _, status := range []string{"Downloading", "DownloadFailed"} {
				st.call("PublishFirmwareStatusNotification", `{"status":"`+status+`","requestId":53,"location":["http://local/fw.bin"]}`)
				st.noted("publishFirmware", status)
			}
		}},
		{id: "M_01", profile: "Core M", title: "InstallCertificate CSMSRootCertificate", run: exchange("InstallCertificate", `{"certificateType":"CSMSRootCertificate","certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}`, `{"status":"Accepted"}`)},
		{id: "M_02", profile: "Core M", title: "InstallCertificate ManufacturerRootCertificate", run: exchange("InstallCertificate", `{"certificateType":"ManufacturerRootCertificate","certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}`, `{"status":"Accepted"}`)},
		{id: "M_03", profile: "ISO15118 M", title: "InstallCertificate V2GRootCertificate", run: exchange("InstallCertificate", `{"certificateType":"V2GRootCertificate","certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}`, `{"status":"Accepted"}`)},
		{id: "M_04", profile: "ISO15118 M", title: "InstallCertificate MORootCertificate", run: exchange("InstallCertificate", `{"certificateType":"MORootCertificate","certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}`, `{"status":"Accepted"}`)},
		{id: "M_05", profile: "Core M", title: "InstallCertificate Failed", run: exchange("InstallCertificate", `{"certificateType":"CSMSRootCertificate","certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}`, `{"status":"Failed"}`)},
		{id: "M_12", profile: "Core", title: "GetInstalledCertificateIds CSMSRootCertificate (SHA256/384/512 hash data)", run: exchange("GetInstalledCertificateIds", `{"certificateType":["CSMSRootCertificate"]}`, `{"status":"Accepted","certificateHashDataChain":[{"certificateType":"CSMSRootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}},{"certificateType":"CSMSRootCertificate","certificateHashData":{"hashAlgorithm":"SHA384","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}},{"certificateType":"CSMSRootCertificate","certificateHashData":{"hashAlgorithm":"SHA512","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}]}`)},
		{id: "M_13", profile: "Core M", title: "… ManufacturerRootCertificate", run: exchange("GetInstalledCertificateIds", `{"certificateType":["ManufacturerRootCertificate"]}`, `{"status":"Accepted","certificateHashDataChain":[{"certificateType":"ManufacturerRootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}]}`)},
		{id: "M_14", profile: "ISO15118 M", title: "… V2GRootCertificate", run: exchange("GetInstalledCertificateIds", `{"certificateType":["V2GRootCertificate"]}`, `{"status":"Accepted","certificateHashDataChain":[{"certificateType":"V2GRootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}]}`)},
		{id: "M_15", profile: "ISO15118 M", title: "… V2GCertificateChain", run: exchange("GetInstalledCertificateIds", `{"certificateType":["V2GCertificateChain"]}`, `{"status":"Accepted","certificateHashDataChain":[{"certificateType":"V2GCertificateChain","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}]}`)},
		{id: "M_16", profile: "ISO15118 M", title: "… MORootCertificate", run: exchange("GetInstalledCertificateIds", `{"certificateType":["MORootCertificate"]}`, `{"status":"Accepted","certificateHashDataChain":[{"certificateType":"MORootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}]}`)},
		{id: "M_17", profile: "Core", title: "… two types at once", run: exchange("GetInstalledCertificateIds", `{"certificateType":["CSMSRootCertificate","ManufacturerRootCertificate"]}`, `{"status":"Accepted","certificateHashDataChain":[{"certificateType":"CSMSRootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}},{"certificateType":"ManufacturerRootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}]}`)},
		{id: "M_18", profile: "Core M", title: "… all types (certificateType omitted)", run: exchange("GetInstalledCertificateIds", `{}`, `{"status":"Accepted","certificateHashDataChain":[{"certificateType":"CSMSRootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}},{"certificateType":"ManufacturerRootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}},{"certificateType":"V2GRootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}},{"certificateType":"MORootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}]}`)},
		{id: "M_19", profile: "Core M", title: "… NotFound", run: exchange("GetInstalledCertificateIds", `{"certificateType":["CSMSRootCertificate"]}`, `{"status":"NotFound"}`)},
		{id: "M_20", profile: "Core M", title: "DeleteCertificate with exactly the hash data returned before", run: func(k *play) {
			st := k.station()
			k.send(st, "GetInstalledCertificateIds", `{"certificateType":["CSMSRootCertificate"]}`, `{"status":"Accepted","certificateHashDataChain":[{"certificateType":"CSMSRootCertificate","certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}]}`)
			k.send(st, "DeleteCertificate", `{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}`, `{"status":"Accepted"}`)
		}},
		{id: "M_21", profile: "Core M", title: "DeleteCertificate Failed", run: exchange("DeleteCertificate", `{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a1b2","issuerKeyHash":"c3d4","serialNumber":"1f"}}`, `{"status":"Failed"}`)},
		{id: "M_24", profile: "ISO15118 M", title: "GetCertificateStatus: CSMS returns a base64 DER OCSP response", run: playCertificateStatus},
		{id: "M_26", profile: "ISO15118 M", title: "Get15118EVCertificate Install: exiResponse", open: "needs a contract certificate provisioning service of an e-mobility provider; without one the server answers Failed, as specified"},
		{id: "M_28", profile: "ISO15118 M", title: "Get15118EVCertificate Update: exiResponse", open: "needs a contract certificate provisioning service of an e-mobility provider; without one the server answers Failed, as specified"},
	}
}
