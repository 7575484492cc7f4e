package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/svc"
)

func (r *run) numbersCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "numbers",
		Short:   "Check and update stored phone numbers",
		Long:    "numbers checks and updates stored phone numbers after changes to national numbering plans.",
		Example: "  user-api numbers check\n  user-api numbers migrate --dry-run",
	}, r.numbersCheckCommand(), r.numbersMigrateCommand())
}

func (r *run) numbersCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "List numbers that no longer fit their numbering plan",
		Long: `check lists the numbers that are in no current numbering plan, or in an outdated format.
It changes nothing.`,
		Example: "  user-api numbers check",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withService(c.Context(), func(ctx context.Context, service *svc.ServiceContext) error {
				shown := r.progress("numbers checked")
				s, err := surveyNumbers(ctx, service.Accounts, 0, func(checked int) { shown.at(checked, 0) })
				shown.done()
				if err == nil {
					fmt.Fprintln(r.Out, s)
				}
				return err
			})
		},
	}
}

func (r *run) numbersMigrateCommand() *cobra.Command {
	var dry bool
	var countries []string
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Convert numbers to their current format",
		Long: `migrate converts the numbers of changed numbering plans to the current format. It lists
the users that it skipped because another user has the new number. It may run while the
service is running, be interrupted, and be run again.`,
		Example: "  user-api numbers migrate --dry-run --country BJ,CI",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			plans, err := plansOf(countries)
			if err != nil {
				return err
			}
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				return r.migrateNumbers(ctx, s, plans, dry)
			})
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "change nothing")
	c.Flags().StringSliceVar(&countries, "country", nil, "only the plans of these countries")
	return c
}

// plansOf returns the plans of the countries, or all plans.
func plansOf(countries []string) ([]address.Plan, error) {
	if len(countries) == 0 {
		return address.Plans, nil
	}
	var plans []address.Plan
	for _, country := range countries {
		i := slices.IndexFunc(address.Plans, func(p address.Plan) bool { return strings.EqualFold(p.Country, country) })
		if i < 0 {
			return nil, misused("numbers: no change of the numbering plan of %q is known", country)
		}
		plans = append(plans, address.Plans[i])
	}
	return plans, nil
}

func (r *run) migrateNumbers(ctx context.Context, service *svc.ServiceContext, plans []address.Plan, dry bool) error {
	verb := "changed"
	if dry {
		verb = "to be changed"
	}
	for _, plan := range plans {
		shown := r.progress("numbers of " + plan.Country + " checked")
		done, err := service.Signin.Renumber(ctx, plan, dry, func(checked int) { shown.at(checked, 0) })
		shown.done()
		fmt.Fprintf(r.Out, "numbers: %s: %d %s, %d skipped\n", plan.Country, done.Changed, verb, len(done.Clashes))
		printClashes(r.Out, done.Clashes)
		if err != nil {
			return fmt.Errorf("numbers: %s is not complete; run the command again: %w", plan.Country, err)
		}
	}
	return nil
}

func printClashes(out io.Writer, clashes []account.Clash) {
	for i, c := range clashes {
		if i == shown {
			fmt.Fprintf(out, "  and %d more\n", len(clashes)-shown)
			return
		}
		fmt.Fprintf(out, "  user %d: user %d has %s\n", c.UserID, c.Holder, c.Number)
	}
}
