package alibaba

import (
	"net/url"
	"testing"
)

// The published example of the signature, version 3.
func TestAuthorization(t *testing.T) {
	query := canonical(url.Values{"ImageId": {"win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}, "RegionId": {"cn-shanghai"}})
	got := authorization("YourAccessKeyId", "YourAccessKeySecret", query, map[string]string{
		"host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-date": "2023-10-26T10:22:32Z",
		"x-acs-content-sha256":  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d", "x-acs-version": "2014-05-26",
	})
	const want = "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;" +
		"x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got, want := canonical(url.Values{"b": {"a b*~/中"}, "a": {""}}), "a=&b=a%20b%2A~%2F%E4%B8%AD"; got != want {
		t.Errorf("canonical: %s, want %s", got, want)
	}
}
