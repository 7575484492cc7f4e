package blob

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

var _ Store = (*Bucket)(nil)

const (
	dialTimeout = 2 * time.Second
	idleTimeout = time.Minute
	idleConns   = 16
)

type (
	// BucketOptions configures a Bucket.
	BucketOptions struct {
		// Endpoint is the URL of the storage.
		Endpoint             string
		Region, Bucket       string
		Prefix               string
		AccessKey, SecretKey string
		// PathStyle puts the bucket into the path instead of the host name.
		PathStyle bool
		// Timeout limits each call.
		Timeout time.Duration
	}

	// Bucket stores blobs in an S3-compatible bucket.
	Bucket struct {
		client         *minio.Client
		bucket, prefix string
		timeout        time.Duration
	}
)

// NewBucket returns the store without connecting. The bucket must exist.
func NewBucket(o BucketOptions) (*Bucket, error) {
	endpoint, err := url.Parse(o.Endpoint)
	if err != nil || endpoint.Host == "" {
		return nil, fmt.Errorf("blob: %q is not the URL of a storage", o.Endpoint)
	}
	lookup := minio.BucketLookupDNS
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds:  credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""),
		Secure: endpoint.Scheme == "https",
		// Without a region the client would look it up at each start.
		Region: o.Region, BucketLookup: lookup,
		// The waiting request has a deadline, and its client can retry.
		MaxRetries: 1,
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: o.Timeout,
			MaxIdleConnsPerHost: idleConns, IdleConnTimeout: idleTimeout,
			DisableCompression: true,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &Bucket{client: client, bucket: o.Bucket, prefix: o.Prefix, timeout: o.Timeout}, nil
}

// Put implements Store.
func (b *Bucket) Put(ctx context.Context, name string, data []byte) error {
	if err := check(name); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	_, err := b.client.PutObject(ctx, b.bucket, b.prefix+name, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{DisableMultipart: true})
	return fault("put", err)
}

// Get implements Store.
func (b *Bucket) Get(ctx context.Context, name string) ([]byte, error) {
	if err := check(name); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	object, err := b.client.GetObject(ctx, b.bucket, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, fault("get", err)
	}
	defer object.Close()
	data, err := io.ReadAll(io.LimitReader(object, MaxBytes))
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return nil, ErrNotFound
	}
	return data, fault("get", err)
}

// Delete implements Store.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	if err := check(name); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	err := b.client.RemoveObject(ctx, b.bucket, b.prefix+name, minio.RemoveObjectOptions{})
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return nil
	}
	return fault("delete", err)
}

// fault adds the action. The storage's error, which may contain key IDs, goes to the log,
// which masks secrets; it never contains a secret key.
func fault(action string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("blob: %s: %w", action, err)
}
