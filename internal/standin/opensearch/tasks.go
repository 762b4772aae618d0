package opensearch

import "time"

type task struct{}

func (s *Server) settleTasks(time.Time) {}
