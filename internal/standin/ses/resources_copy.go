package ses

import "reflect"

// copyOf returns a deep copy, so that what a caller has and what the World keeps are not
// one. Unexported fields, such as those of a time, are copied as they are. Nil stays nil and
// empty stays empty.
func copyOf[T any](v T) T {
	var out T
	copyInto(reflect.ValueOf(&out).Elem(), reflect.ValueOf(&v).Elem())
	return out
}

func copyInto(to, from reflect.Value) {
	to.Set(from)
	switch from.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !from.IsNil() {
			copyPointed(to, from)
		}
	case reflect.Slice:
		if !from.IsNil() {
			to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
			for i := range from.Len() {
				copyInto(to.Index(i), from.Index(i))
			}
		}
	case reflect.Struct:
		for i := range from.NumField() {
			if to.Field(i).CanSet() {
				copyInto(to.Field(i), from.Field(i))
			}
		}
	}
}

// copyPointed copies what a pointer, or the pointer in an interface, points to.
func copyPointed(to, from reflect.Value) {
	if from.Kind() == reflect.Interface {
		from = from.Elem()
		if from.Kind() != reflect.Pointer || from.IsNil() {
			return
		}
	}
	made := reflect.New(from.Type().Elem())
	copyInto(made.Elem(), from.Elem())
	to.Set(made)
}
