package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/config"
	"user-api/internal/rotation"
)

const (
	// rollout is the time for a swap to reach every node; the old secret is kept this much
	// longer.
	rollout = time.Hour
	// codeLifetime exceeds the lifetime of any code.
	codeLifetime = 10 * time.Minute
	// receiptLifetime is how long providers send delivery receipts.
	receiptLifetime = 24 * time.Hour
	// pseudonymLifetime is how long counters are stored under a pseudonym.
	pseudonymLifetime = 90 * 24 * time.Hour
)

func (r *run) rotateCommand() *cobra.Command {
	var o rotateOptions
	c := &cobra.Command{
		Use:   "rotate [NAME...]",
		Short: "Rotate secrets step by step, without signing anyone out",
		Long: `rotate rotates ACCESS_SECRET, REFRESH_SECRET, OTP_PEPPER and PSEUDONYM_KEY in three steps:
next generates a new secret that is accepted in addition to the current one, swap makes it
the current one, retire removes the old one. Restart all nodes one after another after
each step. Without --step it prints the state of each secret.

It works on the secrets.json of the data directory or, with --dir, on a directory that has
a file for each secret, such as access_secret. A step out of order or too early is refused.`,
		Example: "  user-api secrets rotate\n  user-api secrets rotate --step next\n  user-api secrets rotate --dir /etc/user-api/secrets --step swap ACCESS_SECRET",
		RunE: func(_ *cobra.Command, names []string) error {
			return r.rotate(o, names)
		},
	}
	steps := []string{rotation.StepNext, rotation.StepSwap, rotation.StepRetire}
	c.Flags().StringVar(&o.step, "step", "", strings.Join(steps, ", "))
	c.Flags().StringVar(&o.dir, "dir", "", "the directory with a file for each secret")
	c.Flags().BoolVar(&o.force, "force", false, "retire early: everything signed with the old secret ends now")
	r.jsonFlag(c)
	return c
}

type rotateOptions struct {
	step, dir string
	force     bool
}

func (r *run) rotate(o rotateOptions, names []string) error {
	steps := []string{"", rotation.StepNext, rotation.StepSwap, rotation.StepRetire}
	if !slices.Contains(steps, o.step) || o.force && o.step != rotation.StepRetire {
		return misused("secrets: --step must be next, swap or retire, and --force requires retire")
	}
	for _, name := range names {
		if !slices.ContainsFunc(config.SecretKeys(), func(k config.SecretKey) bool { return k.Env == name && k.Change == config.ChangeOwn }) {
			return misused("secrets: %s is not rotated in these steps; see docs/secrets.md", name)
		}
	}
	c, err := config.Load(r.file)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return err
	}
	var place rotation.Place = rotation.Folder{Dir: dir}
	if o.dir == "" {
		if err := requireSecretsFile(c, names); err != nil {
			return err
		}
		dir = c.DataDir()
		place = rotation.Kept{Dir: dir}
	}
	unlock, err := rotation.Lock(dir)
	if err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	defer unlock()
	change := rotation.Rotation{Place: place, Secrets: rotatable(c, place, o.dir == ""), Now: r.Now, Rand: r.Rand}
	var states []rotation.State
	if o.step == "" {
		states, err = change.States(names...)
	} else {
		states, err = change.Take(o.step, o.force, names...)
	}
	if err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	return r.printStates(states, o, r.again(o, names), dir)
}

// requireSecretsFile fails if the secrets do not come from secrets.json.
func requireSecretsFile(c config.Config, names []string) error {
	if c.Mode == config.ModePro {
		return fmt.Errorf("secrets: in pro no secret is stored in %s: give the directory of the secret files with --dir", filepath.Join(c.DataDir(), config.SecretsFile))
	}
	for _, name := range names {
		if given(c, name) {
			return fmt.Errorf("secrets: %s does not come from %s: change it at its source", name, filepath.Join(c.DataDir(), config.SecretsFile))
		}
	}
	return nil
}

// given reports whether a secret is configured, rather than stored in secrets.json.
func given(c config.Config, name string) bool {
	keys := config.SecretKeys()
	i := slices.IndexFunc(keys, func(k config.SecretKey) bool { return k.Env == name })
	return c.OwnSecrets()[keys[i].Key] != ""
}

// rotatable returns the secrets that are rotated in steps, with the waiting times that
// follow from the configuration.
func rotatable(c config.Config, place rotation.Place, kept bool) []rotation.Secret {
	names := max(pseudonymLifetime, config.Days(c.Delivery.Retention))
	pepper := receiptLifetime
	// Without their own key, pseudonyms are derived from the pepper.
	if own, err := place.Get("PSEUDONYM_KEY"); err == nil && own == "" && c.Privacy.PseudonymKey == "" {
		pepper = names
	}
	waits := map[string][2]time.Duration{
		"ACCESS_SECRET":  {0, c.Auth.AccessExpire.Duration()},
		"REFRESH_SECRET": {0, c.Auth.RefreshExpire.Duration()},
		"OTP_PEPPER":     {codeLifetime, pepper},
		"PSEUDONYM_KEY":  {codeLifetime, names},
	}
	var all []rotation.Secret
	for _, key := range config.SecretKeys() {
		if wait, ok := waits[key.Env]; ok && !(kept && given(c, key.Env)) {
			all = append(all, rotation.Secret{
				Name: key.Env, Prev: config.PrevPrefix + key.Env, Settle: wait[0], Keep: wait[1] + rollout, New: key.New,
			})
		}
	}
	return all
}
