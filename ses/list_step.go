package ses

// A staging is where the objects are that import jobs read: in the Region that is written to.
// Without a bucket, entries are written one by one.
type staging struct{ bucket, prefix string }
