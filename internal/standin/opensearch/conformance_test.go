package opensearch_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/internal/standin/opensearch/conformance"
)

func TestConformance(t *testing.T) {
	for major, version := range map[int]string{2: "2.19.1", 3: "3.8.0"} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			conformance.Run(t, major, func(t *testing.T) conformance.Do {
				s := opensearch.New()
				s.Version = version
				over := conformance.Over(s)
				return func(method, path, contentType string, body []byte) (status int, answer []byte, err error) {
					synctest.Test(t, func(*testing.T) { status, answer, err = over(method, path, contentType, body) }) // waiting takes no time
					return status, answer, err
				}
			}, deviations[major])
		})
	}
}

func TestConformanceKNN(t *testing.T) {
	s := opensearch.New()
	s.Version = "3.6.0"
	conformance.RunKNN(t, conformance.Over(s), nil)
}

var deviations = map[int]map[string]string{3: {
	"names: create body taken as GET gave it (settings with uuid, creation_date, version, provided_name)": "the settings that cannot be given are those of version 2",
}}
