package cli

import (
	"github.com/spf13/cobra"

	"user-api/internal/version"
)

func (r *run) versionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "version",
		Short:   "Tell which build this is",
		Long:    "version tells the release, the commit and the Go release that this was built from.",
		Example: "  user-api version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			build := version.Read()
			return r.print(build.String()+"\n", build)
		},
	}
	r.jsonFlag(c)
	return c
}
