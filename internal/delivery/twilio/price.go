package twilio

import (
	"regexp"
	"strconv"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"user-api/internal/delivery"
	"user-api/internal/metrics"
)

var (
	currency = regexp.MustCompile(`^[A-Z]{3}$`)

	cost = metrics.Counter("user_api_delivery_cost_total",
		"price of messages, if the provider reports it immediately, in units of the currency",
		"channel", "provider", "country", "currency")
)

// spend counts the price of an accepted message. Twilio returns it as a negative number, and
// usually not before the message has been sent.
func spend(m delivery.Message, created *openapi.ApiV2010Message) {
	if created.Price == nil || created.PriceUnit == nil || !currency.MatchString(*created.PriceUnit) {
		return
	}
	if price, err := strconv.ParseFloat(*created.Price, 64); err == nil && price < 0 {
		cost.Add(-price, string(m.Channel), name, m.Country, *created.PriceUnit)
	}
}
