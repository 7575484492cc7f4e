package cli

import (
	"github.com/spf13/cobra"

	"user-api/internal/version"
)

func (r *run) versionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "version prints the release, the commit and the Go version of this build.",
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
