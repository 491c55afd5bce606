package conformance

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/ocpp"
)

const stationPassword = "30303030303030303030303030303030"

// suites are those that the official tool limits itself to, one after another.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
}

// limited limits a station to TLS 1.2 and one cipher suite.
func limited(c *tls.Config, suite uint16) *tls.Config {
	c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{suite}
	return c
}

// state is that of the station's TLS connection, which must have the suite.
func (st *station) state(suite uint16) tls.ConnectionState {
	st.k.Helper()
	state := st.conn.(*tls.Conn).ConnectionState()
	if state.Version < tls.VersionTLS12 || suite != 0 && state.CipherSuite != suite {
		st.k.Errorf("connected with %s and %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
	}
	return state
}

func playServerCertificate(k *play) {
	identity := k.identity()
	charger := k.addCharger(identity, stationPassword)
	for _, suite := range append(suites, 0) { // 0: whatever both like best
		config := k.trust()
		if suite != 0 {
			limited(config, suite)
		}
		st := k.reconnect(dial{identity: identity, password: stationPassword, tls: config, url: k.wss()}, charger)
		k.checkServerCertificate(st.state(suite).PeerCertificates[0])
		st.boot()
		st.close()
	}
}

// checkServerCertificate holds a certificate against what the specification
// wants (OCPP 2.0.1 A00.FR.502 to A00.FR.512).
func (k *play) checkServerCertificate(cert *x509.Certificate) {
	k.Helper()
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 {
			k.Errorf("the RSA key has %d bits", key.N.BitLen())
		}
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize < 224 {
			k.Errorf("the EC key has %d bits", key.Curve.Params().BitSize)
		}
	default:
		k.Errorf("the key is a %T", cert.PublicKey)
	}
	if cert.SerialNumber.Sign() <= 0 {
		k.Errorf("the serial number is %v", cert.SerialNumber)
	}
	if cert.Subject.CommonName != serverName || cert.VerifyHostname(serverName) != nil || cert.VerifyHostname("127.0.0.1") != nil {
		k.Errorf("the certificate is made out to %q, %v and %v", cert.Subject.CommonName, cert.DNSNames, cert.IPAddresses)
	}
	if len(cert.Subject.Organization) != 1 || cert.Subject.Organization[0] != "Conformance" {
		k.Errorf("the certificate names the organization %v", cert.Subject.Organization)
	}
}

func playOldTLS(k *play) {
	identity := k.identity()
	charger := k.addCharger(identity, stationPassword)
	for _, old := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		config := k.trust()
		config.MinVersion, config.MaxVersion = old, old
		_, status, err := k.open(dial{identity: identity, password: stationPassword, tls: config, url: k.wss()})
		if err == nil || !strings.Contains(err.Error(), "protocol version") {
			k.Errorf("%s was answered %d %v", tls.VersionName(old), status, err)
		}
	}
	k.reconnect(dial{identity: identity, password: stationPassword, tls: k.trust(), url: k.wss()}, charger).boot()
}

func playClientCertificate(k *play) {
	identity := k.identity()
	charger := k.addCharger(identity, "")
	k.setProfile(charger, 3)
	cert := k.issue(identity)
	for _, suite := range append(suites, 0) {
		config := k.present(cert)
		if suite != 0 {
			limited(config, suite)
		}
		st := k.reconnect(dial{identity: identity, tls: config, url: k.wss()}, charger)
		k.checkServerCertificate(st.state(suite).PeerCertificates[0])
		st.boot()
		st.close()
	}
}

// setProfile has the operator say what security profile a station needs.
func (k *play) setProfile(charger int64, profile int) {
	k.Helper()
	r := k.api(http.MethodPost, "/api/chargers/"+strconv.FormatInt(charger, 10)+"/security-profile", fmt.Sprintf(`{"profile":%d}`, profile))
	if r.status != http.StatusOK {
		k.Fatalf("security-profile: %d %s", r.status, r.body)
	}
}

func playBadClientCertificate(k *play) {
	identity := k.identity()
	charger := k.addCharger(identity, "")
	k.setProfile(charger, 3)
	stranger := mint(k, "Stranger", nil, isAuthority)
	bad := func(what string, config *tls.Config, wantStatus int) {
		k.Helper()
		_, status, err := k.open(dial{identity: identity, tls: config, url: k.wss()})
		if err == nil || status != wantStatus {
			k.Errorf("%s was answered %d %v", what, status, err)
		}
	}
	forged := mint(k, identity, stranger, nil)
	// Without a status the TLS handshake itself was ended.
	bad("a certificate of a stranger", k.present(k.pair(forged.pem(), forged.key)), 0)
	own := mint(k, identity, nil, nil)
	bad("a certificate that signs itself", k.present(k.pair(own.pem(), own.key)), 0)
	bad("the certificate of another charger", k.present(k.issue("somebody-else")), http.StatusForbidden)
	bad("no certificate", k.trust(), http.StatusForbidden)
	k.reconnect(dial{identity: identity, tls: k.present(k.issue(identity)), url: k.wss()}, charger).boot()
}

// renewal is what differs between the kinds of certificates of a station.
type renewal struct {
	trigger string // of TriggerMessage
	use     string // certificateType; "" in OCPP 1.6
	refused string // the security event of a refusal
}

func (k *play) ownRenewal() renewal {
	if k.v.ocpp == ocpp.V16 {
		return renewal{"SignChargePointCertificate", "", "InvalidChargePointCertificate"}
	}
	return renewal{"SignChargingStationCertificate", "ChargingStationCertificate", "InvalidChargingStationCertificate"}
}

// certified connects and boots a station of security profile 3.
func (k *play) certified() *station {
	k.Helper()
	identity := k.identity()
	st := k.connect(dial{identity: identity, tls: k.present(k.issue(identity)), url: k.wss()})
	st.boot()
	return st
}

// renew has the operator trigger a certificate request, and plays the station
// until it holds the server's CertificateSigned, which it does not answer yet.
func (st *station) renew(r renewal) (signed received, chain string, key *ecdsa.PrivateKey) {
	k := st.k
	k.Helper()
	action := "TriggerMessage"
	if st.version == ocpp.V16 {
		action = "ExtendedTriggerMessage"
	}
	k.send(st, action, `{"requestedMessage":"`+r.trigger+`"}`, `{"status":"Accepted"}`)
	key = k.newKey()
	request := map[string]any{"csr": k.signingRequest(key, st.identity)}
	if r.use != "" {
		request["certificateType"] = r.use
	}
	if st.version == ocpp.V21 {
		request["requestId"] = 4711
	}
	var answer struct{ Status string }
	k.decode(st.call("SignCertificate", string(mustJSON(request))), &answer)
	if answer.Status != "Accepted" {
		k.Fatalf("the certificate request was answered %s", answer.Status)
	}
	signed = st.expect("CertificateSigned")
	var body struct {
		CertificateChain, CertificateType string
		RequestID                         int `json:"requestId"`
	}
	k.decode(signed.payload, &body)
	if body.CertificateType != r.use || st.version == ocpp.V21 && body.RequestID != 4711 {
		k.Errorf("CertificateSigned is for %q and request %d", body.CertificateType, body.RequestID)
	}
	if leaf := k.parse(body.CertificateChain)[0]; !key.PublicKey.Equal(leaf.PublicKey) || leaf.Subject.CommonName != st.identity {
		k.Errorf("the certificate is made out to %s, or to another key", leaf.Subject)
	}
	return signed, body.CertificateChain, key
}

func playCertificateRenewal(k *play) {
	st := k.certified()
	signed, chain, key := st.renew(k.ownRenewal())
	st.answer(signed, `{"status":"Accepted"}`)
	k.verifyChain(chain, x509.ExtKeyUsageClientAuth, k.trust().RootCAs)
	st.close()
	again := k.reconnect(dial{identity: st.identity, tls: k.present(k.pair(chain, key)), url: k.wss()}, st.charger)
	again.boot()
}

// verifyChain sees that a chain, leaf first, ends at one of the roots.
func (k *play) verifyChain(chain string, usage x509.ExtKeyUsage, roots *x509.CertPool) {
	k.Helper()
	list := k.parse(chain)
	others := x509.NewCertPool()
	for _, cert := range list[1:] {
		others.AddCert(cert)
	}
	_, err := list[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, KeyUsages: []x509.ExtKeyUsage{usage}, CurrentTime: time.Now()})
	if err != nil {
		k.Errorf("the certificate does not verify: %v", err)
	}
}

func playV2GRenewal(k *play) {
	st := k.certified()
	signed, chain, _ := st.renew(renewal{trigger: "SignV2GCertificate", use: "V2GCertificate"})
	st.answer(signed, `{"status":"Accepted"}`)
	roots := x509.NewCertPool()
	for _, root := range k.authority.Roots() {
		if root.Name == "v2g-root" {
			roots.AddCert(root.Certificate)
		}
	}
	k.verifyChain(chain, x509.ExtKeyUsageServerAuth, roots)
	if n := len(k.parse(chain)); n != 2 {
		k.Errorf("the chain has %d certificates, want the leaf and the sub-CA", n)
	}
	st.call("Heartbeat", `{}`)
}

func playRefusedCertificate(k *play) {
	identity := k.identity()
	old := k.issue(identity)
	st := k.connect(dial{identity: identity, tls: k.present(old), url: k.wss()})
	st.boot()
	r := k.ownRenewal()
	signed, _, _ := st.renew(r)
	st.answer(signed, `{"status":"Rejected"}`)
	st.call("SecurityEventNotification", `{"type":"`+r.refused+`","timestamp":"`+now()+`"}`)
	st.noted("securityEvent", r.refused)
	st.call("Heartbeat", `{}`)
	st.close()
	// The old certificate is still good.
	k.reconnect(dial{identity: identity, tls: k.present(old), url: k.wss()}, st.charger).boot()
}

func playProfileUpgrade(k *play) {
	identity := k.identity()
	charger := k.addCharger(identity, stationPassword)
	plain := dial{identity: identity, password: stationPassword}
	secure := dial{identity: identity, password: stationPassword, tls: k.trust(), url: k.wss()}
	certified := dial{identity: identity, tls: k.present(k.issue(identity)), url: k.wss()}
	steps := []struct {
		profile      int
		lower, upper dial
	}{{2, plain, secure}, {3, secure, certified}}
	for _, step := range steps {
		st := k.reconnect(step.lower, charger)
		st.boot()
		k.orderProfile(st, step.profile)
		st.close()
		// The charger may not manage it: until it has, the lower one is good.
		k.reconnect(step.lower, charger).close()
		st = k.reconnect(step.upper, charger)
		st.boot()
		st.close()
		if _, status, err := k.open(step.lower); err == nil || status != http.StatusForbidden {
			k.Errorf("after the upgrade to profile %d the lower one was answered %d %v", step.profile, status, err)
		}
	}
	if _, status, err := k.open(plain); err == nil || status != http.StatusForbidden {
		k.Errorf("after both upgrades profile 1 was answered %d %v", status, err)
	}
	k.reconnect(certified, charger).boot()
}

// orderProfile has the operator order a station to another security profile.
func (k *play) orderProfile(st *station, profile int) {
	k.Helper()
	root := strings.TrimSpace(string(k.authority.Roots()[0].PEM))
	if st.version == ocpp.V16 {
		k.send(st, "InstallCertificate", `{"certificateType":"CentralSystemRootCertificate","certificate":`+string(mustJSON(root))+`}`, accepted)
		k.send(st, "ChangeConfiguration", fmt.Sprintf(`{"key":"SecurityProfile","value":"%d"}`, profile), accepted)
		return
	}
	k.send(st, "InstallCertificate", `{"certificateType":"CSMSRootCertificate","certificate":`+string(mustJSON(root))+`}`, accepted)
	k.send(st, "SetNetworkProfile", fmt.Sprintf(`{"configurationSlot":%d,"connectionData":{"ocppVersion":"OCPP20","ocppTransport":"JSON","ocppCsmsUrl":%q,"messageTimeout":30,"securityProfile":%d,"ocppInterface":"Wired0"}}`,
		profile, k.wss(), profile), accepted)
	k.send(st, "SetVariables", fmt.Sprintf(`{"setVariableData":[{"attributeValue":"%d,%d","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"NetworkConfigurationPriority"}}]}`, profile, profile-1),
		`{"setVariableResult":[{"attributeStatus":"Accepted","component":{"name":"OCPPCommCtrlr"},"variable":{"name":"NetworkConfigurationPriority"}}]}`)
	k.send(st, "Reset", `{"type":"OnIdle"}`, accepted)
}
