//go:build !race

package respond_test

const underRace = false
