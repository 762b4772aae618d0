//go:build race

package opensearch_test

const underRace = true
