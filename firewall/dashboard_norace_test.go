//go:build !race

package firewall_test

const dashboardUnderRace = false
