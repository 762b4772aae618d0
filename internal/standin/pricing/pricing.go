// Package pricing stands in for the AWS Price List Query API: products with their prices,
// and GetProducts over them.
//
// It has the endpoints that AWS has ("AWS Price List endpoints and quotas"): the products of
// a partition are asked for in few of its Regions, and a call to another finds no host.
//
// Assumed, as AWS does not say: a service code that nothing has is answered with
// NotFoundException, a filter for an attribute that no product has with an empty list, all
// filters tell upper from lower case, and a page token is good for the request that it was
// given to.
package pricing

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A List is the price lists of all partitions. Its methods may be called from several
// goroutines.
type List struct {
	// PageSize, if not zero, is the most products that one page holds. Set it before the
	// first call.
	PageSize int

	mu       sync.Mutex
	products []Product // in order of their SKUs
	expired  bool
}

// Serve returns a List without products, and makes it answer the calls of c.
func Serve(c *awstest.Cloud) *List {
	l := &List{}
	awstest.Handle(c, l.getProducts)
	return l
}

// Add adds products. It panics if there is one with the same SKU.
func (l *List) Add(products ...Product) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range products {
		i, found := slices.BinarySearchFunc(l.products, p.SKU, func(p Product, sku string) int { return cmp.Compare(p.SKU, sku) })
		if found {
			panic("pricing: two products have the SKU " + p.SKU)
		}
		l.products = slices.Insert(l.products, i, p)
	}
}

// ExpireTokens makes the page tokens that were given out expire.
func (l *List) ExpireTokens() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expired = true
}

// endpoints are the Regions that have one.
var endpoints = []string{"us-east-1", "eu-central-1", "ap-south-1", "cn-northwest-1"}

// maxPage is the most that MaxResults may be (API reference).
const maxPage = 100

func (l *List) getProducts(ctx context.Context, in *sdk.GetProductsInput) (*sdk.GetProductsOutput, error) {
	caller := awstest.CallerOf(ctx)
	if !slices.Contains(endpoints, caller.Region) {
		return nil, &net.DNSError{Err: "no such host", Name: "api.pricing." + caller.Region + ".amazonaws.com", IsNotFound: true}
	}
	if err := check(in); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	known := false
	for _, p := range l.products {
		if p.partition() != caller.Partition() || p.attribute("ServiceCode") != *in.ServiceCode {
			continue
		}
		known = true
		if !slices.ContainsFunc(in.Filters, func(f types.Filter) bool { return !matches(p, f) }) {
			all = append(all, p.Document())
		}
	}
	if !known {
		return nil, refuse(http.StatusBadRequest, &types.NotFoundException{}, "There is no service with the code "+*in.ServiceCode)
	}
	page, next, err := l.page(in, all)
	return &sdk.GetProductsOutput{FormatVersion: aws.String("aws_v1"), PriceList: page, NextToken: next}, err
}

func check(in *sdk.GetProductsInput) error {
	if n := aws.ToInt32(in.MaxResults); in.MaxResults != nil && (n < 1 || n > maxPage) {
		return invalid("MaxResults must be 1 to 100")
	}
	if v := aws.ToString(in.FormatVersion); v != "" && v != "aws_v1" {
		return invalid("FormatVersion " + v + " is not supported")
	}
	for _, f := range in.Filters {
		switch {
		case !slices.Contains(types.FilterType("").Values(), f.Type):
			return invalid("filter type " + string(f.Type) + " is not supported")
		case *f.Field == "" || *f.Value == "" || len(*f.Field) > 1024 || len(*f.Value) > 1024:
			return invalid("Field and Value of a filter must have 1 to 1024 characters")
		}
	}
	return nil
}

func matches(p Product, f types.Filter) bool {
	value := p.attribute(*f.Field)
	if value == "" {
		return false
	}
	switch f.Type {
	case types.FilterTypeContains:
		return strings.Contains(value, *f.Value)
	case types.FilterTypeAnyOf:
		return slices.Contains(strings.Split(*f.Value, ","), value)
	case types.FilterTypeNoneOf:
		return !slices.Contains(strings.Split(*f.Value, ","), value)
	}
	return value == *f.Value
}

// page returns the part of a list that a call asks for, and the token of the next. A token
// has the place where its page begins and a digest of the request.
func (l *List) page(in *sdk.GetProductsInput, all []string) ([]string, *string, error) {
	size := maxPage
	if in.MaxResults != nil {
		size = int(*in.MaxResults)
	}
	if l.PageSize > 0 {
		size = min(size, l.PageSize)
	}
	digest, from := digestOf(in), 0
	if in.NextToken != nil {
		place, of, _ := strings.Cut(*in.NextToken, "-")
		n, err := strconv.Atoi(place)
		if err != nil || of != digest || n < 1 || n >= len(all) {
			return nil, nil, refuse(http.StatusBadRequest, &types.InvalidNextTokenException{}, "The pagination token is invalid. Try again without a pagination token.")
		}
		if l.expired {
			return nil, nil, refuse(http.StatusBadRequest, &types.ExpiredNextTokenException{}, "The pagination token expired. Try again without a pagination token.")
		}
		from = n
	}
	if to := from + size; to < len(all) {
		return all[from:to], aws.String(strconv.Itoa(to) + "-" + digest), nil
	}
	return all[from:], nil, nil
}

func digestOf(in *sdk.GetProductsInput) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q", *in.ServiceCode)
	for _, f := range in.Filters {
		fmt.Fprintf(h, " %q %q %q", *f.Field, f.Type, *f.Value)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func invalid(message string) error {
	return refuse(http.StatusBadRequest, &types.InvalidParameterException{}, message)
}

// refuse answers with an error type of the service.
func refuse(status int, err error, message string) error {
	reflect.ValueOf(err).Elem().FieldByName("Message").Set(reflect.ValueOf(&message))
	return awstest.Status(status, err)
}

// Actions are the IAM actions that calls of the Price List Query API need ("Actions,
// resources, and condition keys for AWS Price List" in the Service Authorization Reference).
var Actions = awstest.Actions{
	"Pricing.GetProducts": {"pricing:GetProducts"},
}
