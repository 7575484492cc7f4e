package present

import (
	"strings"

	"user-api/internal/address"
	"user-api/internal/types"
	"user-api/model"
)

// maskFrom is the minimum length of a subject of which a part is shown.
const maskFrom = 8

// Links converts the links of a user.
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

// maskedSubject keeps the first two and the last two characters, which are ASCII, so that
// the owner can tell two accounts apart.
func maskedSubject(text string) string {
	if len(text) < maskFrom {
		return strings.Repeat("*", len(text))
	}
	return text[:2] + strings.Repeat("*", min(len(text)-4, maskFrom)) + text[len(text)-2:]
}
