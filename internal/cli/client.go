package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/client"
	"user-api/internal/config"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
)

// shownClient is a client as --json prints it. A secret is in it only when it was just
// made.
type shownClient struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	Secret    string   `json:"secret,omitempty"`
	Scopes    []string `json:"scopes"`
	Redirects []string `json:"redirectUris,omitempty"`
	Audience  string   `json:"audience,omitempty"`
	Limit     string   `json:"limit,omitempty"`
	CreatedAt int64    `json:"createdAt"`
	UsedAt    int64    `json:"usedAt,omitempty"`
	// OverlapEnds is until when the secret before works as well.
	OverlapEnds int64 `json:"overlapEnds,omitempty"`
	DisabledAt  int64 `json:"disabledAt,omitempty"`
}

func (r *run) clientCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "client",
		Short: "Make, list and end the machines and applications that use the service",
		Long: `client keeps the machines that use the routes of administrators by HTTP Basic or by a
token of their own, and the applications of OAuth. Nodes follow within 5 s; the audit
trail keeps who did it.`,
		Example: "  user-api client create billing --scope users:read",
	}, r.clientCreateCommand(), r.clientListCommand(), r.clientRedirectCommand(), r.clientRotateCommand(),
		r.clientChangeCommand("remove", "End a client for good", "remove deletes a client; its secret and its tokens work nowhere after 5 s.", "removed", (*client.Clients).Remove),
		r.clientChangeCommand("disable", "End a client for the time being", "disable ends a client until enable; its secret and its tokens work nowhere after 5 s.", "disabled", (*client.Clients).Disable),
		r.clientChangeCommand("enable", "Let a disabled client work again", "enable lets a disabled client work again.", "enabled", (*client.Clients).Enable))
}

func (r *run) clientCreateCommand() *cobra.Command {
	var d client.Draft
	var limit string
	c := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a client and show its secret, this once",
		Long: `create makes a client. Its secret is shown this once: the database keeps a digest. The
scopes are ` + strings.Join(client.Scopes, ", ") + `.`,
		Example: "  user-api client create billing --scope users:read --scope audit:read\n" +
			"  user-api client create shop --public --redirect-uri https://shop.example/cb",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			d.Name = args[0]
			if d.Limit, err = oneRate(limit); err != nil {
				return err
			}
			return r.withClients(c.Context(), func(ctx context.Context, all *client.Clients) error {
				one, secret, err := all.Create(ctx, d)
				if errors.Is(err, client.ErrDraft) {
					return misuse{err}
				}
				if err != nil {
					return err
				}
				return r.showSecret(one, secret)
			})
		},
	}
	c.Flags().StringSliceVar(&d.Scopes, "scope", nil, "what it may do; may be given several times")
	c.Flags().StringArrayVar(&d.Redirects, "redirect-uri", nil, "where OAuth may send people back to; may be given several times")
	c.Flags().StringVar(&d.Audience, "audience", "", "whom its access tokens are for; this service unless given")
	c.Flags().BoolVar(&d.Public, "public", false, "an app on other people's devices, which can keep no secret")
	c.Flags().StringVar(&limit, "limit", "", "its own limit as COUNT/SECONDS, in the place of RateLimit.Machine.Requests")
	r.jsonFlag(c)
	return c
}

func (r *run) clientListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the clients, without secrets",
		Long:    "list shows every client. Of secrets it shows nothing.",
		Example: "  user-api client list --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withClients(c.Context(), func(ctx context.Context, all *client.Clients) error {
				list, err := all.List(ctx)
				if err != nil {
					return err
				}
				shown := make([]shownClient, 0, len(list))
				for _, one := range list {
					shown = append(shown, show(one, all.Now()))
				}
				return r.print(clientTable(shown), shown)
			})
		},
	}
	r.jsonFlag(c)
	return c
}

func (r *run) clientRedirectCommand() *cobra.Command {
	var uris []string
	c := &cobra.Command{
		Use:   "redirect NAME",
		Short: "Say anew where OAuth may send people back to",
		Long: `redirect puts the redirect URIs that are given in the place of those that an application
has. Nodes follow within 5 s.`,
		Example: "  user-api client redirect shop --redirect-uri https://shop.example/cb",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withClients(c.Context(), func(ctx context.Context, all *client.Clients) error {
				err := all.Redirect(ctx, args[0], uris)
				if errors.Is(err, client.ErrDraft) {
					return misuse{err}
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(r.Out, "client %s has %d redirect URIs\n", args[0], len(uris))
				return nil
			})
		},
	}
	c.Flags().StringArrayVar(&uris, "redirect-uri", nil, "all of them; may be given several times")
	return c
}

func (r *run) clientRotateCommand() *cobra.Command {
	var overlap time.Duration
	c := &cobra.Command{
		Use:   "rotate NAME",
		Short: "Give a client another secret and show it, this once",
		Long: `rotate gives a client another secret. The one before works for the time of --overlap,
in which the client is given the new one. --overlap 0 is for a secret that leaked: it
ends within 5 s, with the access tokens that it was given for.`,
		Example: "  user-api client rotate billing --overlap 24h",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if overlap < 0 || overlap > client.MaxOverlap {
				return misused("--overlap is from 0 to %.0fh", client.MaxOverlap.Hours())
			}
			return r.withClients(c.Context(), func(ctx context.Context, all *client.Clients) error {
				secret, err := all.Rotate(ctx, args[0], overlap)
				if err != nil {
					return err
				}
				one, err := all.ByName(ctx, args[0])
				if err != nil {
					return err
				}
				return r.showSecret(one, secret)
			})
		},
	}
	c.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "for how long the secret before works")
	r.jsonFlag(c)
	return c
}

// clientChangeCommand does one thing with one client.
func (r *run) clientChangeCommand(word, short, long, done string, change func(*client.Clients, context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use:     word + " NAME",
		Short:   short,
		Long:    long,
		Example: "  user-api client " + word + " billing",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withClients(c.Context(), func(ctx context.Context, all *client.Clients) error {
				if err := change(all, ctx, args[0]); err != nil {
					return err
				}
				fmt.Fprintf(r.Out, "client %s is %s\n", args[0], done)
				return nil
			})
		},
	}
}

// withClients does something with the clients of the configured stores.
func (r *run) withClients(ctx context.Context, do func(context.Context, *client.Clients) error) error {
	service, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer service.Close()
	return do(reqctx.WithActor(ctx, actor()), service.Clients)
}

// showSecret prints a client with the secret that it has just got.
func (r *run) showSecret(one client.Client, secret string) error {
	shown := show(one, one.Created)
	shown.Secret = secret
	text := fmt.Sprintf("client_id:     %s\n", one.ID)
	if secret != "" {
		text += fmt.Sprintf("client_secret: %s\nThe secret is shown this once.\n", secret)
	}
	return r.print(text, shown)
}

func show(one client.Client, now time.Time) shownClient {
	s := shownClient{
		ID: one.ID, Name: one.Name, Kind: one.Kind, Scopes: one.Scopes, Redirects: one.Redirects, Audience: one.Audience,
		CreatedAt: unix(one.Created), UsedAt: unix(one.Used), DisabledAt: unix(one.Disabled),
	}
	if one.Limit.Limit > 0 {
		s.Limit = fmt.Sprintf("%d/%.0f", one.Limit.Limit, one.Limit.Window.Seconds())
	}
	if one.Overlap.After(now) {
		s.OverlapEnds = unix(one.Overlap)
	}
	return s
}

func clientTable(list []shownClient) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tID\tKIND\tSCOPES\tLAST USED\tSTATE")
	for _, one := range list {
		used, state := "never", "works"
		if one.UsedAt > 0 {
			used = time.Unix(one.UsedAt, 0).UTC().Format(minute)
		}
		if one.DisabledAt > 0 {
			state = "disabled"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", one.Name, one.ID, one.Kind, strings.Join(one.Scopes, " "), used, state)
	}
	_ = w.Flush() // to a strings.Builder
	return text.String()
}

// oneRate reads a limit of a client; "" is none of its own.
func oneRate(text string) (guard.Rate, error) {
	if text == "" {
		return guard.Rate{}, nil
	}
	rates, err := config.ParseRates(text)
	if err != nil || len(rates) != 1 {
		return guard.Rate{}, misused("--limit is COUNT/SECONDS, as 600/60")
	}
	return guard.Rate{Limit: rates[0].Limit, Window: rates[0].Window}, nil
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
