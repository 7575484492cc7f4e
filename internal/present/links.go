package present

import (
	"strings"

	"user-api/internal/address"
	"user-api/internal/types"
	"user-api/model"
)

// maskFrom is how long a subject is of which something is shown.
const maskFrom = 8

// Links are a user's links.
func Links(rows []*model.Link, err error) (*types.LinksResp, error) {
	if err != nil {
		return nil, err
	}
	resp := &types.LinksResp{Links: make([]types.LinkInfo, 0, len(rows))}
	for _, row := range rows {
		info := types.LinkInfo{Provider: row.Provider, Subject: maskedSubject(row.Subject), CreatedAt: row.Created / 1000, LastUsedAt: row.LastUsed / 1000}
		if row.Email != "" {
			info.Email = address.Stored(address.KindEmail, row.Email).Masked()
		}
		resp.Links = append(resp.Links, info)
	}
	return resp, nil
}

// maskedSubject keeps what lets the owner tell two accounts apart: the first two and the
// last two of its characters, which are ASCII.
func maskedSubject(text string) string {
	if len(text) < maskFrom {
		return strings.Repeat("*", len(text))
	}
	return text[:2] + strings.Repeat("*", min(len(text)-4, maskFrom)) + text[len(text)-2:]
}
