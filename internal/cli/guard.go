package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/config"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/guard/price"
	"user-api/internal/store"
	"user-api/internal/svc"
	"user-api/internal/timeline"
	"user-api/model"
)

const (
	// shown limits the number of listed blocks, of which an attack can touch very many.
	shown     = 40
	blockName = 8
	minute    = "2006-01-02 15:04"
)

var errGuardRule = misused("guard: --since must be positive, --window 10m to 24h, --min-sent 1 to 10000, --min-percent 1 to 100")

func (r *run) guardCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "guard",
		Short:   "Simulate the conversion guard",
		Long:    "guard is about the conversion guard, which stops messages whose codes are not used.",
		Example: "  user-api guard replay --since 24h",
	}, r.replayCommand())
}

func (r *run) replayCommand() *cobra.Command {
	var since, window time.Duration
	var sent, percent int64
	c := &cobra.Command{
		Use:   "replay",
		Short: "Show what the conversion guard would have refused",
		Long: `replay shows what the conversion guard would have refused, and how many legitimate users
would have been affected, based on the message timelines. It changes nothing and needs no
Redis. The flags override RateLimit.Conversion.`,
		Example: "  user-api guard replay --since 48h --window 6h --min-sent 20 --min-percent 10",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.replayGuard(c.Context(), since, func(rule *guard.Converting) {
				if c.Flags().Changed("window") {
					rule.Window = window
				}
				if c.Flags().Changed("min-sent") {
					rule.MinSent = sent
				}
				if c.Flags().Changed("min-percent") {
					rule.MinPercent = percent
				}
			})
		},
	}
	c.Flags().DurationVar(&since, "since", 24*time.Hour, "how far back to look")
	c.Flags().DurationVar(&window, "window", 0, "the period in which messages are counted")
	c.Flags().Int64Var(&sent, "min-sent", 0, "the minimum number of networks for a decision")
	c.Flags().Int64Var(&percent, "min-percent", 0, "the percentage of networks that must use their code")
	return c
}

// replayGuard replays the messages sent since then, with the configured rule as adapted.
func (r *run) replayGuard(ctx context.Context, since time.Duration, adapt func(*guard.Converting)) error {
	c, err := config.Load(r.file)
	if err != nil {
		return err
	}
	rule := guard.Converting{
		Window: c.RateLimit.Conversion.Window.Duration(), MinSent: int64(c.RateLimit.Conversion.MinSent),
		MinPercent: int64(c.RateLimit.Conversion.MinPercent),
	}
	adapt(&rule)
	if since <= 0 || rule.Window < 10*time.Minute || rule.Window > 24*time.Hour ||
		rule.MinSent < 1 || rule.MinSent > 10_000 || rule.MinPercent < 1 || rule.MinPercent > 100 {
		return errGuardRule
	}
	prices, err := svc.Prices(c)
	if err != nil {
		return err
	}
	until := r.Now()
	shown := r.progress("steps read")
	verdicts, err := replay(ctx, c.DataSource, guard.Past{Rule: rule, From: until.Add(-since), Price: prices.Of}, until,
		func(steps int) { shown.at(steps, 0) })
	shown.done()
	if err != nil {
		return err
	}
	fmt.Fprintf(r.Out, "%v until %s UTC; stop if fewer than %[5]d %% of at least %[3]d networks in %[4]v use a code\n\n",
		since, until.UTC().Format(minute), rule.MinSent, rule.Window, rule.MinPercent)
	return printVerdicts(r.Out, verdicts)
}

// replay reads an extra window before the reported period, so that the first windows are
// full.
func replay(ctx context.Context, source string, past guard.Past, until time.Time, each func(steps int)) (guard.Verdicts, error) {
	if path, ok := strings.CutPrefix(source, config.SQLitePrefix); ok {
		if _, err := os.Stat(path); err != nil {
			return guard.Verdicts{}, err // opening it would create it
		}
	}
	db, err := store.OpenDB(ctx, store.DBOptions{DataSource: source, Limits: store.DBLimits{MaxConns: 1}})
	if err != nil {
		return guard.Verdicts{}, err
	}
	defer db.Close()
	var failed error
	begin := past.From.Add(-2 * past.Rule.Window)
	steps := timeline.Codes(ctx, model.NewDeliveryModel(db.Conn), begin, until)
	networks := timeline.NewNetworks(ctx, model.NewEventModel(db.Conn), begin)
	verdicts := guard.Replay(past, sent(steps, networks, each, &failed))
	return verdicts, failed
}

// sent yields the steps that concern a phone number; an error ends the sequence. It calls
// each with the number of steps read.
func sent(steps iter.Seq2[*model.Delivery, error], networks *timeline.Networks, each func(steps int), failed *error) iter.Seq[guard.Sent] {
	return func(yield func(guard.Sent) bool) {
		read := 0
		for step, err := range steps {
			read++
			each(read)
			if err != nil {
				*failed = fmt.Errorf("guard: read the timelines: %w", err)
				return
			}
			if step.Country == "" {
				continue // an email
			}
			s := guard.Sent{
				At: time.UnixMilli(step.At), Challenge: step.Message, Address: step.Address,
				Block: step.Block, Country: step.Country, Used: step.Step == string(event.StepUsed),
			}
			if !s.Used {
				if s.Network, err = networks.Of(step); err != nil {
					*failed = fmt.Errorf("guard: read the trail: %w", err)
					return
				}
			}
			if !yield(s) {
				return
			}
		}
	}
}

func printVerdicts(out io.Writer, v guard.Verdicts) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "scope\tsent\tused\twould stop\tfalse positives\tfirst (UTC)")
	blocks, hidden := 0, 0
	for _, s := range v.Scopes {
		name, first := s.Country, "-"
		if s.Block != "" {
			if blocks++; blocks > shown {
				hidden++
				continue
			}
			name += " block " + s.Block[:min(len(s.Block), blockName)]
		}
		if !s.First.IsZero() {
			first = s.First.UTC().Format(minute)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\n", name, s.Sent, s.Used, s.Stopped, s.Affected, first)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if hidden > 0 {
		fmt.Fprintf(out, "and %d more blocks\n", hidden)
	}
	_, err := fmt.Fprintf(out, "\nof %d sent, %d would be stopped: about $%.2f saved, %d false positives\n",
		v.Sent, v.Stopped, float64(v.Saved)/price.Dollar, v.Affected)
	return err
}
