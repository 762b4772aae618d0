package textract

import "maps"

// Pages counts pages that were billed.
type Pages struct {
	Sync  int // by DetectDocumentText
	Async int // by jobs
}

// Billed returns the pages that were billed for each document so far.
func (s *Service) Billed() map[Document]Pages {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.billed)
}

// BilledTotal returns the pages that were billed so far.
func (s *Service) BilledTotal() Pages {
	s.mu.Lock()
	defer s.mu.Unlock()
	var total Pages
	for _, p := range s.billed {
		total = total.plus(p)
	}
	return total
}

func (p Pages) plus(q Pages) Pages { return Pages{p.Sync + q.Sync, p.Async + q.Async} }

func (s *Service) bill(d Document, p Pages) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.billed[d] = s.billed[d].plus(p)
}
