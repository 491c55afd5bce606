package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/chargeyard/chargeyard/internal/app"
)

// order makes a command that gives an order in plain words to a charger.
// flags adds its flags and returns what fills the order's body from them and
// from the arguments behind the charger.
func (e *environment) order(name string, cmd *cobra.Command, flags func(cmd *cobra.Command) func(body map[string]any, args []string) error) *cobra.Command {
	fill := flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body := map[string]any{}
		if err := fill(body, args[1:]); err != nil {
			return app.Exit(app.ExitUsage, err)
		}
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		return e.ask(cmd, app.Ask{Charger: args[0], Order: name, Body: text})
	}
	return e.addJSON(cmd)
}

// ask gives a command and tells what became of it; the exit code says whether
// the charger answered.
func (e *environment) ask(cmd *cobra.Command, in app.Ask) error {
	var rows []app.CommandRow
	if err := e.do(cmd, app.OpChargerAsk, in, &rows); err != nil {
		return err
	}
	if e.json {
		if err := e.printJSON(rows); err != nil {
			return err
		}
	}
	var failed error
	for _, r := range rows {
		if !e.json && r.Response != nil {
			fmt.Fprintf(e.out, "%s\n", r.Response)
		}
		switch {
		case r.Status != "answered":
			failed = errors.Join(failed, fmt.Errorf("%s: %s: %s", told(r), r.Status, r.Error))
		case r.Outcome != "":
			e.talk("%s: %s.", r.Action, r.Outcome)
		default:
			e.talk("%s was answered.", r.Action)
		}
	}
	return failed
}

// told names what a charger was told: the call, or an order that none was made
// of, because the charger was not connected.
func told(r app.CommandRow) string {
	if r.Action == "" {
		return r.Order
	}
	return r.Action
}

// portFlag adds --port.
func portFlag(cmd *cobra.Command, what string) func(body map[string]any) {
	port := cmd.Flags().Int("port", 0, what)
	return func(body map[string]any) {
		if *port != 0 {
			body["port"] = *port
		}
	}
}

func (e *environment) orders() []*cobra.Command {
	return []*cobra.Command{
		e.startOrder(), e.stopOrder(), e.unlockOrder(), e.resetOrder(), e.availabilityOrder(), e.triggerOrder(),
		e.getOrder(), e.setOrder(), e.logOrder(), e.firmwareOrder(), e.clearCacheOrder(), e.sendAction(), e.listCommands(),
		e.nextBoot(), e.securityProfile(), e.handsOff(),
	}
}

func (e *environment) startOrder() *cobra.Command {
	return e.order("start", &cobra.Command{
		Use:     "start CHARGER",
		Short:   "Start charging",
		Long:    "Ask a charger (identity or id) to start charging for a tag. It works on every version of OCPP.",
		Example: "  chargeyard charger start CP5 --port 1 --tag 04A2B3C4",
		Args:    cobra.ExactArgs(1),
	}, func(cmd *cobra.Command) func(map[string]any, []string) error {
		port := portFlag(cmd, "Port number; not needed with a single free port.")
		tag := cmd.Flags().String("tag", "", "The id tag that charges.")
		return func(body map[string]any, _ []string) error {
			if *tag == "" {
				return errors.New("--tag: is missing; it is the id tag that charges")
			}
			port(body)
			body["tag"] = *tag
			return nil
		}
	})
}

func (e *environment) stopOrder() *cobra.Command {
	return e.order("stop", &cobra.Command{
		Use:     "stop CHARGER",
		Short:   "Stop the running session",
		Long:    "Ask a charger (identity or id) to stop its running session, or with --port that of one port.",
		Example: "  chargeyard charger stop CP5 --port 1",
		Args:    cobra.ExactArgs(1),
	}, func(cmd *cobra.Command) func(map[string]any, []string) error {
		port := portFlag(cmd, "Port number; not needed with a single running session.")
		return func(body map[string]any, _ []string) error {
			port(body)
			return nil
		}
	})
}

func (e *environment) unlockOrder() *cobra.Command {
	return e.order("unlock", &cobra.Command{
		Use:     "unlock CHARGER",
		Short:   "Unlock a connector",
		Long:    "Ask a charger (identity or id) to unlock the connector of a port. A running session ends.",
		Example: "  chargeyard charger unlock CP5 --port 1",
		Args:    cobra.ExactArgs(1),
	}, func(cmd *cobra.Command) func(map[string]any, []string) error {
		port := portFlag(cmd, "Port number.")
		return func(body map[string]any, _ []string) error {
			port(body)
			return nil
		}
	})
}

func (e *environment) resetOrder() *cobra.Command {
	return e.order("reset", &cobra.Command{
		Use:     "reset CHARGER",
		Short:   "Restart a charger",
		Long:    "Ask a charger (identity or id) to restart: when it is idle, or with --hard at once.",
		Example: "  chargeyard charger reset CP5 --hard",
		Args:    cobra.ExactArgs(1),
	}, func(cmd *cobra.Command) func(map[string]any, []string) error {
		hard := cmd.Flags().Bool("hard", false, "At once, also while it charges.")
		return func(body map[string]any, _ []string) error {
			if body["mode"] = "soft"; *hard {
				body["mode"] = "hard"
			}
			return nil
		}
	})
}

func (e *environment) availabilityOrder() *cobra.Command {
	return e.order("availability", &cobra.Command{
		Use:     "availability CHARGER on|off",
		Short:   "Take a charger or a port out of service, or back",
		Example: "  chargeyard charger availability CP5 off --port 1",
		Args:    cobra.ExactArgs(2),
	}, func(cmd *cobra.Command) func(map[string]any, []string) error {
		port := portFlag(cmd, "Port number; the whole charger without it.")
		return func(body map[string]any, args []string) error {
			if args[0] != "on" && args[0] != "off" {
				return fmt.Errorf("%q is neither on nor off", args[0])
			}
			port(body)
			body["operative"] = args[0] == "on"
			return nil
		}
	})
}

func (e *environment) triggerOrder() *cobra.Command {
	return e.order("trigger", &cobra.Command{
		Use:   "trigger CHARGER MESSAGE",
		Short: "Ask for a message, such as status",
		Long: `Ask a charger (identity or id) for a message: boot, heartbeat, status, meters, session, log, diagnostics, firmware
or certificate, or the name of the message in OCPP.`,
		Example: "  chargeyard charger trigger CP5 status --port 1",
		Args:    cobra.ExactArgs(2),
	}, func(cmd *cobra.Command) func(map[string]any, []string) error {
		port := portFlag(cmd, "Port number, where the message is about one.")
		return func(body map[string]any, args []string) error {
			port(body)
			body["message"] = args[0]
			return nil
		}
	})
}

func (e *environment) getOrder() *cobra.Command {
	return e.order("get-configuration", &cobra.Command{
		Use:   "get CHARGER [KEY...]",
		Short: "Read configuration keys (1.6) or variables (2.x)",
		Example: `  chargeyard charger get CP5 HeartbeatInterval
  chargeyard charger get CP6 OCPPCommCtrlr.HeartbeatInterval`,
		Args: cobra.MinimumNArgs(1),
	}, func(*cobra.Command) func(map[string]any, []string) error {
		return func(body map[string]any, args []string) error {
			if len(args) > 0 {
				body["keys"] = args
			}
			return nil
		}
	})
}

func (e *environment) setOrder() *cobra.Command {
	return e.order("configuration", &cobra.Command{
		Use:     "set CHARGER KEY VALUE",
		Short:   "Set a configuration key (1.6) or variable (2.x)",
		Example: "  chargeyard charger set CP5 MeterValueSampleInterval 60",
		Args:    cobra.ExactArgs(3),
	}, func(*cobra.Command) func(map[string]any, []string) error {
		return func(body map[string]any, args []string) error {
			body["key"], body["value"] = args[0], args[1]
			return nil
		}
	})
}

func (e *environment) logOrder() *cobra.Command {
	return e.order("log", &cobra.Command{
		Use:     "log CHARGER",
		Short:   "Have a charger upload its log to this server",
		Long:    "Ask a charger (identity or id) to upload its diagnostics or security log; GET /api/chargers/{id}/uploads lists what came.",
		Example: "  chargeyard charger log CP5 --kind security",
		Args:    cobra.ExactArgs(1),
	}, func(cmd *cobra.Command) func(map[string]any, []string) error {
		kind := cmd.Flags().String("kind", "diagnostics", "diagnostics or security.")
		location := cmd.Flags().String("location", "", "Another address to upload to, such as an FTP server.")
		return func(body map[string]any, _ []string) error {
			body["kind"] = *kind
			if *location != "" {
				body["location"] = *location
			}
			return nil
		}
	})
}

func (e *environment) firmwareOrder() *cobra.Command {
	return e.order("firmware", &cobra.Command{
		Use:     "firmware CHARGER LOCATION",
		Short:   "Update a charger's firmware",
		Long:    "Ask a charger (identity or id) to fetch firmware from LOCATION and install it: an address, or the id of a file that this server hosts.",
		Example: "  chargeyard charger firmware CP5 https://firmware.example.org/cp-1.4.bin",
		Args:    cobra.ExactArgs(2),
	}, func(*cobra.Command) func(map[string]any, []string) error {
		return func(body map[string]any, args []string) error {
			if id := json.Number(args[0]); strings.Trim(args[0], "0123456789") == "" {
				body["file"] = id
			} else {
				body["location"] = args[0]
			}
			return nil
		}
	})
}

func (e *environment) clearCacheOrder() *cobra.Command {
	return e.order("clear-cache", &cobra.Command{
		Use:     "clear-cache CHARGER",
		Short:   "Clear a charger's authorization cache",
		Example: "  chargeyard charger clear-cache CP5",
		Args:    cobra.ExactArgs(1),
	}, func(*cobra.Command) func(map[string]any, []string) error {
		return func(map[string]any, []string) error { return nil }
	})
}

func (e *environment) sendAction() *cobra.Command {
	return e.addJSON(&cobra.Command{
		Use:   "send CHARGER ACTION [PAYLOAD]",
		Short: "Send any action of the charger's version",
		Long: `Send any action that the charger's version of OCPP has, with a payload in JSON. It is checked against the
message table before it is sent.`,
		Example: `  chargeyard charger send CP5 GetLocalListVersion
  chargeyard charger send CP5 Reset '{"type":"Soft"}'`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := app.Ask{Charger: args[0], Action: args[1]}
			if len(args) == 3 {
				if in.Payload = json.RawMessage(args[2]); !json.Valid(in.Payload) {
					return app.Exit(app.ExitUsage, errors.New("the payload is no JSON; write it in single quotes, such as '{\"type\":\"Soft\"}'"))
				}
			}
			return e.ask(cmd, in)
		},
	})
}

func (e *environment) listCommands() *cobra.Command {
	var in app.CommandsOf
	cmd := &cobra.Command{
		Use:     "commands CHARGER",
		Short:   "List what a charger was told, by whom, and what it answered",
		Example: "  chargeyard charger commands CP5 --limit 20",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Charger = args[0]
			var rows []app.CommandRow
			if err := e.do(cmd, app.OpChargerCommands, in, &rows); err != nil {
				return err
			}
			if e.json {
				return e.printJSON(rows)
			}
			w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tAT\tBY\tACTION\tSTATUS\tANSWER")
			for _, r := range rows {
				answer := r.Error
				if r.Response != nil {
					answer = string(r.Response)
				}
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%.80s\n", r.ID, stamp(r.CreatedAt), r.Actor, told(r), r.Status, answer)
			}
			return w.Flush()
		},
	}
	cmd.Flags().IntVar(&in.Limit, "limit", 50, "How many at most, the newest first.")
	return e.addJSON(cmd)
}

// treat changes how a charger is treated.
func (e *environment) treat(cmd *cobra.Command, in app.Treatment, what string) error {
	var changed app.ChangedPassword
	if err := e.do(cmd, app.OpChargerTreat, in, &changed); err != nil {
		return err
	}
	e.talk("Charger %d, %s: %s.", changed.ID, changed.Name, what)
	return nil
}

func (e *environment) nextBoot() *cobra.Command {
	return &cobra.Command{
		Use:     "next-boot CHARGER Accepted|Pending|Rejected",
		Short:   "Say how a charger's next boot is answered",
		Example: "  chargeyard charger next-boot CP5 Pending",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.treat(cmd, app.Treatment{Charger: args[0], NextBoot: args[1]}, "its next boot is answered "+args[1])
		},
	}
}

func (e *environment) securityProfile() *cobra.Command {
	return &cobra.Command{
		Use:   "security-profile CHARGER 0|1|2|3",
		Short: "Set the lowest security profile that a charger may connect with",
		Long: `Set the lowest security profile that a charger may connect with. A charger that booted over a higher profile is
never let in over a lower one again, unless it is said so here.`,
		Example: "  chargeyard charger security-profile CP5 1",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			profile := strings.Index("0123", args[1])
			if len(args[1]) != 1 || profile < 0 {
				return app.Exit(app.ExitUsage, fmt.Errorf("%q is no security profile; write 0, 1, 2 or 3", args[1]))
			}
			return e.treat(cmd, app.Treatment{Charger: args[0], Profile: &profile}, "its lowest security profile is "+args[1])
		},
	}
}

func (e *environment) handsOff() *cobra.Command {
	return &cobra.Command{
		Use:     "hands-off CHARGER yes|no",
		Short:   "Leave a charger's configuration and local list alone, or not",
		Example: "  chargeyard charger hands-off CP5 yes",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			off := args[1] == "yes"
			if !off && args[1] != "no" {
				return app.Exit(app.ExitUsage, fmt.Errorf("%q is neither yes nor no", args[1]))
			}
			what := "it is set up after its boots"
			if off {
				what = "its configuration and local list are left alone"
			}
			return e.treat(cmd, app.Treatment{Charger: args[0], HandsOff: &off}, what)
		},
	}
}
