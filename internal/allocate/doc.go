// Package allocate shares what was charged among those who were active: the shares add up
// to the charge, exactly, for any input. It counts in integers and knows nothing of what
// they are.
package allocate
