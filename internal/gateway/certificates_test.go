package gateway

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/pki"
)

// notary signs in a test.
type notary struct {
	uses   []string // that it signs
	signed chan SigningRequest
}

func (n *notary) CanSign(use string) bool { return slices.Contains(n.uses, use) }

func (n *notary) Sign(_ context.Context, r SigningRequest) { n.signed <- r }

const signCall = `[2,"c1","SignCertificate",{"csr":"-----BEGIN CERTIFICATE REQUEST-----"}]`

func TestSigningBeginsOnceTheRequestIsAnswered(t *testing.T) {
	n := &notary{uses: []string{UseCharger}, signed: make(chan SigningRequest)}
	y := listenYard(t, Config{Signer: n})
	c := y.dial("CP1")
	// Signing waits for the charger's answer to CertificateSigned, so it must
	// not stand in the way of the answer or of what follows.
	c.want(signCall, `[3,"c1",{"status":"Accepted"}]`)
	c.want(statusCall, `[3,"s1",{}]`)
	want := SigningRequest{ChargerID: 1, Protocol: "ocpp1.6", CSR: "-----BEGIN CERTIFICATE REQUEST-----", Use: UseCharger}
	if diff := cmp.Diff(want, <-n.signed); diff != "" {
		t.Errorf("handed over (-want +got):\n%s", diff)
	}
}

func TestSigningIsRejectedWithoutAnAuthority(t *testing.T) {
	listenYard(t, Config{}).dial("CP1").want(signCall, `[3,"c1",{"status":"Rejected"}]`)
	y := listenYard(t, Config{Signer: &notary{uses: []string{"V2GCertificate"}}})
	y.dial("CP1").want(signCall, `[3,"c1",{"status":"Rejected"}]`)
}

func TestFewRequestsOfAChargerAreSignedAtATime(t *testing.T) {
	n := &notary{uses: []string{UseCharger}, signed: make(chan SigningRequest)}
	y := listenYard(t, Config{Signer: n})
	c := y.dial("CP1")
	for range maxSigning {
		c.want(signCall, `[3,"c1",{"status":"Accepted"}]`)
	}
	c.want(signCall, `[3,"c1",{"status":"Rejected"}]`)
	for range maxSigning {
		<-n.signed
	}
	eventually(t, "one more may be signed", func() bool { return y.link(1).dialog.signing.Load() == 0 })
	c.want(signCall, `[3,"c1",{"status":"Accepted"}]`)
	<-n.signed
}

func TestSigningIsNotBegunWhenTheRequestCouldNotBeStored(t *testing.T) {
	n := &notary{uses: []string{UseCharger}, signed: make(chan SigningRequest, 1)}
	y := listenYard(t, Config{Signer: n})
	y.estate.handle = func(context.Context, charging.Event) (charging.Outcome, error) {
		return charging.Outcome{}, charging.Errorf(charging.NotFound, "There is no charger with id 1.")
	}
	c := y.dial("CP1")
	c.send(signCall)
	c.wantClosed(1008, "removed")
	select {
	case r := <-n.signed:
		t.Errorf("signed %+v", r)
	default:
	}
}

// responders answer in a test.
type responders struct {
	ask    func(ctx context.Context, h pki.HashData) (*pki.OCSPAnswer, error)
	hashes func(ctx context.Context, list []pki.HashData) pki.Verdict
	chain  func(ctx context.Context, chain string) pki.Verdict
}

func (r *responders) Ask(ctx context.Context, h pki.HashData) (*pki.OCSPAnswer, error) {
	return r.ask(ctx, h)
}

func (r *responders) CheckHashes(ctx context.Context, list []pki.HashData) pki.Verdict {
	return r.hashes(ctx, list)
}

func (r *responders) CheckChain(ctx context.Context, chain string) pki.Verdict {
	return r.chain(ctx, chain)
}

const hashOf7 = `{"hashAlgorithm":"SHA256","issuerNameHash":"aa","issuerKeyHash":"bb","serialNumber":"7","responderURL":"http://ocsp.example"}`

var hash7 = pki.HashData{Algorithm: "SHA256", IssuerNameHash: "aa", IssuerKeyHash: "bb", SerialNumber: "7", ResponderURL: "http://ocsp.example"}

// TC_C_50 to TC_C_52: a contract certificate is judged before the answer.
func TestContractCertificateIsJudgedInAuthorize(t *testing.T) {
	var asked []pki.HashData
	var chain string
	found := pki.Verdict{Status: pki.CertificateAccepted}
	y := listenYard(t, Config{Responders: &responders{
		hashes: func(_ context.Context, list []pki.HashData) pki.Verdict { asked = list; return found },
		chain:  func(_ context.Context, c string) pki.Verdict { chain = c; return found },
	}})
	c := y.dialAs("ocpp2.0.1")
	const token = `"idToken":{"idToken":"DE-ABC-C00000001-1","type":"eMAID"}`
	f := func(name, payload, want string) {
		t.Helper()
		c.send(`[2,"a","Authorize",{` + payload + `}]`)
		got := c.text()
		if !strings.Contains(got, want) || want == "" && strings.Contains(got, "certificateStatus") {
			t.Errorf("%s: answer %s", name, got)
		}
	}
	f("no certificate", token, "")
	f("hashes", token+`,"iso15118CertificateHashData":[`+hashOf7+`]`, `"certificateStatus":"Accepted"`)
	if diff := cmp.Diff([]pki.HashData{hash7}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	f("chain", token+`,"certificate":"-----BEGIN CERTIFICATE-----"`, `"certificateStatus":"Accepted"`)
	if chain != "-----BEGIN CERTIFICATE-----" {
		t.Errorf("asked about the chain %q", chain)
	}
	found = pki.Verdict{Status: pki.CertificateRevoked, Reason: "revoked yesterday"}
	f("revoked", token+`,"iso15118CertificateHashData":[`+hashOf7+`]`, `"certificateStatus":"CertificateRevoked"`)
	if !strings.Contains(y.log.String(), "revoked yesterday") {
		t.Error("the reason is not logged")
	}
	c = listenYard(t, Config{}).dialAs("ocpp2.0.1")
	f("nobody to ask", token+`,"iso15118CertificateHashData":[`+hashOf7+`]`, `"certificateStatus":"NoCertificateAvailable"`)
}

func TestResponderHoldsItsOwnChargerOnlyAndNotForLong(t *testing.T) {
	inBubble(t, Config{PingEvery: -1, Responders: &responders{
		hashes: func(ctx context.Context, _ []pki.HashData) pki.Verdict {
			<-ctx.Done()
			return pki.Verdict{Status: pki.CertificateUnavailable, Reason: "no answer"}
		},
	}}, func(y *yard) {
		y.add(charging2())
		held, other := y.pipeAs("ocpp2.0.1"), y.pipe(y.estate.chargers[1])
		begun := time.Now()
		held.send(`[2,"a","Authorize",{"idToken":{"idToken":"X","type":"eMAID"},"iso15118CertificateHashData":[` + hashOf7 + `]}]`)
		other.want(statusCall, `[3,"s1",{}]`)
		if time.Since(begun) != 0 {
			t.Errorf("another charger waited %s", time.Since(begun))
		}
		if got := held.text(); !strings.Contains(got, `"certificateStatus":"NoCertificateAvailable"`) || time.Since(begun) != 5*time.Second {
			t.Errorf("after %s: %s", time.Since(begun), got)
		}
		held.drainLater()
		other.drainLater()
	})
}

func TestCertificateStatusIsThatOfTheResponder(t *testing.T) {
	answer, err := &pki.OCSPAnswer{DER: []byte("der"), Status: pki.Good, NextTime: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}, error(nil)
	var asked []pki.HashData
	y := listenYard(t, Config{Responders: &responders{ask: func(_ context.Context, h pki.HashData) (*pki.OCSPAnswer, error) {
		asked = append(asked, h)
		return answer, err
	}}})
	c := y.dialAs("ocpp2.1")
	c.want(`[2,"o","GetCertificateStatus",{"ocspRequestData":`+hashOf7+`}]`, `[3,"o",{"status":"Accepted","ocspResult":"ZGVy"}]`)
	const chain = `[2,"k","GetCertificateChainStatus",{"certificateStatusRequests":[{"certificateHashData":{"hashAlgorithm":"SHA256",` +
		`"issuerNameHash":"aa","issuerKeyHash":"bb","serialNumber":"7"},"source":"OCSP","urls":["http://ocsp.example"]}]}]`
	const name = `[3,"k",{"certificateStatus":[{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"aa","issuerKeyHash":"bb","serialNumber":"7"},"source":"OCSP",`
	c.want(chain, name+`"status":"Good","nextUpdate":"2026-05-01T00:00:00.000Z"}]}]`)
	answer, err = nil, errors.New("no route")
	c.send(chain)
	if got := c.text(); !strings.HasPrefix(got, name+`"status":"Failed",`) {
		t.Errorf("answer %s", got)
	}
	c.send(`[2,"o","GetCertificateStatus",{"ocspRequestData":` + hashOf7 + `}]`)
	if got := c.text(); !strings.HasPrefix(got, `[3,"o",{"status":"Failed"`) {
		t.Errorf("answer %s", got)
	}
	if diff := cmp.Diff([]pki.HashData{hash7, hash7, hash7, hash7}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if !strings.Contains(y.log.String(), "no route") {
		t.Error("the reason is not logged")
	}
}

func TestSigningIn2xCarriesItsUseAndRequest(t *testing.T) {
	n := &notary{uses: []string{"V2GCertificate"}, signed: make(chan SigningRequest, 1)}
	y := listenYard(t, Config{Signer: n})
	c := y.dialAs("ocpp2.1")
	c.want(`[2,"c","SignCertificate",{"csr":"PEM","certificateType":"V2GCertificate","requestId":5}]`, `[3,"c",{"status":"Accepted"}]`)
	want := SigningRequest{ChargerID: 1, Protocol: "ocpp2.1", CSR: "PEM", Use: "V2GCertificate", RequestID: 5}
	if diff := cmp.Diff(want, <-n.signed); diff != "" {
		t.Errorf("handed over (-want +got):\n%s", diff)
	}
	c.send(`[2,"c","SignCertificate",{"csr":"PEM"}]`)
	if got := c.text(); !strings.HasPrefix(got, `[3,"c",{"status":"Rejected"`) {
		t.Errorf("answer %s", got)
	}
}
