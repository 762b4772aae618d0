package lineage

// Mark is mark, for tests that need an object of an earlier version.
var Mark = mark
