//go:build !race

package firewall_test

const underRace = false
