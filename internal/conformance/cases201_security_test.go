package conformance

import (
	"net/http"
)

func cases201Security() []testCase {
	return []testCase{
		{id: "A_01", profile: "Core M", title: "valid basic auth → 101, boot Accepted", run: func(k *play) {
			k.connect(dial{password: "30303030303030303030303030303030"}).boot()
		}},
		{id: "A_02", profile: "Core M", title: "basic-auth user ≠ identity in the URL → refuse the upgrade (401)", run: func(k *play) {
			identity := k.identity()
			k.addCharger(identity, "30303030303030303030303030303030")
			if _, status, err := k.open(dial{identity: identity, user: "somebody", password: "30303030303030303030303030303030"}); err == nil || status != http.StatusUnauthorized {
				k.Errorf("another user name was answered %d %v", status, err)
			}
		}},
		{id: "A_03", profile: "Core M", title: "wrong password → refuse the upgrade (401)", run: func(k *play) {
			identity := k.identity()
			k.addCharger(identity, "30303030303030303030303030303030")
			if _, status, err := k.open(dial{identity: identity, password: "31313131313131313131"}); err == nil || status != http.StatusUnauthorized {
				k.Errorf("a wrong password was answered %d %v", status, err)
			}
		}},
		{id: "A_04", profile: "Core M", title: "TLS server certificate: TLS ≥ 1.2, all four suites, RSA ≥ 2048 / EC ≥ 224, serial number, CN = FQDN", run: playServerCertificate},
		{id: "A_06", profile: "Core M", title: "client limited to TLS < 1.2 → terminate; a later good connection works", run: playOldTLS},
		{id: "A_07", profile: "AdvSec M", title: "client certificate (profile 3) accepted, four suites again", run: playClientCertificate},
		{id: "A_08", profile: "AdvSec M", title: "invalid client certificate → terminate; a later good one works", run: playBadClientCertificate},
		{id: "A_09", profile: "Core M", title: "SetVariables SecurityCtrlr.BasicAuthPassword Accepted → station reconnects, only the new password is valid", run: func(k *play) {
			st := k.connect(dial{password: "30303030303030303030303030303030"})
			st.boot()
			p := k.command(st, "SetVariables", `{"setVariableData":[{"attributeValue":"31313131313131313131","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`)
			st.answer(st.expect("SetVariables"), `{"setVariableResult":[{"attributeStatus":"Accepted","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`)
			p.wait()
			st.close()
			if _, status, err := k.open(dial{identity: st.identity, password: "30303030303030303030303030303030"}); err == nil || status != http.StatusUnauthorized {
				k.Errorf("the old password was answered %d %v", status, err)
			}
			k.reconnect(dial{identity: st.identity, password: "31313131313131313131"}, st.charger).call("Heartbeat", `{}`)
		}},
		{id: "A_10", profile: "Core M", title: "the same, Rejected → old password stays valid, communication goes on", run: func(k *play) {
			st := k.connect(dial{password: "30303030303030303030303030303030"})
			st.boot()
			p := k.command(st, "SetVariables", `{"setVariableData":[{"attributeValue":"31313131313131313131","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`)
			st.answer(st.expect("SetVariables"), `{"setVariableResult":[{"attributeStatus":"Rejected","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}`)
			p.wait()
			st.call("Heartbeat", `{}`)
			st.close()
			k.reconnect(dial{identity: st.identity, password: "30303030303030303030303030303030"}, st.charger).call("Heartbeat", `{}`)
			if _, status, err := k.open(dial{identity: st.identity, password: "31313131313131313131"}); err == nil || status != http.StatusUnauthorized {
				k.Errorf("the refused password was answered %d %v", status, err)
			}
		}},
		{id: "A_11", profile: "AdvSec M", title: "TriggerMessage SignChargingStationCertificate → SignCertificate Accepted → CertificateSigned → reconnect with the new certificate", run: playCertificateRenewal},
		{id: "A_12", profile: "ISO15118 M", title: "the same for SignV2GCertificate, chain from the V2G root/sub-CA", run: playV2GRenewal},
		{id: "A_13", profile: "ISO15118 C", title: "the same for SignCombinedCertificate (removed 2025-02)", notApplicable: "the case was removed from the official list in 2025-02"},
		{id: "A_14", profile: "AdvSec M", title: "station rejects the signed certificate → CSMS copes", run: playRefusedCertificate},
		{id: "A_19", profile: "Core M", title: "SetNetworkProfile with securityProfile+1 → NetworkConfigurationPriority → Reset; afterwards the lower profile is refused", run: playProfileUpgrade},
	}
}
