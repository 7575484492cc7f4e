package config

import "github.com/zeromicro/go-zero/rest"

type Config struct {
	rest.RestConf
	Auth struct {
		Issuer       string
		ClientId     string `json:",env=ORDERS_CLIENT_ID"`
		ClientSecret string `json:",env=ORDERS_CLIENT_SECRET"`
	}
}
