package twilio

import (
	"regexp"
	"strconv"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"
	"github.com/zeromicro/go-zero/core/metric"

	"user-api/internal/delivery"
)

var (
	currency = regexp.MustCompile(`^[A-Z]{3}$`)

	cost = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "cost_total",
		Help:      "what messages cost, as far as the provider tells at once, in units of the currency",
		Labels:    []string{"channel", "provider", "country", "currency"},
	})
)

// spend counts the price of an accepted message. Twilio gives it as a negative
// number, and most often not before the message has gone out.
func spend(m delivery.Message, created *openapi.ApiV2010Message) {
	if created.Price == nil || created.PriceUnit == nil || !currency.MatchString(*created.PriceUnit) {
		return
	}
	if price, err := strconv.ParseFloat(*created.Price, 64); err == nil && price < 0 {
		cost.Add(-price, string(m.Channel), name, m.Country, *created.PriceUnit)
	}
}
