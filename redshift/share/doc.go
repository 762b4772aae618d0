// Package share is the pure core of sharing data between warehouses of Amazon Redshift: a
// description of datashares, what a warehouse was found to have, and what follows from the
// two. It imports no AWS SDK; package redshift reads and changes warehouses.
package share
