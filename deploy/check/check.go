// Package check holds deploy/ to what docs/deploy.md says of it: the image is built and
// run, the chart is rendered, compose and the gateways are read by their own code, and
// nginx, Caddy and promtool are run. It is a module of its own, so that none of that
// is a dependency of the service.
//
//	make deploy-check
package check
