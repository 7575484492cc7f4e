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
	"user-api/internal/reqctx"
	"user-api/internal/svc"
)

func (r *run) numbersCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "numbers",
		Short:   "Look after the phone numbers that are kept",
		Long:    "numbers looks after the phone numbers that are kept when the plans of countries change.",
		Example: "  user-api numbers check\n  user-api numbers migrate --dry-run",
	}, r.numbersCheckCommand(), r.numbersMigrateCommand())
}

func (r *run) numbersCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Tell which numbers have left their plan",
		Long: `check tells which numbers are in no plan of today, or in another spelling than their
plan's. It changes nothing.`,
		Example: "  user-api numbers check",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			service, err := r.open(c.Context())
			if err != nil {
				return err
			}
			defer service.Close()
			shown := r.progress("numbers looked at")
			s, err := surveyNumbers(c.Context(), service.Accounts, 0, func(looked int) { shown.at(looked, 0) })
			shown.done()
			if err == nil {
				fmt.Fprintln(r.Out, s)
			}
			return err
		},
	}
}

func (r *run) numbersMigrateCommand() *cobra.Command {
	var dry bool
	var countries []string
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Keep numbers in today's spelling",
		Long: `migrate keeps the numbers of plans that have changed in today's spelling, and tells whom
it left alone because another user has that. It may run beside the service, be stopped,
and be run again.`,
		Example: "  user-api numbers migrate --dry-run --country BJ,CI",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			plans, err := plansOf(countries)
			if err != nil {
				return err
			}
			service, err := r.open(c.Context())
			if err != nil {
				return err
			}
			defer service.Close()
			return r.migrateNumbers(reqctx.WithActor(c.Context(), actor()), service, plans, dry)
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "change nothing, only tell")
	c.Flags().StringSliceVar(&countries, "country", nil, "only the plans of these countries")
	return c
}

// plansOf are the plans of countries, none being all.
func plansOf(countries []string) ([]address.Plan, error) {
	if len(countries) == 0 {
		return address.Plans, nil
	}
	var plans []address.Plan
	for _, country := range countries {
		i := slices.IndexFunc(address.Plans, func(p address.Plan) bool { return strings.EqualFold(p.Country, country) })
		if i < 0 {
			return nil, misused("numbers: no change of the plan of %q is known", country)
		}
		plans = append(plans, address.Plans[i])
	}
	return plans, nil
}

func (r *run) migrateNumbers(ctx context.Context, service *svc.ServiceContext, plans []address.Plan, dry bool) error {
	did := "changed"
	if dry {
		did = "to be changed"
	}
	for _, plan := range plans {
		shown := r.progress("numbers of " + plan.Country + " looked at")
		done, err := service.Signin.Renumber(ctx, plan, dry, func(looked int) { shown.at(looked, 0) })
		shown.done()
		fmt.Fprintf(r.Out, "numbers: %s: %d %s, %d left alone\n", plan.Country, done.Changed, did, len(done.Clashes))
		tellClashes(r.Out, done.Clashes)
		if err != nil {
			return fmt.Errorf("numbers: %s is not done, run it again: %w", plan.Country, err)
		}
	}
	return nil
}

func tellClashes(out io.Writer, clashes []account.Clash) {
	for i, c := range clashes {
		if i == shown {
			fmt.Fprintf(out, "  and %d more\n", len(clashes)-shown)
			return
		}
		fmt.Fprintf(out, "  user %d: user %d has %s\n", c.UserID, c.Holder, c.Number)
	}
}
