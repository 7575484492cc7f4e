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
	// rollout is what a swap is given to reach every node: so much longer is the old
	// secret kept.
	rollout = time.Hour
	// codesLive is longer than any code lives.
	codesLive = 10 * time.Minute
	// receiptsCome is for how long providers tell what became of a message.
	receiptsCome = 24 * time.Hour
	// namesLive is for how long a count is kept under a pseudonym.
	namesLive = 90 * 24 * time.Hour
)

func (r *run) rotateCommand() *cobra.Command {
	var o rotateOptions
	c := &cobra.Command{
		Use:   "rotate [NAME...]",
		Short: "Change secrets step by step, without signing anybody out",
		Long: `rotate changes ACCESS_SECRET, REFRESH_SECRET, OTP_PEPPER and PSEUDONYM_KEY in three steps:
next has a new secret accepted beside the one in use, swap takes it into use, retire
takes the old one away. After each step restart every node, one after the other.
Without --step it tells where each secret stands.

It works on the secrets.json of the data folder, or with --dir on a folder that has a
file for each secret, as access_secret. A step out of turn, or too early, is refused.`,
		Example: "  user-api secrets rotate\n  user-api secrets rotate --step next\n  user-api secrets rotate --dir /etc/user-api/secrets --step swap ACCESS_SECRET",
		RunE: func(_ *cobra.Command, names []string) error {
			return r.rotate(o, names)
		},
	}
	steps := []string{rotation.StepNext, rotation.StepSwap, rotation.StepRetire}
	c.Flags().StringVar(&o.step, "step", "", strings.Join(steps, ", "))
	c.Flags().StringVar(&o.dir, "dir", "", "the folder with a file for each secret")
	c.Flags().BoolVar(&o.force, "force", false, "retire before its time: what the old secret has signed ends now")
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
		return misused("secrets: --step is next, swap or retire, and --force goes with retire")
	}
	for _, name := range names {
		if !slices.ContainsFunc(config.SecretKeys(), func(k config.SecretKey) bool { return k.Env == name && k.Change == config.ChangeOwn }) {
			return misused("secrets: %s is not changed in these steps; docs/secrets.md says how it is", name)
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
		if err := keptHere(c, names); err != nil {
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
	change := rotation.Rotation{Place: place, Secrets: inSteps(c, place, o.dir == ""), Now: r.Now, Rand: r.Rand}
	var states []rotation.State
	if o.step == "" {
		states, err = change.States(names...)
	} else {
		states, err = change.Take(o.step, o.force, names...)
	}
	if err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	return r.tellStates(states, o, r.again(o, names), dir)
}

// keptHere refuses where the service has its secrets from elsewhere.
func keptHere(c config.Config, names []string) error {
	if c.Mode == config.ModePro {
		return fmt.Errorf("secrets: in pro no secret is kept in %s: name the folder of their files by --dir", filepath.Join(c.DataDir(), config.SecretsFile))
	}
	for _, name := range names {
		if given(c, name) {
			return fmt.Errorf("secrets: %s is not from %s: change it where it is from", name, filepath.Join(c.DataDir(), config.SecretsFile))
		}
	}
	return nil
}

// given reports whether the configuration has a secret, rather than secrets.json.
func given(c config.Config, name string) bool {
	switch name {
	case "ACCESS_SECRET":
		return c.Auth.AccessSecret != ""
	case "REFRESH_SECRET":
		return c.Auth.RefreshSecret != ""
	case "OTP_PEPPER":
		return c.Otp.Pepper != ""
	default:
		return c.Privacy.PseudonymKey != ""
	}
}

// inSteps are the secrets that are changed in steps, with the times that the
// configuration makes them take.
func inSteps(c config.Config, place rotation.Place, kept bool) []rotation.Secret {
	names := max(namesLive, config.Days(c.Delivery.Retention))
	pepper := receiptsCome
	// Without a key of their own pseudonyms derive from the pepper.
	if own, err := place.Get("PSEUDONYM_KEY"); err == nil && own == "" && c.Privacy.PseudonymKey == "" {
		pepper = names
	}
	waits := map[string][2]time.Duration{
		"ACCESS_SECRET":  {0, c.Auth.AccessExpire.Duration()},
		"REFRESH_SECRET": {0, c.Auth.RefreshExpire.Duration()},
		"OTP_PEPPER":     {codesLive, pepper},
		"PSEUDONYM_KEY":  {codesLive, names},
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
