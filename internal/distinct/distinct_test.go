package distinct_test

import (
	"strconv"
	"testing"

	"github.com/awspatterns/awspatterns/internal/distinct"
)

func TestCount(t *testing.T) {
	dir := t.TempDir()
	s := distinct.New(distinct.Options{Dir: dir, Memory: 160, Sample: 3})
	for i := range 10_000 {
		s.Add(strconv.Itoa(i%4321), "", nil)
	}
	if ids, pairs, err := s.Count(); ids != 4321 || pairs != 4321 || err != nil {
		t.Errorf("got %d ids, %d pairs, %v", ids, pairs, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
