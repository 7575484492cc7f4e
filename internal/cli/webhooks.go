package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/svc"
	"user-api/internal/webhook"
	"user-api/model"
)

// shownEndpoint is the JSON form of an endpoint, without secrets.
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
		Short: "Show, replay and test webhook deliveries",
		Long: `webhooks shows the configured endpoints and their pending events, sends events again, and
tests an endpoint. docs/webhooks.md describes the events.`,
		Example: "  user-api webhooks list",
	}, r.webhooksListCommand(), r.webhooksReplayCommand(), r.webhooksTestCommand())
}

func (r *run) webhooksListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "List the endpoints and their state",
		Long: `list shows for each endpoint whether it works, fails, or is paused after failures with one
attempt at a time, the number of pending and abandoned events, and the last success.`,
		Example: "  user-api webhooks list --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				list, err := s.Webhooks.List(ctx)
				if err != nil {
					return err
				}
				shown := make([]shownEndpoint, 0, len(list))
				for _, e := range list {
					shown = append(shown, shownEndpoint{
						Name: e.Name, URL: e.URL, Events: e.Events, State: e.State, Pending: e.Pending, OldestSeconds: int64(e.Oldest / time.Second),
						Failed: e.Failed, Failures: e.Failures, LastFailure: e.Result, SucceededAt: unix(e.Succeeded),
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
		Short: "Send events again",
		Long: `replay sends events to an endpoint again, with their original IDs: one event by its ID, or
the recent abandoned events, and with --delivered also the delivered ones. Events are kept
for seven days. The running service sends them.`,
		Example: "  user-api webhooks replay orders --since 24h\n  user-api webhooks replay orders --since 1h --delivered\n  user-api webhooks replay orders --id evt_0DFG4",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if since < 0 {
				return misused("--since must be a positive duration, such as 24h")
			}
			what.Endpoint, what.Delivered = args[0], what.Delivered || what.Event != ""
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				what.Since = s.Webhooks.Now().Add(-since).UnixMilli()
				n, err := s.Webhooks.Replay(ctx, what)
				if err != nil {
					return err
				}
				return r.print(fmt.Sprintf("%d will be sent again\n", n), struct {
					Replayed int64 `json:"replayed"`
				}{n})
			})
		},
	}
	c.Flags().DurationVar(&since, "since", 0, "events since this long ago, such as 24h")
	c.Flags().StringVar(&what.Event, "id", "", "the event with this webhook-id")
	c.Flags().BoolVar(&what.Delivered, "delivered", false, "also delivered events")
	c.MarkFlagsOneRequired("since", "id")
	c.MarkFlagsMutuallyExclusive("since", "id")
	r.jsonFlag(c)
	return c
}

func (r *run) webhooksTestCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "test NAME",
		Short: "Send a test event to an endpoint and show the response",
		Long: `test sends a signed event of the type webhook.test from this process and prints the status
of the response, or why there was none: address, connection, timeout, tls or unreachable.
It does not retry. The exit status is 1 unless the status is 2xx.`,
		Example: "  user-api webhooks test orders",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				result, taken, err := s.Webhooks.Test(ctx, args[0])
				if err != nil {
					return err
				}
				err = r.print(result+"\n", struct {
					Result string `json:"result"`
					Taken  bool   `json:"taken"`
				}{result, taken})
				if err == nil && !taken {
					err = errors.New("the endpoint did not accept it")
				}
				return err
			})
		},
	}
	r.jsonFlag(c)
	return c
}

func webhookTable(list []shownEndpoint) string {
	return aligned(func(w io.Writer) {
		fmt.Fprintln(w, "NAME\tSTATE\tPENDING\tOLDEST\tFAILED\tLAST SUCCESS\tURL")
		for _, e := range list {
			state := e.State
			if e.LastFailure != "" {
				state = fmt.Sprintf("%s (%s, %d in a row)", state, e.LastFailure, e.Failures)
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%s\t%s\n", e.Name, state, e.Pending, time.Duration(e.OldestSeconds)*time.Second, e.Failed,
				cmp.Or(at(e.SucceededAt), "never"), e.URL)
		}
	})
}

// webhooks connects to each endpoint and sends nothing.
func (d *doctor) webhooks(ctx context.Context) {
	const about = "webhooks"
	endpoints := svc.Endpoints(d.Config)
	if len(endpoints) == 0 {
		d.ok(about, "none")
	}
	for _, e := range endpoints {
		ctx, cancel := context.WithTimeout(ctx, checkTimeout)
		err := webhook.Check(ctx, e)
		cancel()
		if err != nil { // the service starts anyway and keeps the events
			d.warn(about, "%s: %v", e.Name, err)
			continue
		}
		d.ok(about, "%s is reachable; `webhooks test %s` checks whether it accepts events", e.Name, e.Name)
	}
}
