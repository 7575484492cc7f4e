package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

// The default of Blobs.Store: files for a single process, and off in pro with several
// nodes, which would not see each other's files.
func TestBlobs_default(t *testing.T) {
	for name, c := range map[string]struct {
		conf config.Config
		want string
	}{
		"dev":             {config.Config{Mode: "dev"}, config.BlobsFile},
		"pro":             {config.Config{Mode: "pro"}, config.BlobsOff},
		"pro of one node": {config.Config{Mode: "pro", SingleNode: true}, config.BlobsFile},
		"pro with s3":     {config.Config{Mode: "pro", Blobs: config.Blobs{Store: "s3"}}, config.BlobsS3},
		"off":             {config.Config{Mode: "dev", Blobs: config.Blobs{Store: "off"}}, config.BlobsOff},
	} {
		if got := c.conf.BlobStore(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	c := config.Config{DataSource: "sqlite:/srv/data/user.db"}
	if got := c.BlobDir(); got != "/srv/data/blobs" {
		t.Errorf("the folder is %q", got)
	}
}

func TestBlobs(t *testing.T) {
	whole := config.S3{Endpoint: "https://s3.example.com", Region: "eu-1", Bucket: "avatars", AccessKey: "key", SecretKey: "secret"}
	with := func(change func(*config.S3)) config.Blobs {
		s3 := whole
		change(&s3)
		return config.Blobs{Store: config.BlobsS3, S3: s3}
	}
	for name, c := range map[string]struct {
		mode  string
		blobs config.Blobs
		want  []string
	}{
		"whole":       {"pro", with(func(*config.S3) {}), nil},
		"a file":      {"pro", config.Blobs{Store: "file"}, []string{"Blobs.Store: must be s3 or off in pro, or SingleNode be true: nodes cannot see each other's files"}},
		"file in dev": {"dev", config.Blobs{Store: "file"}, nil},
		"another":     {"dev", config.Blobs{Store: "ftp"}, []string{`Blobs.Store: must be file, s3 or off, is "ftp"`}},
		"nothing": {"pro", config.Blobs{Store: "s3", S3: config.S3{Region: "us-east-1"}}, []string{
			"Blobs.S3.Endpoint: is missing",
			`Blobs.S3.Bucket: must be the name of a bucket: 3 to 63 of a-z 0-9 . -, is ""`,
			"Blobs.S3.AccessKey: is missing, set S3_ACCESS_KEY",
			"Blobs.S3.SecretKey: is missing, set S3_SECRET_KEY",
		}},
		"in clear":      {"pro", with(func(s *config.S3) { s.Endpoint = "http://s3.example.com" }), []string{`Blobs.S3.Endpoint: must be https (http only to loopback, or outside pro), is "http://s3.example.com"`}},
		"to this host":  {"pro", with(func(s *config.S3) { s.Endpoint = "http://127.0.0.1:9000" }), nil},
		"a path":        {"dev", with(func(s *config.S3) { s.Endpoint = "https://s3.example.com/avatars" }), []string{"Blobs.S3.Endpoint: must have no path: set the bucket in Bucket and a directory in Prefix"}},
		"a prefix":      {"dev", with(func(s *config.S3) { s.Prefix = "../x" }), nil},
		"an absolute":   {"dev", with(func(s *config.S3) { s.Prefix = "/x" }), []string{`Blobs.S3.Prefix: must have A-Z a-z 0-9 . _ - and single /, as users/, is "/x"`}},
		"a long region": {"dev", with(func(s *config.S3) { s.Region = "EU" }), []string{`Blobs.S3.Region: must be the name of a region: 1 to 32 of a-z 0-9 -, is "EU"`}},
	} {
		conf := good(t, c.mode)
		conf.Blobs = c.blobs
		var got []string
		if err := conf.Validate(); err != nil {
			got = lines(t, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
