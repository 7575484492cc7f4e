package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/client"
	"user-api/internal/config"
	"user-api/internal/guard"
	"user-api/internal/svc"
)

// shownClient is the JSON form of a client. It contains the secret only when it has just
// been generated.
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
	// OverlapEnds is when the previous secret stops working.
	OverlapEnds int64 `json:"overlapEnds,omitempty"`
	DisabledAt  int64 `json:"disabledAt,omitempty"`
}

func (r *run) clientCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "client",
		Short: "Create, list and remove the machines and applications that use the service",
		Long: `client manages the machines that use administrator routes with HTTP Basic or their own
token, and the OAuth applications. Nodes follow within 5 s; the audit trail records who
did it.`,
		Example: "  user-api client create billing --scope users:read",
	}, r.clientCreateCommand(), r.clientListCommand(), r.clientRedirectCommand(), r.clientRotateCommand(),
		r.clientChangeCommand("remove", "Delete a client", "remove deletes a client; its secret and its tokens stop working within 5 s.", "removed", (*client.Clients).Remove),
		r.clientChangeCommand("disable", "Disable a client", "disable disables a client until enable; its secret and its tokens stop working within 5 s.", "disabled", (*client.Clients).Disable),
		r.clientChangeCommand("enable", "Enable a disabled client", "enable lets a disabled client work again.", "enabled", (*client.Clients).Enable))
}

func (r *run) clientCreateCommand() *cobra.Command {
	var d client.Draft
	var limit string
	c := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a client and show its secret once",
		Long: `create creates a client. Its secret is shown only now: the database keeps a digest. The
scopes are ` + strings.Join(client.Scopes, ", ") + `.`,
		Example: "  user-api client create billing --scope users:read --scope audit:read\n" +
			"  user-api client create shop --public --redirect-uri https://shop.example/cb",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			d.Name = args[0]
			if d.Limit, err = oneRate(limit); err != nil {
				return err
			}
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				one, secret, err := s.Clients.Create(ctx, d)
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
	c.Flags().StringSliceVar(&d.Scopes, "scope", nil, "an allowed scope; may be repeated")
	c.Flags().StringArrayVar(&d.Redirects, "redirect-uri", nil, "an OAuth redirect URI; may be repeated")
	c.Flags().StringVar(&d.Audience, "audience", "", "the audience of its access tokens; default: this service")
	c.Flags().BoolVar(&d.Public, "public", false, "a public client, such as an app on users' devices, without a secret")
	c.Flags().StringVar(&limit, "limit", "", "its own limit as COUNT/SECONDS, instead of RateLimit.Machine.Requests")
	r.jsonFlag(c)
	return c
}

func (r *run) clientListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the clients, without secrets",
		Long:    "list shows every client, without secrets.",
		Example: "  user-api client list --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				list, err := s.Clients.List(ctx)
				if err != nil {
					return err
				}
				shown := make([]shownClient, 0, len(list))
				for _, one := range list {
					shown = append(shown, show(one, s.Clients.Now()))
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
		Short: "Replace the redirect URIs of an application",
		Long: `redirect replaces the redirect URIs of an application with the given ones. Nodes follow
within 5 s.`,
		Example: "  user-api client redirect shop --redirect-uri https://shop.example/cb",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				err := s.Clients.Redirect(ctx, args[0], uris)
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
	c.Flags().StringArrayVar(&uris, "redirect-uri", nil, "a redirect URI; repeat it for all of them")
	return c
}

func (r *run) clientRotateCommand() *cobra.Command {
	var overlap time.Duration
	c := &cobra.Command{
		Use:   "rotate NAME",
		Short: "Give a client a new secret and show it once",
		Long: `rotate gives a client a new secret. The previous one keeps working for the time of
--overlap, in which the client can switch. Use --overlap 0 for a leaked secret: it stops
working within 5 s, together with the access tokens issued for it.`,
		Example: "  user-api client rotate billing --overlap 24h",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if overlap < 0 || overlap > client.MaxOverlap {
				return misused("--overlap must be between 0 and %.0fh", client.MaxOverlap.Hours())
			}
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				secret, err := s.Clients.Rotate(ctx, args[0], overlap)
				if err != nil {
					return err
				}
				one, err := s.Clients.ByName(ctx, args[0])
				if err != nil {
					return err
				}
				return r.showSecret(one, secret)
			})
		},
	}
	c.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "how long the previous secret keeps working")
	r.jsonFlag(c)
	return c
}

// clientChangeCommand returns a command that changes one client.
func (r *run) clientChangeCommand(word, short, long, done string, change func(*client.Clients, context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use:     word + " NAME",
		Short:   short,
		Long:    long,
		Example: "  user-api client " + word + " billing",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				if err := change(s.Clients, ctx, args[0]); err != nil {
					return err
				}
				fmt.Fprintf(r.Out, "client %s is %s\n", args[0], done)
				return nil
			})
		},
	}
}

// showSecret prints a client with its new secret.
func (r *run) showSecret(one client.Client, secret string) error {
	shown := show(one, one.Created)
	shown.Secret = secret
	text := fmt.Sprintf("client_id:     %s\n", one.ID)
	if secret != "" {
		text += fmt.Sprintf("client_secret: %s\nThe secret is not shown again.\n", secret)
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
	return aligned(func(w io.Writer) {
		fmt.Fprintln(w, "NAME\tID\tKIND\tSCOPES\tLAST USED\tSTATE")
		for _, one := range list {
			state := "works"
			if one.DisabledAt > 0 {
				state = "disabled"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", one.Name, one.ID, one.Kind, strings.Join(one.Scopes, " "), cmp.Or(at(one.UsedAt), "never"), state)
		}
	})
}

// oneRate parses the limit of a client; "" means no limit of its own.
func oneRate(text string) (guard.Rate, error) {
	if text == "" {
		return guard.Rate{}, nil
	}
	rates, err := config.ParseRates(text)
	if err != nil || len(rates) != 1 {
		return guard.Rate{}, misused("--limit must be COUNT/SECONDS, such as 600/60")
	}
	return guard.Rate{Limit: rates[0].Limit, Window: rates[0].Window}, nil
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
