package svc

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"user-api/internal/channel"
	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/template"
)

// templatesOf returns the texts registered with a provider.
func templatesOf(c config.Config, provider string) delivery.Templates {
	var rows []delivery.Template
	for _, t := range c.TemplatesOf(provider) {
		row := delivery.Template{
			Channel: delivery.Channel(t.Channel), Purpose: t.Purpose, Locale: t.Locale, Country: t.Country,
			ID: t.Id, Language: t.Language, Sign: t.Sign, Entity: t.Entity, Header: t.Header,
		}
		for _, v := range t.Vars() {
			row.Variables = append(row.Variables, delivery.Variable{Name: v.Name, Value: v.Value})
		}
		rows = append(rows, row)
	}
	return delivery.NewTemplates(c.AppName(), rows)
}

// checkTemplates requires a template for everything that a provider may have to send, if it
// sends only templates.
func checkTemplates(c config.Config) (string, error) {
	var errs []error
	for i, t := range c.Delivery.Templates {
		key := fmt.Sprintf("config: Delivery.Templates[%d]", i)
		_, isNotice := template.Notices[t.Purpose]
		isNotice = isNotice || t.Purpose == delivery.EveryNotice
		switch {
		case t.Purpose != "" && !isNotice && !slices.Contains(template.Purposes, t.Purpose):
			errs = append(errs, fmt.Errorf("%s.Purpose: must be %s, %s or the name of a notice, is %q",
				key, strings.Join(template.Purposes, ", "), delivery.EveryNotice, t.Purpose))
		case isNotice && slices.ContainsFunc(t.Vars(), func(v config.Variable) bool { return v.Value != config.VariableApp }):
			errs = append(errs, fmt.Errorf("%s.Variables: a notice has no code, so its template may only have %s", key, config.VariableApp))
		}
	}
	for _, p := range config.Providers() {
		for _, ch := range c.ActiveChannels() {
			if p.Registers(c, ch) {
				errs = append(errs, missing(c, p.Name, ch)...)
			}
		}
	}
	return fmt.Sprintf("%d registered", len(c.Delivery.Templates)), errors.Join(errs...)
}

// missing returns, by country, the purposes without a template that is valid for all
// languages.
func missing(c config.Config, provider, ch string) []error {
	purposes := slices.Clone(template.Purposes)
	if ch == channel.SMS { // notices use only SMS
		purposes = append(purposes, slices.Sorted(maps.Keys(template.Notices))...)
	}
	rows := templatesOf(c, provider)
	var errs []error
	for _, country := range c.Reach(provider, ch) {
		var lacks []string
		for _, purpose := range purposes {
			m := delivery.Message{Channel: delivery.Channel(ch), Country: country, Purpose: purpose, Code: "0"}
			if _, isNotice := template.Notices[purpose]; isNotice {
				m.Code = ""
			}
			if _, ok := rows.For(m); !ok {
				lacks = append(lacks, purpose)
			}
		}
		if len(lacks) == 0 {
			continue
		}
		where := "to every country"
		if country != "" {
			where = "to " + country
		}
		errs = append(errs, fmt.Errorf("config: Delivery.Templates: %s sends only registered templates by %s, and there is none without Locale %s for: %s",
			provider, ch, where, strings.Join(lacks, ", ")))
	}
	return errs
}
