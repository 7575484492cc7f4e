package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/keys"
	"user-api/internal/svc"
	"user-api/model"
)

// shownKey is the JSON form of a signing key. Times are Unix seconds.
type shownKey struct {
	ID    string `json:"id"`
	Alg   string `json:"alg"`
	State string `json:"state"`
	// Signs reports whether this configuration signs with it, SealedHere whether it can
	// decrypt it.
	Signs       bool  `json:"signs"`
	SealedHere  bool  `json:"sealedHere"`
	CreatedAt   int64 `json:"createdAt"`
	DueAt       int64 `json:"dueAt,omitempty"` // for standby keys
	ActivatedAt int64 `json:"activatedAt,omitempty"`
	RetiredAt   int64 `json:"retiredAt,omitempty"`
}

func (r *run) keysCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "keys",
		Short: "List, rotate and revoke the keys that sign access tokens",
		Long: `keys manages the key pairs that sign access tokens if Auth.Signing is ES256 or EdDSA. The
service rotates them automatically, see docs/keys.md. Nodes follow within 5 s; the audit
trail records who did it.`,
		Example: "  user-api keys list",
	}, r.keysListCommand(), r.keysRotateCommand(), r.keysRevokeCommand())
}

func (r *run) keysListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the keys, oldest first",
		Long:    "list shows every key with its state, without private keys.",
		Example: "  user-api keys list --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				list, err := s.Keys.List(ctx)
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
		Short: "Publish a new key, which signs later",
		Long: `rotate publishes a new key. It replaces the active key after Auth.KeyLead, when all
verifiers have loaded it. With --now it does so after 10 seconds: all nodes know it by
then, and other verifiers load it when they see it. The previous key is accepted until
its last token has expired.`,
		Example: "  user-api keys rotate\n  user-api keys rotate --now",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				one, err := s.Keys.Rotate(ctx, now)
				if errors.Is(err, keys.ErrStandby) && now {
					return errors.New("keys: the standby key has been published for less than 10 seconds: run this again in a moment")
				}
				if errors.Is(err, keys.ErrStandby) {
					return fmt.Errorf("keys: %w: keys list shows when it will sign; with --now it signs once it has been published for 10 seconds", err)
				}
				if err != nil {
					return fmt.Errorf("keys: %w", err)
				}
				return r.print(rotated(one), showKey(one))
			})
		},
	}
	c.Flags().BoolVar(&now, "now", false, "sign with it after 10 seconds, or immediately with an existing standby key")
	r.jsonFlag(c)
	return c
}

func (r *run) keysRevokeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "revoke ID",
		Short: "Refuse all tokens of a key",
		Long: `revoke is for a leaked key: within 5 s all nodes permanently refuse its tokens. If it is
the active key, the standby key or a new key signs immediately. Sessions continue: clients
refresh.`,
		Example: "  user-api keys revoke kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				one, err := s.Keys.Revoke(ctx, args[0])
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

func rotated(one keys.Key) string {
	if one.State == model.ActiveKey {
		return fmt.Sprintf("key %s signs now\n", one.ID)
	}
	return fmt.Sprintf("key %s is published and will sign from %s\n", one.ID, one.Due.UTC().Format(time.RFC3339))
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
	return aligned(func(w io.Writer) {
		fmt.Fprintln(w, "ID\tALG\tSTATE\tSINCE\tNOTE")
		for _, one := range list {
			note := ""
			switch {
			case one.Signs:
				note = "signs"
			case one.State == model.StandbyKey:
				note = "signs from " + at(one.DueAt)
			}
			if (one.State == model.ActiveKey || one.State == model.StandbyKey) && !one.SealedHere {
				note = "encrypted with a pepper that is not configured here"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", one.ID, one.Alg, one.State, at(max(one.CreatedAt, one.ActivatedAt, one.RetiredAt)), note)
		}
	})
}
