package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/svc"
	"user-api/internal/webhook"
	"user-api/model"
)

// shownEndpoint is an endpoint as --json prints it; of secrets it has nothing.
type shownEndpoint struct {
	Name          string   `json:"name"`
	URL           string   `json:"url"`
	Events        []string `json:"events"`
	State         string   `json:"state"`
	Pending       int64    `json:"pending"`
	OldestSeconds int64    `json:"oldestSeconds"`
	Failed        int64    `json:"failed"`
	Failures      int64    `json:"failures"`
	LastFailure   string   `json:"lastFailure,omitempty"`
	SucceededAt   int64    `json:"succeededAt,omitempty"`
}

func (r *run) webhooksCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "webhooks",
		Short: "See how other services are told, and tell them again",
		Long: `webhooks shows the endpoints of the configuration and what they have not been told yet,
sends events once more, and tries an endpoint. docs/webhooks.md says what is sent.`,
		Example: "  user-api webhooks list",
	}, r.webhooksListCommand(), r.webhooksReplayCommand(), r.webhooksTestCommand())
}

func (r *run) webhooksListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "List the endpoints and how they do",
		Long: `list shows for each endpoint whether it does well, fails, or is paused after failures and
gets one try at a time, how many events it has not been told of, how many were given up,
and when it last took one.`,
		Example: "  user-api webhooks list --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withWebhooks(c.Context(), func(ctx context.Context, all *webhook.Webhooks) error {
				list, err := all.List(ctx)
				if err != nil {
					return err
				}
				shown := make([]shownEndpoint, 0, len(list))
				for _, s := range list {
					shown = append(shown, shownEndpoint{
						Name: s.Name, URL: s.URL, Events: s.Events, State: s.State, Pending: s.Pending, OldestSeconds: int64(s.Oldest / time.Second),
						Failed: s.Failed, Failures: s.Failures, LastFailure: s.Result, SucceededAt: unix(s.Succeeded),
					})
				}
				return r.print(webhookTable(shown), shown)
			})
		},
	}
	r.jsonFlag(c)
	return c
}

func (r *run) webhooksReplayCommand() *cobra.Command {
	what := model.Replay{}
	var since time.Duration
	c := &cobra.Command{
		Use:   "replay NAME",
		Short: "Send events once more",
		Long: `replay has events sent to an endpoint once more, under the ids they had: one by its id, or
those of the last time that were given up, and with --delivered those that were delivered
as well. They are kept for seven days. A running service sends them.`,
		Example: "  user-api webhooks replay orders --since 24h\n  user-api webhooks replay orders --since 1h --delivered\n  user-api webhooks replay orders --id evt_0DFG4",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if since < 0 {
				return misused("--since is a time back from now, as 24h")
			}
			what.Endpoint, what.Delivered = args[0], what.Delivered || what.Event != ""
			return r.withWebhooks(c.Context(), func(ctx context.Context, all *webhook.Webhooks) error {
				what.Since = all.Now().Add(-since).UnixMilli()
				n, err := all.Replay(ctx, what)
				if err != nil {
					return err
				}
				return r.print(fmt.Sprintf("%d to be sent once more\n", n), struct {
					Replayed int64 `json:"replayed"`
				}{n})
			})
		},
	}
	c.Flags().DurationVar(&since, "since", 0, "what happened in the last time, as 24h")
	c.Flags().StringVar(&what.Event, "id", "", "the one event with this webhook-id")
	c.Flags().BoolVar(&what.Delivered, "delivered", false, "also what was delivered")
	c.MarkFlagsOneRequired("since", "id")
	c.MarkFlagsMutuallyExclusive("since", "id")
	r.jsonFlag(c)
	return c
}

func (r *run) webhooksTestCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "test NAME",
		Short: "Send a test event to an endpoint and show its answer",
		Long: `test sends a signed event of the type webhook.test now, from this process, and prints the
status of the answer, or why there was none: address, connection, timeout, tls or
unreachable. It is not tried again. The exit status is 1 unless it was a 2xx.`,
		Example: "  user-api webhooks test orders",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withWebhooks(c.Context(), func(ctx context.Context, all *webhook.Webhooks) error {
				result, taken, err := all.Test(ctx, args[0])
				if err != nil {
					return err
				}
				err = r.print(result+"\n", struct {
					Result string `json:"result"`
					Taken  bool   `json:"taken"`
				}{result, taken})
				if err == nil && !taken {
					err = errors.New("the endpoint has not taken it")
				}
				return err
			})
		},
	}
	r.jsonFlag(c)
	return c
}

// withWebhooks does something with the webhooks of the configured stores.
func (r *run) withWebhooks(ctx context.Context, do func(context.Context, *webhook.Webhooks) error) error {
	service, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer service.Close()
	return do(ctx, service.Webhooks)
}

func webhookTable(list []shownEndpoint) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSTATE\tPENDING\tOLDEST\tFAILED\tLAST SUCCESS\tURL")
	for _, e := range list {
		state, succeeded := e.State, "never"
		if e.LastFailure != "" {
			state = fmt.Sprintf("%s (%s, %d in a row)", state, e.LastFailure, e.Failures)
		}
		if e.SucceededAt > 0 {
			succeeded = time.Unix(e.SucceededAt, 0).UTC().Format(minute)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%s\t%s\n", e.Name, state, e.Pending, time.Duration(e.OldestSeconds)*time.Second, e.Failed, succeeded, e.URL)
	}
	_ = w.Flush() // to a strings.Builder
	return text.String()
}

// webhooks connects to each endpoint and sends nothing.
func (d *doctor) webhooks(ctx context.Context) {
	const about = "webhooks"
	endpoints := svc.Endpoints(d.Config)
	if len(endpoints) == 0 {
		d.ok(about, "none")
	}
	for _, e := range endpoints {
		ctx, cancel := context.WithTimeout(ctx, patience)
		err := webhook.Check(ctx, e)
		cancel()
		if err != nil { // the service starts all the same, and keeps what is to be told
			d.warn(about, "%s: %v", e.Name, err)
			continue
		}
		d.ok(about, "%s can be reached; `webhooks test %s` tells whether it takes an event", e.Name, e.Name)
	}
}
