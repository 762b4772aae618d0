package redshift

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

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
	Status         string // ACTIVE, PENDING_AUTHORIZATION, AUTHORIZED, DEAUTHORIZED or AVAILABLE
	ProducerWrites bool
	ConsumerWrites bool
}

// A Consumer is what a consumer's account associates with a datashare: all of the account,
// all namespaces of a Region of it, or one namespace. Exactly one is set.
type Consumer struct {
	EntireAccount bool
	Region        string
	ARN           string // of a namespace
}

// Statuses of associations. AVAILABLE is AUTHORIZED, as the consumer sees it.
const (
	active               = "ACTIVE"
	pendingAuthorization = "PENDING_AUTHORIZATION"
	authorized           = "AUTHORIZED"
	deauthorized         = "DEAUTHORIZED"
	available            = "AVAILABLE"
)

// Errors of the control plane; test with [errors.Is].
var (
	ErrNotFound  = errors.New("datashare not found")  // InvalidDataShareFault
	ErrState     = errors.New("datashare in a state") // InvalidDataShareFault
	ErrNamespace = errors.New("invalid namespace")    // InvalidNamespaceFault
	ErrAccess    = errors.New("access denied")        // a datashare of another account
)

// DataShares returns the datashares that an account sees in a Region, ordered by ARN:
// those of its own namespaces, and those that others have authorized it to use. Arn, if
// it is not empty, selects one.
func (w *World) DataShares(account, region, arn string) []DataShare {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []DataShare
	for _, p := range w.warehouses {
		for name := range p.shares {
			d := p.controlled(name, account)
			own := p.Account == account && p.Region == region
			if (arn == "" || arn == d.ARN) && (own || p.Account != account && len(d.Associations) > 0) {
				all = append(all, d)
			}
		}
	}
	slices.SortFunc(all, func(a, b DataShare) int { return cmp.Compare(a.ARN, b.ARN) })
	return all
}

// ShareARN returns the ARN of a datashare of the warehouse.
func (wh *Warehouse) ShareARN(name string) string {
	return fmt.Sprintf("arn:aws:redshift:%s:%s:datashare:%s/%s", wh.Region, wh.Account, wh.Namespace, name)
}

// controlled returns a datashare as the control plane shows it to an account: to the
// producer's with all consumers, to others with what concerns them and is authorized.
func (wh *Warehouse) controlled(name, account string) DataShare {
	s := wh.shares[name]
	d := DataShare{ARN: wh.ShareARN(name), ProducerARN: wh.NamespaceARN(), PublicAccessible: s.public, ManagedBy: s.managedBy}
	for k, a := range wh.consumers {
		producer := account == wh.Account
		if k.datashare == name && k.account != "" && (producer || k.account == account && a.status == authorized) {
			d.Associations = append(d.Associations, a.shown(k.account, producer)...)
		}
	}
	slices.SortFunc(d.Associations, func(a, b DataShareAssociation) int {
		return cmp.Or(cmp.Compare(a.Consumer, b.Consumer), cmp.Compare(a.Region, b.Region))
	})
	return d
}

// shown returns the associations of an account: with the account, and with what it
// associated of itself.
func (a agreement) shown(account string, producer bool) []DataShareAssociation {
	whole := DataShareAssociation{Consumer: account, Status: a.status, ProducerWrites: a.producerWrites}
	if a.status == authorized && !producer {
		whole.Status = available
	}
	var all []DataShareAssociation
	for c, writes := range a.associations {
		switch {
		case c.EntireAccount:
			whole.Status, whole.ConsumerWrites = active, writes
		case c.ARN != "":
			all = append(all, DataShareAssociation{c.ARN, regionOf(c.ARN), active, a.producerWrites, writes})
		default:
			all = append(all, DataShareAssociation{account, c.Region, active, a.producerWrites, writes})
		}
	}
	return append(all, whole)
}

func regionOf(arn string) string {
	parts := strings.SplitN(arn, ":", 5)
	if len(parts) < 5 {
		return ""
	}
	return parts[3]
}

// byARN finds a datashare.
func (w *World) byARN(arn string) (*Warehouse, string, error) {
	for _, p := range w.warehouses {
		for name := range p.shares {
			if p.ShareARN(name) == arn {
				return p, name, nil
			}
		}
	}
	return nil, "", fmt.Errorf("%w: %s", ErrNotFound, arn)
}

// change changes what is agreed on a datashare with a consumer's account, and returns how
// the datashare then looks to the account that changed it.
func (w *World) change(account, arn, consumer string, f func(*agreement) error) (DataShare, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, name, err := w.byARN(arn)
	if err != nil {
		return DataShare{}, err
	}
	if account != consumer && account != p.Account {
		return DataShare{}, fmt.Errorf("%w: %s", ErrAccess, arn)
	}
	k := consumerKey{datashare: name, account: consumer}
	a, ok := p.consumers[k]
	if !ok {
		return DataShare{}, fmt.Errorf("%w: %s is not shared with account %s", ErrNotFound, arn, consumer)
	}
	a.associations = maps.Clone(a.associations)
	if err := f(&a); err != nil {
		return DataShare{}, err
	}
	p.consumers[k] = a
	return p.controlled(name, account), nil
}

// Authorize lets another account use a datashare, as the producer's account. Writes are
// those of AllowWrites; to authorize again sets them anew.
func (w *World) Authorize(account, arn, consumer string, writes bool) (DataShare, error) {
	return w.change(account, arn, consumer, func(a *agreement) error {
		if account == consumer {
			return fmt.Errorf("%w: %s is the consumer", ErrAccess, account)
		}
		a.status, a.producerWrites = authorized, writes
		return nil
	})
}

// Deauthorize ends what Authorize did, and all associations with it.
func (w *World) Deauthorize(account, arn, consumer string) (DataShare, error) {
	return w.change(account, arn, consumer, func(a *agreement) error {
		switch {
		case account == consumer:
			return fmt.Errorf("%w: %s is the consumer", ErrAccess, account)
		case a.status != authorized:
			return fmt.Errorf("%w: %s for account %s", ErrState, a.status, consumer)
		}
		*a = agreement{status: deauthorized}
		return nil
	})
}

// Associate makes a datashare usable in namespaces of the consumer's account; to associate
// again sets writes anew.
func (w *World) Associate(account, arn string, consumer Consumer, writes bool) (DataShare, error) {
	return w.change(account, arn, account, func(a *agreement) error {
		if a.status != authorized {
			return fmt.Errorf("%w: %s is not shared with account %s", ErrNotFound, arn, account)
		}
		if consumer.ARN != "" && !w.hasNamespace(account, consumer.ARN) {
			return fmt.Errorf("%w: %s", ErrNamespace, consumer.ARN)
		}
		if a.associations == nil {
			a.associations = map[Consumer]bool{}
		}
		a.associations[consumer] = writes
		return nil
	})
}

// Disassociate ends what Associate did.
func (w *World) Disassociate(account, arn string, consumer Consumer) (DataShare, error) {
	return w.change(account, arn, account, func(a *agreement) error {
		if _, ok := a.associations[consumer]; !ok {
			return fmt.Errorf("%w: %s is not associated with %v", ErrState, arn, consumer)
		}
		delete(a.associations, consumer)
		return nil
	})
}

func (w *World) hasNamespace(account, arn string) bool {
	return slices.ContainsFunc(w.warehouses, func(wh *Warehouse) bool { return wh.Account == account && wh.NamespaceARN() == arn })
}
