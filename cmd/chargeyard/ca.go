package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

func newCA(e *environment) *cobra.Command {
	return e.group(&cobra.Command{
		Use:   "ca",
		Short: "The built-in certificate authority: init, server, sign, show, export",
		Example: `  chargeyard ca init --org "Northline" charge.example.org
  chargeyard serve --tls-listen :8443`,
	}, newCAInit(e), newCAServer(e), newCASign(e), newCAShow(e), newCAExport(e))
}

func newCAInit(e *environment) *cobra.Command {
	var options app.AuthorityOptions
	cmd := &cobra.Command{
		Use:   "init [HOST...]",
		Short: "Make the authority, once",
		Long: `Make the authority: an ECDSA and an RSA root, so that chargers that know only one kind can verify it. With names or
addresses that chargers connect to, it makes the server's certificates too. What is there is never overwritten. The
keys in --ca-folder are worth as much as the fleet: back the folder up, and let nobody else read it.`,
		Example: `  chargeyard ca init --org "Northline" charge.example.org 192.0.2.7
  chargeyard ca init --org "Northline" --v2g charge.example.org`,
		RunE: func(_ *cobra.Command, args []string) error {
			options.Hosts = args
			folder, err := app.MakeAuthority(e.cfg, options)
			if err != nil {
				return err
			}
			e.talk("Made the authority of %q. Keep the folder safe; a running server takes it after a restart.", options.Organization)
			if len(args) == 0 {
				e.talk("The server's certificates are still to be made, with \"chargeyard ca server HOST\".")
			}
			fmt.Fprintln(e.out, folder)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&options.Organization, "org", "", "Organization (O) that every certificate names (needed).")
	f.IntVar(&options.Years, "years", 20, "How long the roots are valid.")
	f.BoolVar(&options.V2G, "v2g", false, "Sign chargers' V2G certificates (ISO 15118) too, with a root of their own.")
	return cmd
}

func newCAServer(e *environment) *cobra.Command {
	return e.addJSON(&cobra.Command{
		Use:   "server [HOST...]",
		Short: "Make or renew the server's certificates",
		Long: `Make the server's certificates, one ECDSA and one RSA, for the names and addresses that chargers connect to; the
first is the common name. Without names, those of the present certificates are renewed. A running server takes them
by itself, and renews them by itself 30 days before they end.`,
		Example: "  chargeyard ca server charge.example.org 192.0.2.7",
		RunE: func(_ *cobra.Command, args []string) error {
			rows, err := app.IssueServer(e.cfg, args)
			if err != nil {
				return err
			}
			return e.printCertificates(rows)
		},
	})
}

func newCASign(e *environment) *cobra.Command {
	var in app.Signing
	cmd := &cobra.Command{
		Use:   "sign FILE",
		Short: "Sign a charger's certificate request, by hand",
		Long: `Sign the certificate request of a charger that cannot ask by itself. FILE is PEM; - reads standard input. Its common
name must be the charger's identity or serial number. The chain goes to standard output.`,
		Example: "  chargeyard ca sign cp5.csr --identity CP5 >cp5.pem",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) (err error) {
			if args[0] == "-" {
				in.CSR, err = io.ReadAll(e.in)
			} else {
				in.CSR, err = os.ReadFile(args[0])
			}
			if err != nil {
				return app.Exit(app.ExitFailed, fmt.Errorf("the certificate request cannot be read: %w", err))
			}
			chain, row, err := app.SignRequest(e.cfg, in)
			if err != nil {
				return err
			}
			if _, err := e.out.Write(chain); err != nil {
				return err
			}
			e.talk("Signed for %s, valid until %s, SHA-256 %s.", row.Subject, row.NotAfter.Format(time.DateOnly), row.Fingerprint)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Identity, "identity", "", "Identity of the charger.")
	f.StringVar(&in.Serial, "serial", "", "Serial number of the charger.")
	f.IntVar(&in.Days, "days", 365, "How long the certificate is valid.")
	f.BoolVar(&in.V2G, "v2g", false, "Sign a V2G certificate, with which the charger proves itself to vehicles.")
	return cmd
}

func newCAShow(e *environment) *cobra.Command {
	return e.addJSON(&cobra.Command{
		Use:     "show",
		Short:   "List the certificates of the authority and when they end",
		Example: "  chargeyard ca show",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rows, err := app.ListCertificates(e.cfg)
			if err != nil {
				return err
			}
			return e.printCertificates(rows)
		},
	})
}

func (e *environment) printCertificates(rows []app.CertificateRow) error {
	if e.json {
		return e.printJSON(rows)
	}
	w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSUBJECT\tHOSTS\tENDS\tSHA-256")
	for _, c := range rows {
		hosts := "-"
		if len(c.Hosts) > 0 {
			hosts = strings.Join(c.Hosts, ", ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Name, c.Subject, hosts, c.NotAfter.Format(time.DateOnly), c.Fingerprint)
	}
	return w.Flush()
}

func newCAExport(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "export [NAME]",
		Short: "Print the roots in PEM, to install in chargers",
		Long: `Print both roots in PEM, for chargers and people to trust. With a name that "ca show" lists, print that certificate
alone: InstallCertificate takes one at a time. Private keys are never printed.`,
		Example: `  chargeyard ca export >roots.pem
  chargeyard ca export root-rsa`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := app.ExportRoots(e.cfg, strings.Join(args, ""))
			if err != nil {
				return err
			}
			_, err = e.out.Write(text)
			return err
		},
	}
}
