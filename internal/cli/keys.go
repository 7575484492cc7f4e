package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/keys"
	"user-api/internal/reqctx"
	"user-api/model"
)

// shownKey is a signing key as --json prints it. Times are Unix seconds.
type shownKey struct {
	ID    string `json:"id"`
	Alg   string `json:"alg"`
	State string `json:"state"`
	// Signs reports whether this configuration signs with it, SealedHere whether it could.
	Signs       bool  `json:"signs"`
	SealedHere  bool  `json:"sealedHere"`
	CreatedAt   int64 `json:"createdAt"`
	DueAt       int64 `json:"dueAt,omitempty"` // of standby
	ActivatedAt int64 `json:"activatedAt,omitempty"`
	RetiredAt   int64 `json:"retiredAt,omitempty"`
}

func (r *run) keysCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "keys",
		Short: "List, change and revoke the keys that sign access tokens",
		Long: `keys is about the key pairs that sign access tokens where Auth.Signing is ES256 or EdDSA.
They change by themselves, see docs/keys.md. Nodes follow within 5 s; the audit trail
keeps who did it.`,
		Example: "  user-api keys list",
	}, r.keysListCommand(), r.keysRotateCommand(), r.keysRevokeCommand())
}

func (r *run) keysListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the keys, oldest first",
		Long:    "list shows every key with its state. Of private halves it shows nothing.",
		Example: "  user-api keys list --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withKeys(c.Context(), func(ctx context.Context, all *keys.Keys) error {
				list, err := all.List(ctx)
				if err != nil {
					return err
				}
				shown := make([]shownKey, 0, len(list))
				for _, one := range list {
					shown = append(shown, showKey(one))
				}
				return r.print(keyTable(shown), shown)
			})
		},
	}
	r.jsonFlag(c)
	return c
}

func (r *run) keysRotateCommand() *cobra.Command {
	var now bool
	c := &cobra.Command{
		Use:   "rotate",
		Short: "Publish another key, which signs in a while",
		Long: `rotate publishes another key. It signs in the place of the active one after Auth.KeyLead,
when whoever verifies tokens has read it. With --now that is 10 seconds: every node then
knows it, and others read it when they see it. The key before goes on being accepted
until its last token has expired.`,
		Example: "  user-api keys rotate\n  user-api keys rotate --now",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withKeys(c.Context(), func(ctx context.Context, all *keys.Keys) error {
				one, err := all.Rotate(ctx, now)
				if errors.Is(err, keys.ErrStandby) && now {
					return errors.New("keys: the standby key has been published for less than 10 seconds: run this again in a moment")
				}
				if errors.Is(err, keys.ErrStandby) {
					return fmt.Errorf("keys: %w: see keys list for when it signs; --now has it sign once it has been published for 10 seconds", err)
				}
				if err != nil {
					return fmt.Errorf("keys: %w", err)
				}
				return r.print(rotated(one), showKey(one))
			})
		},
	}
	c.Flags().BoolVar(&now, "now", false, "sign with it after 10 seconds, or at once with the standby key that is there")
	r.jsonFlag(c)
	return c
}

func (r *run) keysRevokeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "revoke ID",
		Short: "Refuse every token of a key from now on",
		Long: `revoke is for a key that leaked: within 5 s no node accepts a token of it any more, for
good. If it is the active one, the standby key, or else a new one, signs at once.
Sessions live on: clients refresh.`,
		Example: "  user-api keys revoke kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withKeys(c.Context(), func(ctx context.Context, all *keys.Keys) error {
				one, err := all.Revoke(ctx, args[0])
				if err != nil {
					return fmt.Errorf("keys: %w", err)
				}
				return r.print(fmt.Sprintf("key %s is revoked\n", one.ID), showKey(one))
			})
		},
	}
	r.jsonFlag(c)
	return c
}

// withKeys does something with the keys of the configured database.
func (r *run) withKeys(ctx context.Context, do func(context.Context, *keys.Keys) error) error {
	service, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer service.Close()
	return do(reqctx.WithActor(ctx, actor()), service.Keys)
}

func rotated(one keys.Key) string {
	if one.State == model.ActiveKey {
		return fmt.Sprintf("key %s signs now\n", one.ID)
	}
	return fmt.Sprintf("key %s is published, and signs from %s on\n", one.ID, one.Due.UTC().Format(time.RFC3339))
}

func showKey(one keys.Key) shownKey {
	s := shownKey{
		ID: one.ID, Alg: one.Alg, State: one.State, Signs: one.Signs, SealedHere: one.Sealed,
		CreatedAt: unix(one.Created), ActivatedAt: unix(one.Activated), RetiredAt: unix(one.Retired),
	}
	if one.State == model.StandbyKey {
		s.DueAt = unix(one.Due)
	}
	return s
}

func keyTable(list []shownKey) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tALG\tSTATE\tSINCE\tNOTE")
	for _, one := range list {
		since, note := max(one.CreatedAt, one.ActivatedAt, one.RetiredAt), ""
		switch {
		case one.Signs:
			note = "signs"
		case one.State == model.StandbyKey:
			note = "signs from " + time.Unix(one.DueAt, 0).UTC().Format(minute)
		}
		if (one.State == model.ActiveKey || one.State == model.StandbyKey) && !one.SealedHere {
			note = "sealed under a pepper that is not configured here"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", one.ID, one.Alg, one.State, time.Unix(since, 0).UTC().Format(minute), note)
	}
	_ = w.Flush() // to a strings.Builder
	return text.String()
}
