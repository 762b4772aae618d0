package opensearch

import "context"

// predict has nothing to ask yet.
func (m *recallMeasurer) predict(context.Context, recallQueries, *recallSpool) error {
	m.unknown("prediction: there is none yet")
	return nil
}
