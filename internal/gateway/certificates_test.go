package gateway

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// notary decides about certificates in a test.
type notary struct {
	uses     []string // that it signs
	signed   chan SigningRequest
	contract func(ctx context.Context, c Contract) string
	ocsp     func(ctx context.Context, h CertificateHash) (string, error)
}

func (n *notary) CanSign(use string) bool {
	for _, u := range n.uses {
		if u == use {
			return true
		}
	}
	return false
}

func (n *notary) Sign(_ context.Context, r SigningRequest) { n.signed <- r }

func (n *notary) CheckContract(ctx context.Context, c Contract) string { return n.contract(ctx, c) }

func (n *notary) OCSP(ctx context.Context, h CertificateHash) (string, error) { return n.ocsp(ctx, h) }

const signCall = `[2,"c1","SignCertificate",{"csr":"-----BEGIN CERTIFICATE REQUEST-----"}]`

func TestSigningBeginsOnceTheRequestIsAnswered(t *testing.T) {
	n := &notary{uses: []string{UseCharger}, signed: make(chan SigningRequest)}
	y := listenYard(t, Config{Certificates: n})
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
	y := listenYard(t, Config{Certificates: &notary{uses: []string{UseContract}}})
	y.dial("CP1").want(signCall, `[3,"c1",{"status":"Rejected"}]`)
}

func TestSigningIsNotBegunWhenTheRequestCouldNotBeStored(t *testing.T) {
	n := &notary{uses: []string{UseCharger}, signed: make(chan SigningRequest, 1)}
	y := listenYard(t, Config{Certificates: n})
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
