package redshift

import "errors"

// A DataShare is one as the control plane of clusters shows it.
type DataShare struct {
	ARN              string
	ProducerARN      string // of the producer's namespace
	PublicAccessible bool
	ManagedBy        string // "ADX" or empty
	Associations     []DataShareAssociation
}

// A DataShareAssociation is one of a datashare with a consumer.
type DataShareAssociation struct {
	Consumer       string // an account, or the ARN of a namespace
	Region         string // of the consumer, if it was said
	Status         string // ACTIVE, PENDING_AUTHORIZATION, AUTHORIZED, DEAUTHORIZED, REJECTED or AVAILABLE
	ProducerWrites bool
	ConsumerWrites bool
}

// A Consumer is what a consumer's account associates with a datashare: all of the account,
// all namespaces of a Region of it, or one namespace.
type Consumer struct {
	EntireAccount bool
	Region        string
	ARN           string // of a namespace
}

// Errors of the control plane; test with [errors.Is].
var (
	ErrNotFound = errors.New("not found")     // InvalidDataShareFault
	ErrState    = errors.New("invalid state") // InvalidDataShareFault, or InvalidNamespaceFault
	ErrAccess   = errors.New("access denied") // of another account
)

// DataShares returns the datashares that an account sees in a Region, ordered by ARN:
// those of its own namespaces, and those that others have authorized it to use. Arn, if
// it is not empty, selects one.
func (w *World) DataShares(account, region, arn string) []DataShare { return nil }

// Authorize lets another account use a datashare, as the producer's account. Writes are
// those of AllowWrites.
func (w *World) Authorize(account, arn, consumer string, writes bool) (DataShare, error) {
	return DataShare{}, nil
}

// Deauthorize ends what Authorize did.
func (w *World) Deauthorize(account, arn, consumer string) (DataShare, error) {
	return DataShare{}, nil
}

// Associate makes a datashare usable in namespaces of the consumer's account.
func (w *World) Associate(account, arn string, consumer Consumer, writes bool) (DataShare, error) {
	return DataShare{}, nil
}

// Disassociate ends what Associate did.
func (w *World) Disassociate(account, arn string, consumer Consumer) (DataShare, error) {
	return DataShare{}, nil
}
