package config

import (
	"net/url"
	"path/filepath"
	"regexp"
)

// The values of Blobs.Store.
const (
	BlobsFile = "file"
	BlobsS3   = "s3"
	BlobsOff  = "off"
)

// Patterns for buckets and object names.
var (
	bucketName   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	bucketRegion = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	blobPrefix   = regexp.MustCompile(`^([A-Za-z0-9._-]+/)*[A-Za-z0-9._-]*$`)
)

type (
	// Blobs configures the storage of user pictures.
	Blobs struct {
		// Store is file, s3 or off. The default is file, or off in pro with several nodes,
		// which would not see each other's files.
		Store string `json:",optional"`
		// Dir is the directory for file; empty means blobs in the data directory.
		Dir string `json:",optional"`
		S3  S3
	}

	// S3 is a bucket of an S3-compatible storage.
	S3 struct {
		// Endpoint is the URL of the storage.
		Endpoint string `json:",optional"`
		Region   string `json:",default=us-east-1"`
		Bucket   string `json:",optional"`
		// Prefix is prepended to all object names.
		Prefix    string `json:",optional"`
		AccessKey string `json:",optional,env=S3_ACCESS_KEY"`
		SecretKey string `json:",optional,env=S3_SECRET_KEY"`
		// PathStyle puts the bucket into the path instead of the host name.
		PathStyle bool `json:",optional"`
	}
)

// BlobStore returns the effective value of Blobs.Store.
func (c Config) BlobStore() string {
	switch {
	case c.Blobs.Store != "":
		return c.Blobs.Store
	case c.severalNodes():
		return BlobsOff
	}
	return BlobsFile
}

// BlobDir returns the directory for BlobsFile.
func (c Config) BlobDir() string {
	if c.Blobs.Dir != "" {
		return c.Blobs.Dir
	}
	return filepath.Join(c.DataDir(), "blobs")
}

// severalNodes reports whether the service may run as several processes.
func (c Config) severalNodes() bool { return c.Mode == ModePro && !c.SingleNode }

func (c Config) checkBlobs(k *checker) {
	b := c.Blobs
	if b.Store != "" {
		k.option("Blobs.Store", b.Store, BlobsFile, BlobsS3, BlobsOff)
	}
	if b.Store == BlobsFile && c.severalNodes() {
		k.add("Blobs.Store", "must be s3 or off in pro, or SingleNode be true: nodes cannot see each other's files")
	}
	if b.Store != BlobsS3 {
		return
	}
	const path = "Blobs.S3."
	if b.S3.Endpoint == "" {
		k.add(path+"Endpoint", "is missing")
	} else {
		k.baseURL(path+"Endpoint", b.S3.Endpoint, "https://s3.eu-central-1.amazonaws.com")
		if u, err := url.Parse(b.S3.Endpoint); err == nil && u.Path != "" && u.Path != "/" {
			k.add(path+"Endpoint", "must have no path: set the bucket in Bucket and a directory in Prefix")
		}
	}
	for _, text := range []struct {
		key, value, rule string
		pattern          *regexp.Regexp
	}{
		{"Bucket", b.S3.Bucket, "be the name of a bucket: 3 to 63 of a-z 0-9 . -", bucketName},
		{"Region", b.S3.Region, "be the name of a region: 1 to 32 of a-z 0-9 -", bucketRegion},
		{"Prefix", b.S3.Prefix, "have A-Z a-z 0-9 . _ - and single /, as users/", blobPrefix},
	} {
		if !text.pattern.MatchString(text.value) {
			k.add(path+text.key, "must %s, is %q", text.rule, text.value)
		}
	}
	k.credential(path+"AccessKey", b.S3.AccessKey, "S3_ACCESS_KEY", notBlank)
	k.credential(path+"SecretKey", b.S3.SecretKey, "S3_SECRET_KEY", notBlank)
}
